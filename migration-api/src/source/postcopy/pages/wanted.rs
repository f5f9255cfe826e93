//! The destination's page requests: parses them, and tracks which requested pages are still
//! missing.

use super::MissingPages;
use super::range::PageRange;
use crate::page::PAGE;
use crate::source::bits::{clear, end_of_run, find};
use crate::stream::Name;

impl MissingPages {
    /// Resolves a request. `block` is absent if it names the same block as the previous one, which
    /// is `last`.
    pub(in crate::source) fn wanted(
        &self,
        block: Option<&Name>,
        last: &mut Option<usize>,
        start: u64,
        length: u32,
    ) -> Result<PageRange, String> {
        if let Some(name) = block {
            let found = self.blocks.iter().position(|known| known.name == *name);
            *last = Some(found.ok_or_else(|| format!("page request for unknown block '{name}'"))?);
        }
        let index = last.ok_or("page request without a block")?;
        let block = &self.blocks[index];
        let length = u64::from(length);
        let host_page = block.per_host * PAGE;
        if !start.is_multiple_of(host_page) || !length.is_multiple_of(host_page) {
            return Err(format!(
                "misaligned page request, start: 0x{start:x} length: 0x{length:x}"
            ));
        }
        let end = start.checked_add(length).filter(|&end| end <= block.count * PAGE);
        end.ok_or_else(|| {
            let size = block.count * PAGE;
            format!("page request overrun, start: 0x{start:x} length: 0x{length:x} block length: 0x{size:x}")
        })?;
        Ok(PageRange { block: index, first: start / PAGE, count: length / PAGE })
    }

    /// Returns the parts of `wanted` that were not requested before, so that repeated requests are
    /// stored once.
    pub(in crate::source) fn first_asked(&self, wanted: PageRange) -> Vec<PageRange> {
        let mut missing = self.missing();
        let unasked = &mut missing.unasked[wanted.block];
        let (mut at, end) = (wanted.first, wanted.first + wanted.count);
        let mut news = Vec::new();
        while let Some(first) = find(unasked, at, end) {
            at = end_of_run(unasked, first, end);
            clear(unasked, first, at);
            news.push(PageRange { first, count: at - first, ..wanted });
        }
        news
    }

    /// Takes the first missing host page of `wanted`, unless another thread has. The rest stays
    /// wanted.
    pub(in crate::source) fn take_wanted(&self, wanted: &mut PageRange) -> Option<PageRange> {
        let mut missing = self.missing();
        let end = wanted.first + wanted.count;
        let found = find(&missing.bits[wanted.block], wanted.first, end)?;
        let taken = self.take(&mut missing, wanted.block, found)?;
        (wanted.first, wanted.count) =
            (taken.first + taken.count, end.saturating_sub(taken.first + taken.count));
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{pages, piece};
    use super::*;

    #[test]
    fn repeated_requests_are_stored_once() {
        let pages = pages(4, 0xffff_0f0f);
        assert_eq!(pages.first_asked(piece(4, 8)), [piece(8, 4)]);
        assert_eq!(pages.first_asked(piece(4, 8)), []);
        assert_eq!(pages.first_asked(piece(0, 64)), [piece(0, 4), piece(16, 16)]);
        for first in 0..16 {
            assert_eq!(pages.first_asked(piece(first * 4, 64 - first * 4)), []);
        }
        // After a pause the destination requests the pages that it still lacks again.
        pages.received(&Name::try_from("ram").unwrap(), &(!(0xf0u64)).to_le_bytes()).unwrap();
        assert_eq!(pages.first_asked(piece(0, 64)), [piece(4, 4)]);
    }

    #[test]
    fn requests_that_cannot_be_are_refused() {
        let pages = pages(2, u64::MAX);
        let text = |name: &str, start, length| {
            let name = Name::try_from(name).unwrap();
            pages.wanted(Some(&name), &mut None, start, length).unwrap_err()
        };
        assert_eq!(text("rom", 0, 8192), "page request for unknown block 'rom'");
        assert!(text("ram", PAGE, 8192).starts_with("misaligned"));
        assert!(text("ram", 0, 4096).starts_with("misaligned"));
        assert!(text("ram", 64 * PAGE, 8192).starts_with("page request overrun"));
        assert!(text("ram", u64::MAX - 8191, 8192).starts_with("page request overrun"));
    }
}
