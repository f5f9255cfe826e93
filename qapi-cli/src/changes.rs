//! The text of changes between two interfaces, in each message format.

use std::fmt::Write;

use qapi_codegen::diff::{Change, Verdict};
use qapi_parser::render::{Escaped, MessageFormat};

/// Renders changes, which are in the library's order: grouped by user, the worst first.
pub fn render(changes: &[Change], format: MessageFormat) -> String {
    match format {
        MessageFormat::Json => changes.iter().map(json).collect(),
        MessageFormat::Short => changes.iter().map(short).collect(),
        _ => human(changes),
    }
}

fn json(change: &Change) -> String {
    // Strings and lists of them always have a JSON form.
    let text = serde_json::to_string(change).unwrap_or_default();
    format!("{text}\n")
}

/// Writes `PLACE: VERDICT: USER: PATH: MESSAGE [CODE]`, the place in the new interface if any.
fn short(change: &Change) -> String {
    let mut line = String::new();
    if let Some(place) = change.new.as_ref().or(change.old.as_ref()) {
        line = format!("{place}: ");
    }
    let text = format!("{line}{}: {}: {}", change.verdict, change.user, summary(change));
    format!("{}\n", Escaped(&text))
}

/// Writes the path, the message and the code.
fn summary(change: &Change) -> String {
    let path = if change.path.is_empty() { "" } else { &format!("{}: ", change.path) };
    format!("{path}{} [{}]", change.message, change.code)
}

fn human(changes: &[Change]) -> String {
    let mut text = String::new();
    let mut last = None;
    for change in changes {
        if last != Some(&change.user) {
            text.push_str(if last.is_some() { "\n" } else { "" });
            line(&mut text, &change.user.to_string());
            last = Some(&change.user);
        }
        let verdict = coloured(change.verdict);
        // Writing to a string does not fail.
        let _ = writeln!(text, "  {verdict}: {}", Escaped(&summary(change)));
        line(&mut text, &format!("    {}", details(change)));
        if change.users.len() > 1 {
            line(&mut text, &format!("    also {}", others(change)));
        }
    }
    text.push_str(if changes.is_empty() { "" } else { "\n" });
    line(&mut text, &totals(changes));
    text
}

/// Returns a verdict with the ANSI codes of its colour.
fn coloured(verdict: Verdict) -> String {
    let colour = match verdict {
        Verdict::Breaking => "1;31",
        Verdict::Strict => "33",
        Verdict::Compatible => "32",
    };
    format!("\x1b[{colour}m{verdict}\x1b[0m")
}

/// Writes the direction, the type and the two places.
fn details(change: &Change) -> String {
    let mut text = change.direction.to_string();
    match (&change.old_type, &change.new_type) {
        (Some(old), Some(new)) if old != new => {
            let _ = write!(text, " in {old}, now {new}");
        }
        (Some(name), _) | (None, Some(name)) => {
            let _ = write!(text, " in {name}");
        }
        (None, None) => {}
    }
    for (side, place) in [("old", &change.old), ("new", &change.new)] {
        if let Some(place) = place {
            let _ = write!(text, "; {side} {place}");
        }
    }
    text
}

/// Lists the users except the first.
fn others(change: &Change) -> String {
    let others = change.users.iter().filter(|user| **user != change.user);
    let mut list: Vec<String> = others.map(ToString::to_string).collect();
    if change.users.len() == Change::MOST_USERS {
        list.push("possibly more".to_owned());
    }
    list.join(", ")
}

fn totals(changes: &[Change]) -> String {
    let count =
        |verdict: Verdict| changes.iter().filter(|change| change.verdict == verdict).count();
    let totals: Vec<String> = Verdict::ALL
        .into_iter()
        .map(|verdict| (count(verdict), verdict))
        .filter(|(count, _)| *count > 0)
        .map(|(count, verdict)| format!("{count} {verdict}"))
        .collect();
    if totals.is_empty() { "no changes".to_owned() } else { totals.join(", ") }
}

/// Appends a line. Names in a reply may hold any character.
fn line(text: &mut String, content: &str) {
    // Writing to a string does not fail.
    let _ = writeln!(text, "{}", Escaped(content));
}
