//! A set of a block's pages, modified by several threads concurrently.

use std::ops::Range;

use crate::sync::atomic::{AtomicU64, Ordering};

/// A set of pages, by their index in the block.
pub(super) struct PageSet(Box<[AtomicU64]>);

impl PageSet {
    /// Creates an empty set for pages below `pages`.
    pub(super) fn new(pages: u64) -> Self {
        Self((0..pages.div_ceil(64)).map(|_| AtomicU64::new(0)).collect())
    }

    /// Returns true if `page` is in the set.
    pub(super) fn contains(&self, page: u64) -> bool {
        let word = self.0.get((page / 64) as usize);
        // SeqCst, because of the count of open requests in `Requests`.
        word.is_some_and(|word| word.load(Ordering::SeqCst) & (1 << (page % 64)) != 0)
    }

    /// Adds pages.
    pub(super) fn insert(&self, pages: Range<u64>) {
        for (word, mask) in self.words(pages) {
            word.fetch_or(mask, Ordering::SeqCst);
        }
    }

    /// Adds one page. Returns true if it was not in the set; false for one beyond all pages.
    pub(super) fn claim(&self, page: u64) -> bool {
        let (bit, word) = (1 << (page % 64), self.0.get((page / 64) as usize));
        word.is_some_and(|word| word.fetch_or(bit, Ordering::SeqCst) & bit == 0)
    }

    /// Removes pages.
    pub(super) fn remove(&self, pages: Range<u64>) {
        for (word, mask) in self.words(pages) {
            word.fetch_and(!mask, Ordering::SeqCst);
        }
    }

    /// Returns the number of pages in the set.
    pub(super) fn len(&self) -> u64 {
        self.0.iter().map(|word| u64::from(word.load(Ordering::Relaxed).count_ones())).sum()
    }

    /// Encodes the set: bit `i % 8` of byte `i / 8` is page `i`, in whole 64-bit words.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|word| word.load(Ordering::SeqCst).to_le_bytes()).collect()
    }

    fn words(&self, pages: Range<u64>) -> impl Iterator<Item = (&AtomicU64, u64)> {
        (pages.start / 64..pages.end.div_ceil(64)).filter_map(move |index| {
            let word = self.0.get(index as usize)?;
            let from = pages.start.saturating_sub(index * 64).min(63);
            let to = (pages.end - index * 64).min(64);
            Some((word, (u64::MAX << from) & (u64::MAX >> (64 - to))))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_go_in_and_out() {
        let set = PageSet::new(200);
        for range in [0..1, 63..65, 100..200, 5..5] {
            set.insert(range);
        }
        let inside =
            |set: &PageSet| (0..200).filter(|&page| set.contains(page)).collect::<Vec<_>>();
        let expected: Vec<u64> = [0, 63, 64].into_iter().chain(100..200).collect();
        assert_eq!(inside(&set), expected);
        assert_eq!(set.len(), expected.len() as u64);
        set.remove(64..199);
        assert_eq!(inside(&set), [0, 63, 199]);
        assert!(!set.contains(10_000));
        assert_eq!([5, 5, 199, 10_000].map(|page| set.claim(page)), [true, false, false, false]);
        set.remove(5..6);
        set.insert(199..10_000);
        let bytes = set.to_bytes();
        assert_eq!((bytes.len(), bytes[0], bytes[7], bytes[24]), (32, 1, 0x80, 0x80));
    }
}
