//! State shared by the multifd channels' threads.

use std::sync::Arc;

use super::queue::PacketQueue;
use crate::generation::ZeroPages;
use crate::guest::Mapping;
use crate::source::run::SourceRun;
use crate::stream::Name;
use crate::stream::multifd::Method;

/// State shared by the threads.
pub(super) struct ChannelsShared {
    pub(super) run: Arc<SourceRun>,
    pub(super) queue: PacketQueue,
    pub(super) blocks: Vec<SentBlock>,
    pub(super) method: Method,
    pub(super) zero_pages: ZeroPages,
    /// The kernel sends pages directly from guest memory.
    pub(super) zero_copy: bool,
}

/// A block that is sent.
pub(super) struct SentBlock {
    pub(super) name: Name,
    pub(super) memory: Arc<dyn Mapping>,
}
