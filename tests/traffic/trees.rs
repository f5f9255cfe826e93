//! `qapi_parser::examples` on real schemas: those of QAPI_CORPUS and of the trees in QAPI_SHARED.

use std::path::{Path, PathBuf};

use qapi_parser::examples::{self, Report};
use qapi_parser::render::MessageFormat;
use qapi_parser::schema::Schema;
use qapi_parser::source::Span;
use qapi_parser::{Checked, Options, parse_file};
use qapi_tests::conversations::TREE;
use qapi_tests::folder;
use qapi_tests::trees::{Tree, trees};

/// Faults of QEMU 11.0.0's documentation: file, line, message. In each the schema is right.
const FAULTS: [(&str, usize, &str); 5] = [
    // The member is called as in the other example of the command.
    ("virtio.json", 281, "return: unknown member 'disabled-legacy-check'"),
    // Numbers are no strings in QMP.
    ("migration.json", 1450, "arguments.channels[0].addr.offset: expected integer, found string"),
    // The member was removed with the feature; the example was left.
    ("trace.json", 60, "return[0]: unknown member 'vcpu'"),
    // A brace too many ends the request before its arguments.
    ("machine.json", 1820, "invalid JSON, expected the end of the message"),
    // The object is the value of "return".
    ("migration.json", 1942, "expected a reply, an event or the greeting"),
];

#[test]
fn places_of_faults_and_examples_are_in_comments() {
    let mut trees = trees();
    trees.push(Tree::new(folder("QAPI_CORPUS")));
    let roots = trees.iter().flat_map(|tree| tree.roots().map(|root| tree.path.join(root)));
    let mut checked = 0;
    for root in roots {
        // Acceptance is the matter of other tests.
        let Ok(Checked { schema, .. }) = parse_file(&root, Options::default()) else { continue };
        let report = examples::check(&schema);
        print!("{}", report.render_counts(&root, MessageFormat::Short));
        for example in &report.examples {
            assert!(
                is_in_comment(&schema, example.span),
                "{}",
                schema.sources().text(example.span)
            );
        }
        for fault in &report.faults {
            let span = fault.span.expect("a place");
            assert!(
                lies_in_example(&report, span) || fault.code == "example-directive",
                "{}: {}",
                root.display(),
                fault.message
            );
        }
        checked += report.examples.len();
    }
    assert!(checked > 0, "no example in any tree");
}

#[test]
fn finds_the_known_faults_of_11_0_0() {
    let schema = parse(&folder("QAPI_SHARED").join(TREE).join("qapi/qapi-schema.json"));
    let found: Vec<(PathBuf, usize, String)> = examples::check(&schema)
        .faults
        .iter()
        .map(|fault| {
            let span = fault.span.expect("a place");
            let path = schema.sources().file(span.file).path().to_owned();
            (path, schema.sources().position(span.file, span.start).line, fault.message.clone())
        })
        .collect();
    for (file, line, message) in FAULTS {
        assert!(
            found
                .iter()
                .any(|(path, at, text)| path.ends_with(file) && *at == line && text == message),
            "{file}:{line}: {message}"
        );
    }
}

fn parse(root: &Path) -> Schema {
    parse_file(root, Options::default()).unwrap_or_else(|error| panic!("{error}")).schema
}

fn lies_in_example(report: &Report, span: Span) -> bool {
    report.examples.iter().any(|example| {
        let place = example.span;
        place.file == span.file && place.start <= span.start && span.end <= place.end
    })
}

/// Returns true if all lines of a place are comments.
fn is_in_comment(schema: &Schema, span: Span) -> bool {
    let [first, last] =
        [span.start, span.end].map(|offset| schema.sources().position(span.file, offset).line);
    (first..=last).all(|line| schema.sources().file(span.file).line(line).starts_with('#'))
}
