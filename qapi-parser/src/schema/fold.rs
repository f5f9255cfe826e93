//! Names as generated C folds them: two that fold alike clash.

use std::hash::{Hash, Hasher};

/// A name that equals every other with the same letters, digits and `_`, whatever punctuation
/// stands for `_`.
#[derive(Debug, Clone, Copy, Eq)]
pub(super) struct FoldedName<'a>(pub(super) &'a str);

impl FoldedName<'_> {
    fn bytes(self) -> impl Iterator<Item = u8> {
        self.0.bytes().map(|byte| if byte.is_ascii_alphanumeric() { byte } else { b'_' })
    }
}

impl PartialEq for FoldedName<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.0.len() == other.0.len() && self.bytes().eq(other.bytes())
    }
}

impl Hash for FoldedName<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bytes().for_each(|byte| state.write_u8(byte));
    }
}

#[cfg(test)]
mod tests {
    use super::FoldedName;
    use std::collections::HashSet;

    #[test]
    fn punctuation_folds_and_case_does_not() {
        let mut seen = HashSet::from([FoldedName("a-b")]);
        assert!(!seen.insert(FoldedName("a_b")));
        assert!(!seen.insert(FoldedName("a.b")));
        assert!(seen.insert(FoldedName("A-b")));
        assert!(seen.insert(FoldedName("ab")));
    }
}
