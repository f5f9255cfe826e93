//! The page size of guest memory.

/// The size of a page in bytes: the unit of dirty bits and of pages in a stream.
pub(crate) const PAGE: u64 = 4096;
