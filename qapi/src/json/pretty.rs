//! Texts laid out for people, as monitors with `pretty=on` send them.

/// Lays out a text that this writer wrote: one member or element per line, four spaces per level.
pub(crate) fn pretty(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let mut depth = 0;
    let (mut quoted, mut escaped) = (false, false);
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n("    ", depth));
    };
    for character in text.chars() {
        if quoted {
            out.push(character);
            quoted = escaped || character != '"';
            escaped = !escaped && character == '\\';
            continue;
        }
        match character {
            '{' | '[' => {
                depth += 1;
                out.push(character);
                line(&mut out, depth);
            }
            '}' | ']' => {
                depth -= 1;
                out.truncate(out.trim_end_matches([' ', '\n']).len());
                line(&mut out, depth);
                out.push(character);
            }
            ',' => {
                out.push(',');
                line(&mut out, depth);
            }
            ' ' if out.ends_with(['\n', ' ']) => {}
            _ => {
                quoted = character == '"';
                out.push(character);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pretty_text() {
        assert_eq!(
            pretty(r#"{"a": [1, {}], "b": "x, {\"y"}"#),
            "{\n    \"a\": [\n        1,\n        {\n        }\n    ],\n    \"b\": \"x, {\\\"y\"\n}"
        );
    }
}
