//! Compares a reply with the recorded one.

use qapi_tests::oracle;
use serde_json::Value;

/// Compares a message: its bytes if they are recorded and the order of members is fixed, else its
/// value.
///
/// # Errors
/// If they differ.
pub fn compare(
    ours: &[u8],
    theirs: &Value,
    raw: Option<&[u8]>,
    ambiguous: bool,
) -> Result<(), String> {
    let text = String::from_utf8_lossy(ours);
    let differs = || Err(format!("{text} instead of {theirs}"));
    if let Some(recorded) = theirs["@raw"].as_str() {
        return if text.trim_end() == recorded.trim_end() { Ok(()) } else { differs() };
    }
    if let Some(raw) = raw
        && raw == ours
    {
        return Ok(());
    }
    let Ok(value) = serde_json::from_str::<Value>(text.trim_start_matches('\u{fffd}')) else {
        return differs();
    };
    if ambiguous && same_error(&value, theirs) {
        return Ok(());
    }
    if !same(&value, theirs) {
        return differs();
    }
    match raw {
        // The time differs.
        Some(_) if theirs.get("event").is_some() => Ok(()),
        Some(raw) if theirs.get("return").is_some_and(has_order) => {
            let recorded = String::from_utf8_lossy(raw);
            let ends = |text: &str| text[text.trim_end().len()..].to_owned();
            let alike = oracle::same_text(&text, &recorded) && ends(&text) == ends(&recorded);
            let start = |text: &str| text.split("\"return\"").next().map(str::to_owned);
            if alike && start(&text) == start(&recorded) { Ok(()) } else { differs() }
        }
        Some(raw) => Err(format!("{text} instead of {}", String::from_utf8_lossy(raw))),
        None => Ok(()),
    }
}

/// Returns true if a value has members whose order may differ.
fn has_order(value: &Value) -> bool {
    match value {
        Value::Object(members) => members.len() > 1 || members.values().any(has_order),
        Value::Array(list) => list.iter().any(has_order),
        _ => false,
    }
}

/// Returns true if values are the same except for times.
fn same(ours: &Value, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Value::Number(_), Value::String(time)) if time == "@TS" => true,
        (Value::Object(ours), Value::Object(theirs)) => {
            ours.len() == theirs.len()
                && theirs
                    .iter()
                    .all(|(name, value)| ours.get(name).is_some_and(|ours| same(ours, value)))
        }
        (Value::Array(ours), Value::Array(theirs)) => {
            ours.len() == theirs.len()
                && ours.iter().zip(theirs).all(|(ours, theirs)| same(ours, theirs))
        }
        _ => ours == theirs,
    }
}

/// Returns true for errors of one class that differ only in the names they quote.
fn same_error(ours: &Value, theirs: &Value) -> bool {
    let desc = |message: &Value| message["error"]["desc"].as_str().unwrap_or_default().to_owned();
    let both = ours["error"].is_object() && theirs["error"].is_object();
    both && ours["id"] == theirs["id"]
        && ours["error"]["class"] == theirs["error"]["class"]
        && oracle::same_but_for_names(&desc(ours), &desc(theirs))
}
