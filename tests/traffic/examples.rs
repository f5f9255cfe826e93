//! The examples in the documentation of releases, as extracted by another program.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use qapi_parser::examples::{self, Coverage};
use qapi_parser::parse_file;
use qapi_tests::conversations::TREE;
use qapi_tests::folder;
use serde_json::Value as Json;

use crate::message::Message;

/// The roots whose modules have examples.
const ROOTS: [&str; 2] = ["qapi/qapi-schema.json", "qga/qapi-schema.json"];

/// An example as `qapi_parser::examples` sees it, with its faults.
struct Seen {
    coverage: Coverage,
    faults: Vec<String>,
}

/// Examples by file, relative to the tree, and line.
type Index = BTreeMap<(String, u64), Seen>;

#[test]
fn complete_examples_decode_or_are_reported() {
    let shared = folder("QAPI_SHARED");
    let mut records = 0;
    for entry in fs::read_dir(shared.join("traffic")).expect("a folder of records") {
        let path = entry.expect("a file").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let tree = name.strip_prefix("examples-").and_then(|name| name.strip_suffix(".jsonl"));
        if let Some(tree) = tree {
            let tree = format!("releases/{tree}");
            let text = fs::read_to_string(&path).expect("a record");
            let faults = compare(&index(&shared.join(&tree)), &text, tree == TREE);
            assert!(faults.is_empty(), "{name}\n{}", faults.join("\n"));
            records += 1;
        }
    }
    assert!(records > 0, "no record of examples");
}

/// Compares the record of a tree's examples with ours, and with what the client decodes if it is
/// generated from that tree.
fn compare(index: &Index, record: &str, decodes: bool) -> Vec<String> {
    let (mut complete, mut faulty, mut conflicts) = (0, 0, Vec::new());
    let mut request: Option<(String, String)> = None;
    for line in record.lines() {
        let line: Json = serde_json::from_str(line).expect("a line of JSON");
        let file = line["file"].as_str().expect("a file").to_owned();
        let place = (file, line["line"].as_u64().expect("a line"));
        let shown = format!("{}:{}", place.0, place.1);
        let seen = index.get(&place);
        if line["json"].is_null() {
            // A legend, a part left out, a syntax error, or QEMU's dialect, such as strings in
            // single quotes.
            let text = line["text"].as_str().unwrap_or_default();
            let explained = seen.is_none_or(|seen| {
                seen.coverage == Coverage::Elided
                    || !seen.faults.is_empty()
                    || Message::parse(text).is_ok()
            });
            if !explained {
                conflicts.push(format!("{shown}: incomplete, but without fault"));
            }
            request = None;
            continue;
        }
        complete += 1;
        let Some(Seen { coverage, faults }) = seen else {
            conflicts.push(format!("{shown}: not found"));
            continue;
        };
        faulty += usize::from(!faults.is_empty());
        for fault in faults {
            println!("{shown}: {fault}");
        }
        if *coverage == Coverage::Elided {
            conflicts.push(format!("{shown}: complete, but taken for elided"));
        }
        if !decodes {
            continue;
        }
        let symbol = line["symbol"].to_string();
        let command = request.as_ref().filter(|(at, _)| *at == symbol).map(|(_, name)| &**name);
        let message = Message::parse(&line["json"].to_string());
        let decoded = match (&message, command) {
            (Ok(Message::Result(_)), None) => continue,
            (Ok(message), command) => message.decode(command),
            (Err(fault), _) => Err(fault.clone()),
        };
        match message {
            Ok(Message::Request { command, .. }) => request = Some((symbol, command)),
            Ok(Message::Event { .. }) => {}
            _ => request = None,
        }
        match decoded {
            Ok(()) if !faults.is_empty() => {
                conflicts.push(format!("{shown}: decodes, but: {}", faults.join(", ")));
            }
            Err(error) if faults.is_empty() => conflicts.push(format!("{shown}: {error}")),
            _ => {}
        }
    }
    println!("{complete} complete examples, {faulty} with faults");
    conflicts
}

/// Checks the examples of a tree.
fn index(tree: &Path) -> Index {
    let canonical = |path: &Path| path.canonicalize().expect("a path");
    let mut index = Index::new();
    for root in ROOTS.map(|root| tree.join(root)) {
        let schema = parse_file(&root, qapi_parser::Options::default())
            .unwrap_or_else(|error| panic!("{error}"))
            .schema;
        let report = examples::check(&schema);
        for example in report.examples {
            let span = example.span;
            let path = canonical(schema.sources().file(span.file).path());
            let file = path.strip_prefix(canonical(tree)).expect("a file of the tree");
            let line = schema.sources().position(span.file, span.start).line as u64;
            let faults = report.faults.iter().filter(|fault| {
                fault.span.is_some_and(|at| {
                    at.file == span.file && (span.start..=span.end).contains(&at.start)
                })
            });
            let seen = Seen {
                coverage: example.coverage,
                faults: faults.map(|fault| fault.message.clone()).collect(),
            };
            index.insert((file.display().to_string(), line), seen);
        }
    }
    index
}
