//! Statistics of XBZRLE and of capability `compress`.

use std::sync::Mutex;

use super::counter::Counter;
use crate::sync::IgnorePoison;

/// Statistics of XBZRLE.
#[derive(Debug, Default)]
pub(crate) struct XbzrleStats {
    /// Pages sent in any form.
    pub(crate) handled: Counter,
    /// Pages found in the cache and sent as differences.
    pub(crate) pages: Counter,
    /// Bytes sent for those, without the shortest header of each record.
    pub(crate) bytes: Counter,
    /// Pages not found in the cache.
    pub(crate) misses: Counter,
    /// Pages whose difference would be longer than the page.
    pub(crate) overflows: Counter,
    rates: Mutex<XbzrleRates>,
}

/// Rates of the last measuring period, and the counters at its end.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct XbzrleRates {
    /// Share of misses among all pages, 0 to 1.
    pub(crate) misses: f64,
    /// Size of the pages found in the cache, divided by the bytes sent for them.
    pub(crate) encoding: f64,
    handled: u64,
    pages: u64,
    bytes: u64,
    missed: u64,
}

impl XbzrleStats {
    pub(crate) fn rates(&self) -> XbzrleRates {
        *self.rates.lock().ignore_poison()
    }

    /// Computes the rates of the period that ends now. Keeps the old rates if nothing was sent.
    pub(crate) fn measure(&self, page_size: u64) {
        let mut rates = self.rates.lock().ignore_poison();
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

/// Statistics of capability `compress`.
#[derive(Debug, Default)]
pub(crate) struct CompressionStats {
    /// Pages sent in any form.
    pub(crate) handled: Counter,
    /// Pages sent compressed.
    pub(crate) pages: Counter,
    /// Bytes sent for those, without the shortest header of each record.
    pub(crate) bytes: Counter,
    /// Pages sent uncompressed because no thread was free.
    pub(crate) busy: Counter,
    rates: Mutex<CompressionRates>,
}

/// Rates of the last measuring period, and the counters at its end.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CompressionRates {
    /// Share of pages for which no thread was free, 0 to 1.
    pub(crate) busy: f64,
    /// Size of the compressed pages before compression, divided by the bytes sent for them.
    pub(crate) compression: f64,
    handled: u64,
    pages: u64,
    bytes: u64,
    found_busy: u64,
}

impl CompressionStats {
    pub(crate) fn rates(&self) -> CompressionRates {
        *self.rates.lock().ignore_poison()
    }

    /// Computes the rates of the period that ends now. Keeps the old rates if nothing was sent.
    pub(crate) fn measure(&self, page_size: u64) {
        let mut rates = self.rates.lock().ignore_poison();
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
