//! Folds names as generated C does: names that fold alike clash.

use std::borrow::Cow;

/// Returns `name` with `_` for punctuation.
pub(super) fn folded(name: &str) -> Cow<'_, str> {
    if name.contains(['-', '.']) { name.replace(['-', '.'], "_").into() } else { name.into() }
}

#[cfg(test)]
mod tests {
    use super::folded;

    #[test]
    fn punctuation_folds_and_case_does_not() {
        assert!(["a-b", "a.b", "a_b"].iter().all(|name| folded(name) == "a_b"));
        assert_eq!(folded("A-b"), "A_b");
    }
}
