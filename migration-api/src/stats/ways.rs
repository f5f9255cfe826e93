//! What the ways of sending pages count of their own.

use std::sync::{Mutex, PoisonError};

use super::Counter;

/// What xbzrle has done.
#[derive(Debug, Default)]
pub(crate) struct XbzrleStats {
    /// Pages that were to be sent, in whichever way.
    pub(crate) handled: Counter,
    /// Pages that the cache had.
    pub(crate) pages: Counter,
    /// Bytes that were sent for those, without the smallest heads of their records.
    pub(crate) bytes: Counter,
    /// Pages that the cache did not have.
    pub(crate) misses: Counter,
    /// Pages whose difference would have been longer than they are.
    pub(crate) overflows: Counter,
    rates: Mutex<XbzrleRates>,
}

/// Rates in the last period of measuring, and the counters at its end.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct XbzrleRates {
    /// Misses among all pages, 0 to 1.
    pub(crate) misses: f64,
    /// The size of the pages that the cache had, as a multiple of what was sent for them.
    pub(crate) encoding: f64,
    handled: u64,
    pages: u64,
    bytes: u64,
    missed: u64,
}

impl XbzrleStats {
    pub(crate) fn rates(&self) -> XbzrleRates {
        *self.rates.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Measures: a period is over, unless nothing was sent.
    pub(crate) fn measure(&self, page_size: u64) {
        let mut rates = self.rates.lock().unwrap_or_else(PoisonError::into_inner);
        let (handled, missed) = (self.handled.get(), self.misses.get());
        let (pages, bytes) = (self.pages.get(), self.bytes.get());
        if handled == rates.handled {
            return;
        }
        let (plain, sent) = ((pages - rates.pages) * page_size, bytes - rates.bytes);
        *rates = XbzrleRates {
            misses: (missed - rates.missed) as f64 / (handled - rates.handled) as f64,
            encoding: if plain == 0 || sent == 0 { 0.0 } else { plain as f64 / sent as f64 },
            handled,
            pages,
            bytes,
            missed,
        };
    }
}

/// What the threads of capability compress have done.
#[derive(Debug, Default)]
pub(crate) struct CompressionStats {
    /// Pages that were to be sent, in whichever way.
    pub(crate) handled: Counter,
    /// Pages that were sent compressed.
    pub(crate) pages: Counter,
    /// Bytes that were sent for those, without the smallest heads of their records.
    pub(crate) bytes: Counter,
    /// Pages for which no thread was free, so that they were sent as they are.
    pub(crate) busy: Counter,
    rates: Mutex<CompressionRates>,
}

/// Rates in the last period of measuring, and the counters at its end.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CompressionRates {
    /// Pages for which no thread was free among all pages, 0 to 1.
    pub(crate) busy: f64,
    /// The size of the compressed pages, as a multiple of what was sent for them.
    pub(crate) compression: f64,
    handled: u64,
    pages: u64,
    bytes: u64,
    found_busy: u64,
}

impl CompressionStats {
    pub(crate) fn rates(&self) -> CompressionRates {
        *self.rates.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Measures: a period is over, unless nothing was sent.
    pub(crate) fn measure(&self, page_size: u64) {
        let mut rates = self.rates.lock().unwrap_or_else(PoisonError::into_inner);
        let (handled, found_busy) = (self.handled.get(), self.busy.get());
        let (pages, bytes) = (self.pages.get(), self.bytes.get());
        if handled == rates.handled {
            return;
        }
        let (plain, sent) = ((pages - rates.pages) * page_size, bytes - rates.bytes);
        *rates = CompressionRates {
            busy: (found_busy - rates.found_busy) as f64 / (handled - rates.handled) as f64,
            compression: if sent == 0 { rates.compression } else { plain as f64 / sent as f64 },
            handled,
            pages,
            bytes,
            found_busy,
        };
    }
}
