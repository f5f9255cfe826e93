//! The page size of streams, dirty logs and guests.

/// The size of a page in bytes.
pub(crate) const PAGE: u64 = 4096;

/// The same, as a length in memory.
pub(crate) const PAGE_LEN: usize = PAGE as usize;

/// Merges pages at these byte offsets into ranges, offsets and lengths in bytes: a page and the
/// next one, if they are `joined`.
pub(crate) fn runs(
    offsets: &[u64],
    joined: impl Fn(u64, u64) -> bool,
) -> impl Iterator<Item = (u64, u64)> {
    let runs = offsets.chunk_by(move |one, next| joined(*one, *next));
    runs.map(|run| (run[0], run.len() as u64 * PAGE))
}

/// Returns true if one page follows the other.
pub(crate) fn adjacent(one: u64, next: u64) -> bool {
    one.checked_add(PAGE) == Some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_one_run() {
        let offsets = [0, PAGE, 3 * PAGE, 2 * PAGE, 3 * PAGE, u64::MAX, 0];
        let found: Vec<_> = runs(&offsets, adjacent).collect();
        assert_eq!(
            found,
            [(0, 2 * PAGE), (3 * PAGE, PAGE), (2 * PAGE, 2 * PAGE), (u64::MAX, PAGE), (0, PAGE)]
        );
        let found: Vec<_> = runs(&[0, PAGE], |_, _| false).collect();
        assert_eq!(found, [(0, PAGE), (PAGE, PAGE)]);
        assert_eq!(runs(&[], adjacent).count(), 0);
    }
}
