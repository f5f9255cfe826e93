//! The sender's copies of the pages at the receiver.

use super::{Encoded, encode};

/// Number of rounds that protect a page from eviction: this one and the next.
const LIFETIME: u64 = 2;

/// The data to send for a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Outcome {
    /// The page itself, because the receiver's content is unknown (a cache miss).
    Miss,
    /// Nothing: the receiver has this content.
    Unchanged,
    /// The difference, of this many bytes.
    Delta(usize),
    /// The page itself, because the difference is not shorter (an overflow).
    Overflow,
}

/// A direct-mapped cache of pages, like that of QEMU.
///
/// A page is identified by its address: a multiple of the page size that is unique among the pages
/// of all blocks. Send the bytes that were passed here, not the memory of a running guest.
#[derive(Debug)]
pub struct Cache {
    slots: Vec<Option<Slot>>,
    page_size: usize,
    round: u64,
}

#[derive(Clone, Debug)]
struct Slot {
    address: u64,
    /// The last round in which the page was looked up.
    used: u64,
    page: Box<[u8]>,
}

impl Cache {
    /// Creates a cache of at most `bytes` bytes of pages. The number of pages is rounded down to a
    /// power of two, but is at least one. Memory is allocated as pages arrive.
    pub fn new(bytes: u64, page_size: usize) -> Self {
        let pages = usize::try_from(bytes / page_size.max(1) as u64).unwrap_or(usize::MAX).max(1);
        Self { slots: vec![None; 1 << pages.ilog2()], page_size, round: 0 }
    }

    /// Changes the size, which drops all pages.
    pub fn resize(&mut self, bytes: u64) {
        *self = Self { round: self.round, ..Self::new(bytes, self.page_size) };
    }

    /// Returns the number of pages in a full cache.
    pub fn capacity(&self) -> usize {
        self.slots.len()
    }

    /// Starts the next round over the dirty pages.
    pub fn next_round(&mut self) {
        self.round += 1;
    }

    /// Returns what to send for `page`, with a difference in `out`, and caches the page. In the
    /// last stage, with the guest stopped, caches nothing, because no later page refers to it.
    pub fn page(&mut self, address: u64, page: &[u8], last_stage: bool, out: &mut [u8]) -> Outcome {
        let round = self.round;
        match self.slot(address) {
            Some(slot) if slot.address == address => {
                slot.used = round;
                let encoded = encode(&slot.page, page, out);
                if !last_stage && encoded != Encoded::Unchanged {
                    slot.page.copy_from_slice(page);
                }
                match encoded {
                    Encoded::Unchanged => Outcome::Unchanged,
                    Encoded::Bytes(length) => Outcome::Delta(length),
                    Encoded::Overflow => Outcome::Overflow,
                }
            }
            _ => {
                if !last_stage {
                    self.insert(address, page);
                }
                Outcome::Miss
            }
        }
    }

    /// Records that the page was sent as a zero page.
    pub fn zero(&mut self, address: u64) {
        let round = self.round;
        match self.slot(address) {
            Some(slot) if slot.address == address => {
                slot.used = round;
                slot.page.fill(0);
            }
            _ => self.insert(address, &vec![0; self.page_size]),
        }
    }

    fn index(&self, address: u64) -> usize {
        (address / self.page_size as u64) as usize & (self.slots.len() - 1)
    }

    fn slot(&mut self, address: u64) -> &mut Option<Slot> {
        let index = self.index(address);
        &mut self.slots[index]
    }

    /// Inserts a page, unless its slot is protected.
    fn insert(&mut self, address: u64, page: &[u8]) {
        let round = self.round;
        match self.slot(address) {
            Some(slot) if slot.used + LIFETIME > round => {}
            Some(slot) => {
                slot.page.copy_from_slice(page);
                (slot.address, slot.used) = (address, round);
            }
            empty => *empty = Some(Slot { address, used: round, page: page.into() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::decode;
    use super::*;
    use crate::random::Random;

    const PAGE: usize = 4096;

    #[test]
    fn capacity_is_a_power_of_two() {
        let capacity = |bytes| Cache::new(bytes, PAGE).capacity();
        assert_eq!([0, 4096, 3 * 4096, 64 << 20].map(capacity), [1, 1, 2, 16384]);
    }

    #[test]
    fn outcomes() {
        let mut cache = Cache::new(4 * PAGE as u64, PAGE);
        let mut out = [0; PAGE];
        let mut page = vec![7; PAGE];
        assert_eq!(cache.page(0x1000, &page, false, &mut out), Outcome::Miss);
        assert_eq!(cache.page(0x1000, &page, false, &mut out), Outcome::Unchanged);
        page[9] = 8;
        assert_eq!(cache.page(0x1000, &page, false, &mut out), Outcome::Delta(3));
        assert_eq!(cache.page(0x1000, &[1; PAGE], false, &mut out), Outcome::Overflow);
        assert_eq!(cache.page(0x1000, &[1; PAGE], false, &mut out), Outcome::Unchanged);
        cache.zero(0x1000);
        page.fill(0);
        page[0] = 1;
        assert_eq!(cache.page(0x1000, &page, true, &mut out), Outcome::Delta(3));
        assert_eq!(
            cache.page(0x1000, &page, true, &mut out),
            Outcome::Delta(3),
            "the last stage changes nothing"
        );
        assert_eq!(cache.page(0x2000, &page, true, &mut out), Outcome::Miss);
        assert_eq!(cache.page(0x2000, &page, true, &mut out), Outcome::Miss);
        cache.resize(8 * PAGE as u64);
        assert_eq!(cache.page(0x1000, &page, false, &mut out), Outcome::Miss);
    }

    #[test]
    fn a_page_in_use_keeps_its_place() {
        let mut cache = Cache::new(PAGE as u64, PAGE);
        let (mut out, page) = ([0; PAGE], [3; PAGE]);
        let _ = cache.page(0, &page, false, &mut out);
        cache.next_round();
        assert_eq!(cache.page(0x1000, &page, false, &mut out), Outcome::Miss);
        assert_eq!(cache.page(0, &page, false, &mut out), Outcome::Unchanged);
        cache.next_round();
        cache.next_round();
        assert_eq!(cache.page(0x1000, &page, false, &mut out), Outcome::Miss);
        assert_eq!(cache.page(0x1000, &page, false, &mut out), Outcome::Unchanged);
        assert_eq!(cache.page(0, &page, false, &mut out), Outcome::Miss);
    }

    #[test]
    fn a_receiver_follows() {
        let mut random = Random::new(0xcac4e);
        let mut cache = Cache::new(8 * PAGE as u64, PAGE);
        let mut source = vec![vec![0; PAGE]; 24];
        let mut destination = source.clone();
        let mut out = [0; PAGE];
        for _ in 0..4000 {
            let number = random.below(source.len());
            let address = (number * PAGE) as u64;
            match random.below(20) {
                0 => cache.next_round(),
                1 => {
                    source[number].fill(0);
                    cache.zero(address);
                    destination[number].fill(0);
                    continue;
                }
                2 => source[number].fill_with(|| random.next() as u8),
                _ => source[number][random.below(PAGE)] = random.next() as u8,
            }
            match cache.page(address, &source[number], false, &mut out) {
                Outcome::Unchanged => {}
                Outcome::Delta(length) => {
                    decode(&out[..length], &mut destination[number]).unwrap();
                }
                Outcome::Miss | Outcome::Overflow => {
                    destination[number].copy_from_slice(&source[number])
                }
            }
            assert!(destination[number] == source[number]);
        }
    }
}
