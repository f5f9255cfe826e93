//! A block of RAM in precopy.

use crate::guest::RamBlock;
use crate::stream::ram::BlockId;

/// One block and its dirty pages.
pub(super) struct DirtyBlock {
    pub(super) ram: RamBlock,
    pub(super) id: BlockId,
    /// The block's index in the guest's list.
    pub(super) index: usize,
    /// Number of pages.
    pub(super) count: u64,
    /// One bit per page, set if the page has to be sent.
    pub(super) dirty: Vec<u64>,
}
