//! Replies and events as people read them.

use std::fmt::Write;

use qapi::{Dict, Value};

/// The columns of a list on one line.
const WIDTH: usize = 80;

/// Returns a value as indented text: `NAME: VALUE` on lines of their own, elements behind `-`,
/// short lists on one line, and the lines of a longer text behind `|`.
pub fn readable(value: &Value) -> String {
    let mut text = String::new();
    match value {
        Value::Dict(dict) if !dict.is_empty() => members(&mut text, dict, 0),
        Value::List(list) if !list.is_empty() && inline(value).is_none() => {
            elements(&mut text, list, 0);
        }
        Value::String(lines) if is_long(lines) => text_lines(&mut text, lines, 0),
        _ => {
            text = inline(value).unwrap_or_default();
            text.push('\n');
        }
    }
    text
}

/// Returns a value that fits on a line.
fn inline(value: &Value) -> Option<String> {
    match value {
        Value::Dict(dict) => dict.is_empty().then(|| "{}".to_owned()),
        Value::List(list) => {
            let is_flat =
                list.iter().all(|value| !matches!(value, Value::List(_) | Value::Dict(_)));
            let text = value.to_string();
            (is_flat && text.len() <= WIDTH).then_some(text)
        }
        Value::String(text) if is_long(text) => None,
        Value::String(text) => Some(format!("\"{}\"", escaped(text))),
        scalar => Some(scalar.to_string()),
    }
}

/// Returns true for a text of several lines.
fn is_long(text: &str) -> bool {
    text.trim_end().contains('\n')
}

/// Writes the lines of a text.
fn text_lines(text: &mut String, lines: &str, depth: usize) {
    for line in lines.trim_end().lines() {
        indent(text, depth);
        text.push_str(&printable(line));
        text.push('\n');
    }
}

/// Returns a text as it stands between quotes.
fn escaped(text: &str) -> String {
    printable(&text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Returns a text with escape sequences for control characters.
fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_unprintable(c) => {
                // Writing to a string does not fail.
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

/// Returns true for a character that may change how a terminal shows the rest.
fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn members(text: &mut String, dict: &Dict, depth: usize) {
    for (index, (name, value)) in dict.iter().enumerate() {
        // The first member of an element follows its `-`.
        if index > 0 || !text.ends_with("- ") {
            indent(text, depth);
        }
        text.push_str(&escaped(name));
        text.push(':');
        part(text, value, depth + 1);
    }
}

fn elements(text: &mut String, list: &[Value], depth: usize) {
    for value in list {
        indent(text, depth);
        match value {
            Value::Dict(dict) if !dict.is_empty() => {
                text.push_str("- ");
                members(text, dict, depth + 1);
            }
            _ => {
                text.push('-');
                part(text, value, depth + 1);
            }
        }
    }
}

/// Writes a value behind a name or a `-`.
fn part(text: &mut String, value: &Value, depth: usize) {
    if let Some(short) = inline(value) {
        text.push(' ');
        text.push_str(&short);
        text.push('\n');
        return;
    }
    text.push_str(if matches!(value, Value::String(_)) { " |\n" } else { "\n" });
    match value {
        Value::String(lines) => text_lines(text, lines, depth),
        Value::Dict(dict) => members(text, dict, depth),
        Value::List(list) => elements(text, list, depth),
        _ => {}
    }
}

fn indent(text: &mut String, depth: usize) {
    text.extend(std::iter::repeat_n("  ", depth));
}

#[cfg(test)]
mod tests {
    use qapi::dict;

    use super::*;

    #[test]
    fn replies_are_indented() {
        let value = Value::from(dict! {
            "status": "running",
            "tags": ["a", "b"],
            "none": Vec::<Value>::new(),
            "block": vec![
                Value::from(dict! { "device": "d0", "inserted": dict! { "ro": false } }),
                Value::from(dict! { "device": "d1" }),
            ],
            "grid": vec![Value::from([1, 2]), Value::from([3])],
        });
        assert_eq!(
            readable(&value),
            "\
status: \"running\"
tags: [\"a\", \"b\"]
none: []
block:
  - device: \"d0\"
    inserted:
      ro: false
  - device: \"d1\"
grid:
  - [1, 2]
  - [3]
"
        );
    }

    #[test]
    fn scalars_and_empty_values_are_a_line() {
        for (value, text) in [
            (Value::Null, "null\n"),
            (Value::from(Dict::new()), "{}\n"),
            (Value::from("a\u{1b}[31m\t\u{202e}\"é"), "\"a\\u001b[31m\\t\\u202e\\\"é\"\n"),
            (Value::from(vec![1.5]), "[1.5]\n"),
        ] {
            assert_eq!(readable(&value), text);
        }
    }

    #[test]
    fn long_lists_have_a_line_for_each_element() {
        let list = Value::from(vec!["0123456789"; 8]);
        assert_eq!(readable(&list), "- \"0123456789\"\n".repeat(8));
    }

    #[test]
    fn longer_texts_keep_their_lines() {
        let text = "a\t\"1\"\r\n  b\r\n";
        assert_eq!(readable(&text.into()), "a\\t\"1\"\n  b\n");
        assert_eq!(readable(&dict! { "text": text }.into()), "text: |\n  a\\t\"1\"\n    b\n");
        assert_eq!(readable(&"one\n".into()), "\"one\\n\"\n");
    }

    #[test]
    fn names_are_escaped() {
        assert_eq!(readable(&dict! { "a\u{7}b": 1 }.into()), "a\\u0007b: 1\n");
    }
}
