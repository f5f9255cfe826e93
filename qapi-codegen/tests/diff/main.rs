//! Changes between small schemas, and between replies.

mod codes;
mod reach;
mod replies;

use qapi_codegen::diff::{Change, Interface, diff};

/// Returns the interface of a schema with all conditions true.
fn interface(text: &str) -> Interface {
    Interface::from_schema(&schema(text), None)
}

fn schema(text: &str) -> qapi_parser::schema::Schema {
    let text =
        format!("{{ 'pragma': {{ 'command-returns-exceptions': [ 'c', 'user' ] }} }}\n{text}");
    match qapi_parser::parse_text("s.json", text, qapi_parser::Options::default()) {
        Ok(checked) => checked.schema,
        Err(error) => panic!("{error}"),
    }
}

fn changes(old: &str, new: &str) -> Vec<Change> {
    diff(&interface(old), &interface(new), &[]).unwrap()
}

/// Writes a change as `VERDICT CODE USER PATH NAME DIRECTION`.
fn line(change: &Change) -> String {
    let Change { verdict, code, user, path, name, direction, .. } = change;
    format!("{verdict:?} {code} {user} {path} {name} {direction:?}")
}

fn lines(changes: &[Change]) -> Vec<String> {
    changes.iter().map(line).collect()
}
