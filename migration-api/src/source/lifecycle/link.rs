//! The data of a connection in postcopy.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::source::postcopy::pages::{MissingPages, PageRange};
use crate::source::postcopy::preempt::Preempt;
use crate::transport::Stop;

/// A connection over which pages are sent.
pub(in crate::source) struct PostcopyLink {
    /// Ends all I/O of the connection.
    pub(super) stop: Arc<Stop>,
    /// The pages that are missing at the destination.
    pub(super) pages: Arc<MissingPages>,
    pub(super) devices: Devices,
    /// Requests since the migration thread has looked last. An empty list is a request for pages
    /// that were requested before, and may be on their way.
    pub(super) requests: Option<VecDeque<PageRange>>,
    pub(super) preempt: PreemptUse,
}

impl PostcopyLink {
    /// Creates the link of the first connection.
    pub(in crate::source) fn first(
        stop: Arc<Stop>,
        pages: Arc<MissingPages>,
        preempt: Option<Preempt>,
    ) -> Self {
        let preempt = PreemptUse::new(preempt);
        Self { stop, pages, devices: Devices::Sent, requests: None, preempt }
    }

    /// Creates the link of a connection to resume with. Assumes that the devices are loaded: the
    /// message that said so may be lost.
    pub(super) fn again(stop: Arc<Stop>, pages: Arc<MissingPages>) -> Self {
        let preempt = PreemptUse::Absent;
        Self { stop, pages, devices: Devices::Loaded, requests: None, preempt }
    }
}

/// The guest's devices at the destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Devices {
    /// They are under way, so the destination may still refuse the guest.
    Sent,
    /// They are loaded.
    Loaded,
}

/// The preempt channel.
pub(super) enum PreemptUse {
    /// The connection has none.
    Absent,
    /// It is open. The return path thread takes it with the first request.
    Open(Preempt),
    /// The return path thread has it, and sends nothing.
    Idle,
    /// The return path thread sends a page on it.
    Busy,
}

impl PreemptUse {
    pub(super) fn new(preempt: Option<Preempt>) -> Self {
        preempt.map_or(Self::Absent, Self::Open)
    }
}

/// The steps of a recovery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Recovery {
    /// The bitmaps of received pages of this many blocks are missing.
    Bitmaps(usize),
    /// The destination has to acknowledge that it resumes.
    Resuming,
    /// It has.
    Resumed,
}
