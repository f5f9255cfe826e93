//! Values of all shapes, decoded and encoded: `visitor-cases`, `mutation-cases-*`.

use qapi_tests::oracle::{self, Tally};
use qapi_tests::wire::{Tables, tables};
use serde_json::Value;

/// Decodes the case's text as its type, and compares the value or the error.
fn compare(tables: &Tables, ty: &str, text: &str, case: &Value) -> Result<(), String> {
    let round_trip = tables.round_trip(ty).ok_or_else(|| format!("the schema has no '{ty}'"))?;
    let policy = oracle::policy(case["policy"].as_str().unwrap_or_default());
    let outcome = round_trip(text, &policy);
    match (outcome, case["ok"] == true) {
        (Ok(ours), true) => {
            let theirs = case["value"].as_str().unwrap_or_default();
            oracle::same_text(&ours, theirs).then_some(()).ok_or(ours)
        }
        (Err(error), false) => {
            let ours = qapi::QmpError::from(error);
            let theirs = case["error"].as_str().unwrap_or_default();
            let same = ours.desc == theirs
                || case["ambiguous"] == true && oracle::same_but_for_names(&ours.desc, theirs);
            (same && case["class"] == ours.class.as_str())
                .then_some(())
                .ok_or_else(|| format!("{ours:?}"))
        }
        (Ok(ours), false) => Err(format!("accepted as {ours}")),
        (Err(error), true) => Err(format!("refused: {error}")),
    }
}

#[test]
fn decodes_and_encodes_values_of_every_type() {
    let tables = tables("test");
    let mut tally = Tally::default();
    for case in oracle::cases(&oracle::oracle().join("visitor-cases.jsonl")) {
        let (ty, text) =
            (case["type"].as_str().unwrap_or_default(), case["json"].as_str().unwrap_or_default());
        tally.count(&case, compare(tables, ty, text, &case));
    }
    tally.check("visitor-cases");
}

fn mutations(file: &str) {
    let tables = tables("full");
    let mut tally = Tally::default();
    for case in oracle::cases(&oracle::oracle().join(file).with_extension("jsonl")) {
        let command = case["command"].as_str().unwrap_or_default();
        let text = case["arguments"].as_str().unwrap_or_default();
        tally.count(&case, compare(tables, &format!("arguments of {command}"), text, &case));
    }
    tally.check(file);
}

#[test]
fn decodes_altered_arguments_of_migration_commands() {
    mutations("mutation-cases-migration");
}

#[test]
fn decodes_altered_arguments_of_other_commands() {
    mutations("mutation-cases-full");
}
