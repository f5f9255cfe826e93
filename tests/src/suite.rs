//! Cases of a release's own front-end suite: its verdict and place beside ours, and the rules by
//! which they may differ.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use qapi_parser::diagnostic::{Diagnostics, Severity};
use qapi_parser::schema::Schema;
use qapi_parser::source::SourceMap;
use qapi_parser::{Options, dump, parse_file};

use crate::form::{documentation, structure};
use crate::trees::Tree;
use crate::{Place, first_difference, place, place_in_message};

/// Reports style findings, too: they show which form was accepted.
const OPTIONS: Options = Options::new().style(true);

/// One of our findings.
struct Finding {
    severity: Severity,
    code: &'static str,
    place: Option<Place>,
    message: String,
}

/// Verdicts that differ.
struct Conflict {
    /// All of our findings, in order.
    findings: Vec<Finding>,
    /// The release's message, if it refuses the case.
    message: Option<String>,
    /// The place in that message.
    place: Option<Place>,
    /// Lines of the case's file.
    lines: Vec<String>,
}

impl Conflict {
    /// Returns our first error.
    fn error(&self) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.severity == Severity::Error)
    }

    /// Returns true if a style finding has the release's place and such a code.
    fn is_finding(&self, code: impl Fn(&str) -> bool) -> bool {
        let mut findings = self.findings.iter();
        findings.any(|finding| {
            finding.severity != Severity::Error && finding.place == self.place && code(finding.code)
        })
    }

    /// Returns true if the release's message contains one of the texts.
    fn says(&self, texts: &[&str]) -> bool {
        let message = self.message.as_deref().unwrap_or_default();
        texts.iter().any(|text| message.contains(text))
    }

    /// Returns true if both accept the case, or both refuse it at one place.
    fn is_settled(&self) -> bool {
        match (self.error(), &self.message) {
            (None, None) => true,
            (Some(error), Some(_)) => error.place == self.place,
            _ => false,
        }
    }

    /// Returns the lines of the documentation comment that starts at the release's place, and of
    /// the definition after it.
    fn comment(&self) -> Option<std::ops::RangeInclusive<usize>> {
        let first = self.place.as_ref()?.line;
        let is_mark = |line: &String| line.trim_end() == "##";
        if !self.lines.get(first.checked_sub(1)?).is_some_and(is_mark) {
            return None;
        }
        let mut marks = (first..self.lines.len()).filter(|&at| is_mark(&self.lines[at]));
        marks.next()?;
        let end = marks.next().unwrap_or(self.lines.len());
        Some(first..=end)
    }
}

/// The first version with today's rules and places.
const SETTLED: [u32; 1] = [9];

/// A reason why a verdict may differ.
struct Rule {
    name: &'static str,
    /// True if releases since [`SETTLED`] must not need the rule.
    early: bool,
    applies: fn(&Conflict) -> bool,
}

/// Rules of later releases that earlier ones did not have, by our codes.
const ADDED: &[&str] = &[
    "conditional-arguments",
    "name-not-camel",
    "name-not-upper",
    "undocumented-feature",
    "undocumented-member",
];

/// Words of rules that later releases dropped.
const DROPPED: &[&str] = &[
    "cannot be an array",
    "should not end in 'Kind'",
    "heading must come first in a comment block",
    "unexpected de-indent",
];

fn is_about_docs(code: &str) -> bool {
    ["doc-", "documented-", "undocumented-"].iter().any(|prefix| code.starts_with(prefix))
}

/// Name of the rule about [`ADDED`].
const ADDED_RULE: &str = "a rule that a later release added";

const RULES: &[Rule] = &[
    Rule {
        name: "an old form, accepted on purpose",
        early: false,
        applies: |conflict| conflict.is_finding(|code| code.starts_with("old-")),
    },
    Rule {
        name: "style",
        early: false,
        applies: |conflict| conflict.is_finding(|code| !code.starts_with("old-")),
    },
    Rule {
        name: "a rule that a later release dropped",
        early: false,
        applies: |conflict| conflict.error().is_none() && conflict.says(DROPPED),
    },
    Rule {
        name: "a fault of documentation, once reported at the comment's first line",
        early: true,
        applies: |conflict| {
            let ours = conflict.error().filter(|error| is_about_docs(error.code));
            let line = ours.and_then(|error| error.place.as_ref()).map(|place| place.line);
            line.zip(conflict.comment()).is_some_and(|(line, lines)| lines.contains(&line))
        },
    },
    Rule {
        name: "an empty section, once reported at the line after it",
        early: true,
        applies: |conflict| {
            let ours = conflict.error().filter(|error| error.code == "doc-text-required");
            ours.and_then(|error| error.place.as_ref())
                .zip(conflict.place.as_ref())
                .is_some_and(|(ours, theirs)| ours.line + 1 == theirs.line)
        },
    },
];

