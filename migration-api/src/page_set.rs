//! A set of a block's pages, modified by several threads concurrently.

use std::fmt;
use std::ops::Range;

use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::{Arc, zeroed};

/// A set of pages, by their index in the block.
///
/// Its memory is populated only where a page was added: the size of a block may come from a peer
/// that sends none of its pages.
pub(crate) struct PageSet {
    /// The words of this set and its siblings.
    all: Arc<Box<[AtomicU64]>>,
    own: Range<usize>,
}

impl fmt::Debug for PageSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PageSet").finish_non_exhaustive()
    }
}

impl PageSet {
    /// Creates an empty set for pages below `pages`.
    pub(crate) fn new(pages: u64) -> Self {
        let own = 0..pages.div_ceil(64) as usize;
        Self { all: Arc::new(zeroed(own.end)), own }
    }

    /// Creates an empty set for each number of pages. They share an allocation: separate small ones
    /// would be populated by the allocator's own data around them.
    pub(crate) fn siblings(pages: impl IntoIterator<Item = u64>) -> Vec<Self> {
        let mut end = 0;
        let ranges = pages.into_iter().map(|pages| {
            let start = end;
            end += pages.div_ceil(64) as usize;
            start..end
        });
        let ranges: Vec<_> = ranges.collect();
        let all = Arc::new(zeroed(end));
        ranges.into_iter().map(|own| Self { all: all.clone(), own }).collect()
    }

    fn own(&self) -> &[AtomicU64] {
        &self.all[self.own.clone()]
    }

    /// Returns true if `page` is in the set.
    pub(crate) fn contains(&self, page: u64) -> bool {
        let word = self.own().get((page / 64) as usize);
        // SeqCst, because of the count of open requests in `Requests`.
        word.is_some_and(|word| word.load(Ordering::SeqCst) & (1 << (page % 64)) != 0)
    }

    /// Adds pages.
    pub(crate) fn insert(&self, pages: Range<u64>) {
        for (word, mask) in self.words(pages) {
            word.fetch_or(mask, Ordering::SeqCst);
        }
    }

    /// Adds one page. Returns true if it was not in the set; false for one beyond all pages.
    pub(crate) fn claim(&self, page: u64) -> bool {
        let (bit, word) = (1 << (page % 64), self.own().get((page / 64) as usize));
        word.is_some_and(|word| word.fetch_or(bit, Ordering::SeqCst) & bit == 0)
    }

    /// Removes pages.
    pub(crate) fn remove(&self, pages: Range<u64>) {
        for (word, mask) in self.words(pages) {
            word.fetch_and(!mask, Ordering::SeqCst);
        }
    }

    /// Returns the number of pages in the set.
    pub(crate) fn len(&self) -> u64 {
        self.own().iter().map(|word| u64::from(word.load(Ordering::Relaxed).count_ones())).sum()
    }

    /// Encodes the set: bit `i % 8` of byte `i / 8` is page `i`, in whole 64-bit words.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        self.own().iter().flat_map(|word| word.load(Ordering::SeqCst).to_le_bytes()).collect()
    }

    /// Removes the pages of some words, of 64 pages each. Returns the words with any, and their
    /// indices.
    pub(crate) fn take(&self, words: Range<usize>) -> impl Iterator<Item = (usize, u64)> {
        let taken = words.clone().zip(self.own().get(words).into_iter().flatten());
        taken.filter_map(|(index, word)| {
            // A load leaves untouched memory unpopulated.
            let any = word.load(Ordering::SeqCst) != 0;
            any.then(|| (index, word.swap(0, Ordering::SeqCst)))
        })
    }

    /// Returns the number of words.
    pub(crate) fn words_len(&self) -> usize {
        self.own.len()
    }

    fn words(&self, pages: Range<u64>) -> impl Iterator<Item = (&AtomicU64, u64)> {
        let most = self.own.len() as u64;
        (pages.start / 64..pages.end.div_ceil(64).min(most)).filter_map(move |index| {
            let word = self.own().get(index as usize)?;
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
    fn siblings_are_apart() {
        let sets = PageSet::siblings([65, 0, 64]);
        assert_eq!(sets.iter().map(PageSet::words_len).collect::<Vec<_>>(), [2, 0, 1]);
        sets[0].insert(0..u64::MAX);
        sets[1].insert(0..u64::MAX);
        assert_eq!(sets.iter().map(PageSet::len).collect::<Vec<_>>(), [128, 0, 0]);
        sets[2].insert(3..5);
        assert_eq!(sets[2].take(0..9).count(), 0, "no such words");
        assert_eq!(sets[2].take(0..1).collect::<Vec<_>>(), [(0, 0b1_1000)]);
        assert_eq!(sets.iter().map(PageSet::len).collect::<Vec<_>>(), [128, 0, 0]);
    }

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
