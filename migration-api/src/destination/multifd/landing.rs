//! The place where multifd channels store pages.

use std::sync::Arc;

use crate::destination::memory::Memory;
use crate::stream::ram::BlockTable;

/// Block table and memory for the multifd channels.
pub(in crate::destination) struct MemoryMap {
    pub(in crate::destination) blocks: BlockTable,
    pub(in crate::destination) memory: Arc<[Memory]>,
}
