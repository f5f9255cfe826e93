//! Capability `release-ram`: frees memory at the source once the destination has it.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use super::Pieces;
use super::pages::BlockPages;
use crate::source::ram::PAGE;

/// Pages freed in one step. Freeing takes the kernel a while, and a request may arrive meanwhile.
const BATCH: u64 = 1024;

/// Pages that can be freed.
pub(super) struct Released(Mutex<VecDeque<Pieces>>);

impl Released {
    /// Starts with the pages that the destination had before the switch.
    pub(super) fn new(there: impl Iterator<Item = Pieces>) -> Self {
        Self(Mutex::new(there.collect()))
    }

    /// Adds pages that were sent.
    pub(super) fn add(&self, sent: Pieces) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push_back(sent);
    }

    /// Frees some pages. Returns true if there were any.
    pub(super) fn step(&self, blocks: &[BlockPages]) -> bool {
        let mut left = BATCH;
        while left > 0 {
            let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(pieces) = waiting.front_mut() else { break };
            let part = pieces.split(left);
            if pieces.is_empty() {
                waiting.pop_front();
            }
            drop(waiting);
            left -= part.count;
            if let Some(host) = blocks[part.block].ram.memory.host()
                && let Some(range) = host.range(part.first * PAGE, part.count * PAGE)
            {
                // Memory that cannot be freed is kept.
                let _ = host.discard(range);
            }
        }
        left < BATCH
    }
}
