//! The reference front end's own cases and QEMU's real schemas, from the tree that QAPI_CORPUS
//! names: the same verdicts, places and dumps.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use qapi_parser::render::MessageFormat;
use qapi_parser::{Error, Options, dump, parse_file};
use qapi_tests::{first_difference, folder, place_in_message, place_of_error};

/// A case that we judge differently.
struct Exception {
    /// The major version of the reference.
    major: u32,
    case: &'static str,
    reason: &'static str,
}

/// Newer versions point at the line in the documentation, older ones at the comment's start.
const FINER_PLACE: &str = "the place is the line that is wrong, not the first of the comment";

const OLD_FORM: &str = "an old form that is accepted as a style finding";

const EXCEPTIONS: &[Exception] = &[
    Exception { major: 10, case: "doc-bad-section", reason: OLD_FORM },
    Exception { major: 10, case: "doc-invalid-return2", reason: OLD_FORM },
    Exception { major: 7, case: "doc-bad-section", reason: OLD_FORM },
    Exception {
        major: 10,
        case: "doc-non-first-section",
        reason: "newer versions let a heading stand anywhere in free-form documentation",
    },
    Exception {
        major: 10,
        case: "escape-outside-string",
        reason: "the schema file is missing in some copies of the cases",
    },
    Exception { major: 7, case: "doc-bad-alternate-member", reason: FINER_PLACE },
    Exception { major: 7, case: "doc-bad-boxed-command-arg", reason: FINER_PLACE },
    Exception { major: 7, case: "doc-bad-command-arg", reason: FINER_PLACE },
    Exception { major: 7, case: "doc-bad-enum-member", reason: FINER_PLACE },
    Exception { major: 7, case: "doc-bad-event-arg", reason: FINER_PLACE },
    Exception { major: 7, case: "doc-bad-feature", reason: FINER_PLACE },
    Exception { major: 7, case: "doc-bad-union-member", reason: FINER_PLACE },
    Exception { major: 7, case: "doc-empty-section", reason: FINER_PLACE },
    Exception { major: 7, case: "doc-invalid-return", reason: FINER_PLACE },
    Exception {
        major: 7,
        case: "doc-bad-indent",
        reason: "a description that goes on without indentation is a style finding",
    },
    Exception {
        major: 7,
        case: "doc-good",
        reason: "newer versions want a blank line before 'Features:' and print other sections",
    },
    Exception {
        major: 7,
        case: "escape-outside-string",
        reason: "the schema file is missing in some copies of the cases",
    },
    Exception {
        major: 7,
        case: "qapi-schema-test",
        reason: "newer versions want 'boxed' for arguments with conditions",
    },
];

/// Lines of older dumps that the newer form does not have.
const DROPPED_LINES: &[&str] = &["    prefix QTYPE"];

/// The roots of QEMU's schemas in its tree.
const SCHEMAS: &[&str] =
    &["qapi/qapi-schema.json", "qga/qapi-schema.json", "storage-daemon/qapi/qapi-schema.json"];

fn major_version(corpus: &Path) -> u32 {
    let text = fs::read_to_string(corpus.join("VERSION")).expect("the corpus has a VERSION");
    text.split('.')
        .next()
        .and_then(|major| major.trim().parse().ok())
        .expect("VERSION starts with a number")
}

/// Renders the errors, one per line.
fn errors(error: &Error) -> String {
    let lines = error.render(MessageFormat::Short);
    lines.lines().filter(|line| line.contains(": error: ")).collect::<Vec<_>>().join("\n")
}

/// How our verdict differs from the reference's.
fn difference(case: &Path, major: u32) -> Option<String> {
    let err = fs::read_to_string(case.with_extension("err")).unwrap_or_default();
    match (parse_file(case.with_extension("json"), Options::default()), err.is_empty()) {
        (Ok(checked), true) => {
            let mut expected = fs::read_to_string(case.with_extension("out")).unwrap_or_default();
            if major < 10 {
                let kept = expected.lines().filter(|line| !DROPPED_LINES.contains(line));
                expected = kept.map(|line| format!("{line}\n")).collect();
            }
            first_difference(&dump(&checked.schema), &expected)
        }
        (Err(error), false) => {
            let (ours, theirs) = (place_of_error(&error), place_in_message(&err));
            (ours != theirs).then(|| format!("rejected at {ours:?} instead of {theirs:?}"))
        }
        (Ok(_), false) => Some(format!("accepted, but: {err}")),
        (Err(error), true) => Some(format!("rejected: {}", errors(&error))),
    }
}

#[test]
fn cases_of_the_reference() {
    let corpus = folder("QAPI_CORPUS");
    let major = major_version(&corpus);
    let cases = corpus.join("tests/qapi-schema");
    let names: BTreeSet<_> = fs::read_dir(&cases)
        .expect("the corpus has tests/qapi-schema")
        .map(|entry| entry.expect("a folder that can be read").path())
        .filter(|path| {
            path.extension().is_some_and(|extension| extension == "err" || extension == "out")
        })
        .map(|path| path.with_extension(""))
        .collect();
    let (mut agreed, mut excepted, mut differing) = (0, 0, Vec::new());
    for case in &names {
        let name = case.file_name().unwrap_or_default().to_string_lossy();
        let exception =
            EXCEPTIONS.iter().find(|exception| exception.major == major && exception.case == name);
        match (difference(case, major), exception) {
            (None, _) => agreed += 1,
            (Some(_), Some(exception)) => {
                println!("exception: {name}: {}", exception.reason);
                excepted += 1;
            }
            (Some(difference), None) => differing.push(format!("{name}: {difference}")),
        }
    }
    println!("{} cases: {agreed} agree, {excepted} are exceptions", names.len());
    assert!(differing.is_empty(), "{} cases differ:\n{}", differing.len(), differing.join("\n"));
}

#[test]
fn real_schemas_are_accepted() {
    let corpus = folder("QAPI_CORPUS");
    for schema in SCHEMAS {
        let checked = parse_file(corpus.join(schema), Options::default())
            .unwrap_or_else(|error| panic!("{schema}: {}", errors(&error)));
        let schema_size = checked.schema.types().len();
        println!("{schema}: {schema_size} types");
    }
}
