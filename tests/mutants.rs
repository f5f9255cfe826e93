//! Altered schemas with QEMU's verdicts, from `corpus/mutants-*.jsonl` in `QAPI_SHARED`: the same
//! verdicts, lines and dumps.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use qapi_parser::loader::Root;
use qapi_parser::render::MessageFormat;
use qapi_parser::{Checked, Error, Options, dump, parse_sources};
use qapi_tests::{first_difference, first_error, folder, place, place_in_message};
use serde_json::Value;

/// Codes of style findings for forms of other releases, which 10.0.2 refuses.
const STYLISTIC: &[&str] = &[
    "old-argument",
    "old-condition",
    "old-description",
    "old-heading",
    "old-name",
    "old-pragma",
    "old-returns",
    "old-returns-nothing",
    "old-section",
    "old-section-start",
    "old-union",
];

/// Time limit of a case.
const HANG: Duration = Duration::from_secs(300);

/// Percentage of verdicts that must agree.
const AGREEMENT: usize = 98;

struct Mutant {
    name: String,
    text: String,
    line: Option<usize>,
    message: String,
    dump: Option<String>,
}

impl Mutant {
    fn new(record: &Value) -> Self {
        let text = |key: &str| record[key].as_str().map(str::to_owned);
        let accepted = record["ok"].as_bool().expect("a verdict");
        let message = text("msg").unwrap_or_default();
        // The record's own line is the last one where the message names two places.
        let line = place_in_message(&message);
        Mutant {
            name: text("name").expect("a name"),
            text: text("text").expect("a text"),
            line: line.map(|place| place.line),
            message,
            dump: accepted.then(|| text("dump").expect("a dump")),
        }
    }

    fn check(&self) -> Result<Checked, Error> {
        let root =
            Root::Text { path: PathBuf::from("m.json"), bytes: self.text.clone().into_bytes() };
        let nothing = |_: &Path| Err(io::Error::from(io::ErrorKind::NotFound));
        parse_sources(&[root], &nothing, Options::new().style(true))
    }

    fn compare(&self) -> Comparison {
        let result = self.check();
        if let (Ok(checked), Some(expected)) = (&result, &self.dump) {
            return match first_difference(&dump(&checked.schema), expected) {
                None => Comparison::Agrees,
                Some(difference) => Comparison::DumpDiffers(difference),
            };
        }
        let (verdict, diagnostics, sources) = match &result {
            Ok(checked) => ("accepted".to_owned(), &checked.style, checked.schema.sources()),
            Err(error) => {
                (error.render(MessageFormat::Short), error.diagnostics(), error.sources())
            }
        };
        let ours = first_error(diagnostics)
            .and_then(|error| place(error, sources))
            .map(|place| place.line);
        if ours.is_some() && ours == self.line {
            return Comparison::Agrees;
        }
        let stylistic = diagnostics.iter().find(|warning| {
            STYLISTIC.contains(&warning.code)
                && place(warning, sources).map(|place| place.line) == self.line
        });
        match stylistic {
            Some(warning) => Comparison::Style(warning.code),
            None => Comparison::Differs(verdict),
        }
    }
}

enum Comparison {
    Agrees,
    Style(&'static str),
    Differs(String),
    DumpDiffers(String),
}

fn mutants() -> Vec<Mutant> {
    let corpus = folder("QAPI_SHARED").join("corpus");
    let mut files: Vec<PathBuf> = fs::read_dir(&corpus)
        .expect("QAPI_SHARED has a folder corpus")
        .map(|entry| entry.expect("a folder that can be read").path())
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with("mutants-") && name.ends_with(".jsonl")
        })
        .collect();
    files.sort();
    assert!(!files.is_empty(), "no mutants-*.jsonl in {}", corpus.display());
    let mut mutants = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).expect("a file of mutants");
        mutants.extend(
            text.lines()
                .map(|line| Mutant::new(&serde_json::from_str(line).expect("a record a line"))),
        );
    }
    mutants
}

#[test]
fn mutants_have_the_verdicts_of_qemu() {
    let mutants = mutants();
    let count = mutants.len();
    let (sender, results) = mpsc::channel();
    thread::spawn(move || {
        for mutant in mutants {
            let comparison = mutant.compare();
            if sender.send((mutant.name, mutant.message, comparison)).is_err() {
                return;
            }
        }
    });
    let (mut agreed, mut style) = (0, BTreeMap::new());
    let (mut differing, mut dumps) = (Vec::new(), Vec::new());
    for index in 0..count {
        let (name, message, comparison) = match results.recv_timeout(HANG) {
            Ok(result) => result,
            Err(problem) => panic!("no result for the mutant in record {}: {problem}", index + 1),
        };
        match comparison {
            Comparison::Agrees => agreed += 1,
            Comparison::Style(code) => *style.entry(code).or_insert(0) += 1,
            Comparison::Differs(how) => {
                differing.push(format!("{name}: {how}\nreference: {message}"))
            }
            Comparison::DumpDiffers(how) => dumps.push(format!("{name}: {how}")),
        }
    }
    let counted = count - style.values().sum::<usize>();
    println!(
        "{count} mutants: {agreed} agree, {} differ, {} dumps differ, set aside as style: {style:?}\n{}",
        differing.len(),
        dumps.len(),
        differing.join("\n"),
    );
    assert!(dumps.is_empty(), "dumps differ:\n{}", dumps.join("\n"));
    assert!(agreed * 100 >= counted * AGREEMENT, "fewer than {AGREEMENT} % agree");
}
