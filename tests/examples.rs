//! The examples in the documentation of `schema/`.

use qapi_parser::examples::{self, Coverage};
use qapi_parser::render::{MessageFormat, render};
use qapi_parser::{Options, parse_file};

#[test]
fn every_command_and_event_has_examples_without_fault() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../schema/qapi-schema.json");
    let options = Options::new().deny_warnings(true);
    let schema = parse_file(root, options).expect("a schema without findings").schema;
    let report = examples::check(&schema);
    let faults = render(&report.faults, schema.sources(), MessageFormat::Human);
    assert!(faults.is_empty(), "{faults}");
    assert_eq!(report.count(Coverage::Checked), report.examples.len(), "none is elided");

    let commands = schema.commands().iter().map(|command| &command.definition);
    let events = schema.events().iter().map(|event| &event.definition);
    for definition in commands.chain(events) {
        let doc = schema.doc(definition.doc.expect("documentation")).span;
        let has_example = report.examples.iter().any(|example| {
            let span = example.span;
            span.file == doc.file && (doc.start..doc.end).contains(&span.start)
        });
        assert!(has_example, "'{}' has no example", definition.name);
    }
}
