//! Names as generated C folds them: two that fold alike clash.

use std::hash::{Hash, Hasher};

/// A name that equals every other with the same letters, digits and `_`, whatever punctuation
/// stands for `_`.
#[derive(Debug, Clone, Copy, Eq)]
pub(super) struct FoldedName<'a>(pub(super) &'a str);

fn folded(byte: u8) -> u8 {
    if byte.is_ascii_alphanumeric() { byte } else { b'_' }
}

impl PartialEq for FoldedName<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.0.len() == other.0.len() && self.0.bytes().map(folded).eq(other.0.bytes().map(folded))
    }
}

impl Hash for FoldedName<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for chunk in self.0.as_bytes().chunks(8) {
            let mut word = [0; 8];
            word.iter_mut().zip(chunk).for_each(|(to, from)| *to = folded(*from));
            state.write_u64(u64::from_le_bytes(word));
        }
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