/// Returns the rules that explain a conflict, or none if nothing does.
fn explain(conflict: &mut Conflict, is_early: bool) -> Option<Vec<&'static str>> {
    let rule = |conflict: &Conflict| {
        let mut rules = RULES.iter().filter(|rule| is_early || !rule.early);
        rules.find(|rule| (rule.applies)(conflict))
    };
    if is_early && conflict.error().is_some_and(|error| ADDED.contains(&error.code)) {
        conflict.findings.retain(|finding| !ADDED.contains(&finding.code));
        // A stage ends at its errors: a later stage would have found the release's.
        if conflict.is_settled() || conflict.error().is_none() {
            return Some(vec![ADDED_RULE]);
        }
        return Some(vec![ADDED_RULE, rule(conflict)?.name]);
    }
    Some(vec![rule(conflict)?.name])
}

/// Outcomes of a suite's cases.
#[derive(Debug, Default)]
pub struct Outcomes {
    /// Number of cases with the release's verdict.
    pub agreed: usize,
    /// Numbers of uses of each rule, in cases that differ.
    pub excepted: BTreeMap<&'static str, usize>,
    /// Cases that differ without a rule.
    pub differing: Vec<String>,
}

/// The first version with our form of dumps; those of earlier ones are converted to one form.
const SAME_FORM: [u32; 1] = [10];

/// Compares every case of a tree's suite.
///
/// # Panics
/// If the tree has no suite, or it cannot be read or has no case.
pub fn compare(tree: &Tree) -> Outcomes {
    let suite = &tree.suite();
    let version = tree.version();
    let (is_early, is_same_form) = (version < SETTLED.to_vec(), version >= SAME_FORM.to_vec());
    let mut cases: Vec<PathBuf> = fs::read_dir(suite)
        .unwrap_or_else(|error| panic!("{}: {error}", suite.display()))
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .filter(|path| ["err", "out"].iter().any(|kind| path.with_extension(kind).is_file()))
        .collect();
    cases.sort();
    assert!(!cases.is_empty(), "{} has no case", suite.display());
    let mut outcomes = Outcomes::default();
    for case in cases {
        match conflict(&case, is_same_form) {
            Ok(None) => outcomes.agreed += 1,
            Ok(Some(mut conflict)) => {
                let description = describe(&case, &conflict);
                match explain(&mut conflict, is_early) {
                    Some(rules) => rules.into_iter().for_each(|rule| {
                        *outcomes.excepted.entry(rule).or_default() += 1;
                    }),
                    None => outcomes.differing.push(description),
                }
            }
            Err(difference) => outcomes.differing.push(format!("{}: {difference}", name(&case))),
        }
    }
    outcomes
}

fn name(case: &Path) -> String {
    case.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

fn describe(case: &Path, conflict: &Conflict) -> String {
    let ours = conflict.findings.iter().map(|finding| {
        let line = finding.place.as_ref().map_or(0, |place| place.line);
        format!("\n    line {line}: {} ({})", finding.message, finding.code)
    });
    let theirs = conflict.message.as_deref().map_or("accepted", str::trim_end);
    format!("{}: the release: {theirs}{}", name(case), ours.collect::<String>())
}

/// Returns the verdicts on a case if they differ, or an error if its dumps do.
fn conflict(case: &Path, is_same_form: bool) -> Result<Option<Conflict>, String> {
    let message = fs::read_to_string(case.with_extension("err")).unwrap_or_default();
    let message = Some(message).filter(|message| !message.trim().is_empty());
    let place = message.as_deref().and_then(place_in_message);
    let (findings, schema) = match parse_file(case, OPTIONS) {
        Ok(checked) => {
            let findings = findings(&checked.style, checked.schema.sources());
            (findings, Some(checked.schema))
        }
        Err(error) => (findings(error.diagnostics(), error.sources()), None),
    };
    if let (Some(schema), None) = (&schema, &message) {
        return same_dump(case, schema, is_same_form).map(|()| None);
    }
    let text = fs::read(case).unwrap_or_default();
    let lines = String::from_utf8_lossy(&text).lines().map(str::to_owned).collect();
    let conflict = Conflict { findings, message, place, lines };
    Ok((!conflict.is_settled()).then_some(conflict))
}

fn findings(diagnostics: &Diagnostics, sources: &SourceMap) -> Vec<Finding> {
    let finding = |diagnostic: &qapi_parser::diagnostic::Diagnostic| Finding {
        severity: diagnostic.severity,
        code: diagnostic.code,
        place: place(diagnostic, sources),
        message: diagnostic.message.clone(),
    };
    diagnostics.iter().map(finding).collect()
}

fn same_dump(case: &Path, schema: &Schema, is_same_form: bool) -> Result<(), String> {
    let (ours, theirs) = (dump(schema), fs::read_to_string(case.with_extension("out")));
    let theirs = theirs.unwrap_or_default();
    // 11.1 prints documentation in the order of the source, without a body.
    let has_body = !theirs.contains("\ndoc ") || theirs.contains("\n    body=");
    let difference = match (has_body, is_same_form) {
        (true, true) => first_difference(&ours, &theirs),
        (true, false) => first_difference(&structure(&ours), &structure(&theirs))
            .or_else(|| first_difference(&documentation(&ours), &documentation(&theirs))),
        (false, _) => first_difference(&structure(&ours), &structure(&theirs)),
    };
    difference.map_or(Ok(()), Err)
}
