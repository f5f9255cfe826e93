//! The pages of one RAM block, one bit each.

use std::fmt;

use crate::page::PAGE;

/// The dirty pages of one RAM block, of 4096 bytes each, whatever the page size of the block.
///
/// Bit `i % 64` of word `i / 64` is the page at offset `i` times 4096, as in the logs of KVM and
/// vhost.
pub struct DirtyBits<'a> {
    words: &'a mut [u64],
}

impl fmt::Debug for DirtyBits<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pages: u32 = self.words.iter().map(|word| word.count_ones()).sum();
        f.debug_struct("DirtyBits").field("pages", &pages).finish_non_exhaustive()
    }
}

impl<'a> DirtyBits<'a> {
    /// Wraps the bits of a block.
    pub fn new(words: &'a mut [u64]) -> Self {
        Self { words }
    }

    /// Returns the words.
    pub fn words(&mut self) -> &mut [u64] {
        self.words
    }

    /// Marks the page that contains a byte of the block. An offset beyond its end is ignored.
    pub fn mark(&mut self, offset: u64) {
        let page = offset / PAGE;
        if let Ok(word) = usize::try_from(page / 64)
            && let Some(word) = self.words.get_mut(word)
        {
            *word |= 1 << (page % 64);
        }
    }

    /// Adds the pages of a log that begins with the block.
    pub fn or(&mut self, log: &[u64]) {
        self.words.iter_mut().zip(log).for_each(|(word, more)| *word |= more);
    }

    /// Adds the pages of a log that begins `offset` bytes into the block, such as that of one of
    /// several memory slots. The offset is rounded down to a page; pages beyond the block's end are
    /// ignored.
    pub fn or_at(&mut self, offset: u64, log: &[u64]) {
        let page = offset / PAGE;
        let Some(words) =
            usize::try_from(page / 64).ok().and_then(|first| self.words.get_mut(first..))
        else {
            return;
        };
        let shift = page % 64;
        if shift == 0 {
            return DirtyBits { words }.or(log);
        }
        let mut carry = 0;
        for (word, more) in words.iter_mut().zip(log.iter().copied().chain([0])) {
            *word |= more << shift | carry;
            carry = more >> (64 - shift);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_of_slots_are_added_at_their_offset() {
        let mut words = [0; 3];
        let mut bits = DirtyBits::new(&mut words);
        bits.or(&[1]);
        bits.or_at(64 * PAGE, &[2]);
        bits.or_at(60 * PAGE, &[0b1_0001]);
        bits.or_at(130 * PAGE, &[1 << 61 | 1, u64::MAX]);
        bits.or_at(u64::MAX, &[u64::MAX]);
        bits.mark(2 * PAGE + 4095);
        bits.mark(192 * PAGE);
        bits.mark(u64::MAX);
        assert_eq!(words, [1 | 1 << 2 | 1 << 60, 2 | 1, 1 << 2 | 1 << 63]);
    }
}
