//! Patterns of names, in which `*` is any text and `?` any character.

use std::cell::Cell;

/// Patterns, each with a value, that remember whether they matched.
#[derive(Debug)]
pub(crate) struct Patterns<T> {
    list: Vec<(String, T, Cell<bool>)>,
}

impl<T> Patterns<T> {
    pub(crate) fn new(list: impl IntoIterator<Item = (String, T)>) -> Self {
        Self {
            list: list
                .into_iter()
                .map(|(pattern, value)| (pattern, value, Cell::new(false)))
                .collect(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Returns the values of the patterns that match `name`, in the order given.
    pub(crate) fn matching(&self, name: &str) -> impl Iterator<Item = &T> {
        self.list.iter().filter(move |(pattern, _, _)| matches(pattern, name)).map(
            |(_, value, matched)| {
                matched.set(true);
                value
            },
        )
    }

    /// Returns true if a pattern matches `name`. Marks every pattern that does.
    pub(crate) fn is_match(&self, name: &str) -> bool {
        self.matching(name).count() > 0
    }

    /// Returns the patterns that have matched nothing so far.
    pub(crate) fn unmatched(&self) -> impl Iterator<Item = &str> {
        self.list
            .iter()
            .filter(|(_, _, matched)| !matched.get())
            .map(|(pattern, _, _)| pattern.as_str())
    }
}

/// Returns true if `pattern` matches the whole of `name`.
pub(crate) fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.as_bytes(), name.as_bytes());
    let (mut at, mut from) = (0, 0);
    // The last `*`: the place after it, and the end of the text that it stands for.
    let mut retry = None;
    while from < name.len() {
        match pattern.get(at) {
            Some(b'*') => {
                retry = Some((at + 1, from));
                at += 1;
            }
            Some(&char) if char == b'?' || char == name[from] => {
                at += 1;
                from += 1;
            }
            _ => match &mut retry {
                Some((after, taken)) => {
                    *taken += 1;
                    (at, from) = (*after, *taken);
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|&char| char == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_names() {
        for (pattern, name) in [
            ("*", ""),
            ("a", "a"),
            ("query-*", "query-a-b"),
            ("*-b", "a-b-b"),
            ("a?c*", "abc"),
            ("*a*a*", "xaya"),
        ] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("", "a"),
            ("a", ""),
            ("a", "ab"),
            ("query-*", "xquery-a"),
            ("a?c", "ac"),
            ("*a", "ab"),
        ] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
    }

    #[test]
    fn what_matched_nothing_is_known() {
        let patterns = Patterns::new(["a*", "b", "ab"].map(|pattern| (pattern.to_owned(), ())));
        assert!(patterns.is_match("ab"));
        assert_eq!(patterns.unmatched().collect::<Vec<_>>(), ["b"]);
    }
}
