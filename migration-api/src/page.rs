//! The page size of streams, dirty logs and guests.

/// The size of a page in bytes.
pub(crate) const PAGE: u64 = 4096;

/// The same, as a length in memory.
pub(crate) const PAGE_LEN: usize = PAGE as usize;
