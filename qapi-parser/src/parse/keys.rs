//! Repeated keys: in an object that was read, and before the syntax error that ends one.

use std::collections::HashMap;

use super::scan;

/// The keys of one object so far, as written, with their places. Each string has only one
/// spelling.
pub(super) type KeySet<'t> = HashMap<&'t str, usize>;

/// A key that occurs twice in an object.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Repeated<'t> {
    pub(super) literal: &'t str,
    pub(super) first: usize,
    pub(super) second: usize,
}

/// Finds the first repeated key in the valid tokens from `from` to `end`. QEMU finds a repeated
/// key once it has read the first token of the value, which with `with_next` may be at `end`.
pub(super) fn find_repeated(
    text: &str,
    from: usize,
    end: usize,
    with_next: bool,
) -> Option<Repeated<'_>> {
    let mut open: Vec<Option<KeySet>> = Vec::new();
    let mut is_key = false;
    let mut last_key = None;
    let mut repeated = None;
    let mut at = from;
    while at < end {
        let byte = text.as_bytes()[at];
        if byte == b'#' {
            at += text[at..].find('\n')?;
            continue;
        }
        if byte.is_ascii_whitespace() || !byte.is_ascii() {
            at += 1;
            continue;
        }
        if repeated.is_some() {
            return repeated;
        }
        match byte {
            b'{' => open.push(Some(KeySet::default())),
            b'[' => open.push(None),
            b'}' | b']' => drop(open.pop()),
            b':' => {
                if let (Some(Some(keys)), Some((literal, second))) =
                    (open.last_mut(), last_key.take())
                {
                    let first = keys.insert(literal, second);
                    repeated = first.map(|first| Repeated { literal, first, second });
                }
            }
            b'\'' => {
                let past = scan::scan_string(text, at).ok()?;
                last_key = is_key.then(|| (&text[at..past], at));
                is_key = false;
                at = past;
                continue;
            }
            _ => {}
        }
        is_key = matches!(byte, b'{' | b',') && matches!(open.last(), Some(Some(_)));
        at += 1;
    }
    repeated.filter(|_| with_next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_a_repeated_key_once_its_value_has_begun() {
        let second = |text: &str, with_next| {
            find_repeated(text, 0, text.len(), with_next).map(|repeated| repeated.second)
        };
        assert_eq!(second("{ 'a': 'x', 'a'", true), None);
        assert_eq!(second("{ 'a': 'x', 'a': # more\n", false), None);
        assert_eq!(second("{ 'a': 'x', 'a': # more\n", true), Some(12));
        assert_eq!(second("{ 'a': 'x', 'a': [", false), Some(12));
        assert_eq!(second("{ 'a': { 'a': [ 'a', 'a' ] }, 'b': { 'a': 'a' } ", true), None);
        assert_eq!(second("{ 'a': 'b', 'b': 'a', 'c': { 'b': 'x', 'b': true", true), Some(39));
    }
}
