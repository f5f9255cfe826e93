//! What a migration counts while it runs, and what it has counted at its end.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A number that threads count and others read.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    pub(crate) fn set(&self, value: u64) {
        self.0.store(value, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The figures of one outgoing migration.
#[derive(Debug)]
pub(crate) struct Stats {
    /// Bytes on all channels.
    pub(crate) transferred: Counter,
    /// Bytes of RAM that migrate.
    pub(crate) total: Counter,
    /// Bytes that are dirty.
    pub(crate) remaining: Counter,
    /// Zero pages sent.
    pub(crate) duplicate: Counter,
    /// Whole pages sent.
    pub(crate) normal: Counter,
    /// Pages dirtied per second.
    pub(crate) dirty_pages_rate: Counter,
    /// Pages sent per second.
    pub(crate) pages_per_second: Counter,
    /// Syncs of the dirty log.
    pub(crate) dirty_sync_count: Counter,
    /// Pages that the destination asked for.
    pub(crate) postcopy_requests: Counter,
    /// Bytes of RAM sent while the guest ran or had not been stopped by us.
    pub(crate) precopy_bytes: Counter,
    /// Bytes of RAM sent in the switchover.
    pub(crate) downtime_bytes: Counter,
    /// Bytes of RAM sent after the switchover.
    pub(crate) postcopy_bytes: Counter,
    /// Bytes on multifd channels.
    pub(crate) multifd_bytes: Counter,
    /// How often a channel was brought in step and the kernel had copied everything that it was to send without.
    pub(crate) missed_zero_copy: Counter,
    /// Bits per second, in thousands, so that it is an integer.
    pub(crate) kilobits: Counter,
    /// Milliseconds.
    pub(crate) expected_downtime: Counter,
    /// Per cent; 0 is off.
    pub(crate) throttle: Counter,
    pub(crate) xbzrle: XbzrleStats,
    times: Mutex<Times>,
}

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

/// When what happened.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    pub(crate) started: Instant,
    pub(crate) setup: Duration,
    /// How long the whole took, once it is over.
    pub(crate) total: Option<Duration>,
    pub(crate) downtime: Duration,
}

impl Stats {
    pub(crate) fn new(expected_downtime: u64) -> Self {
        let expected = Counter::default();
        expected.set(expected_downtime);
        Self {
            transferred: Counter::default(),
            total: Counter::default(),
            remaining: Counter::default(),
            duplicate: Counter::default(),
            normal: Counter::default(),
            dirty_pages_rate: Counter::default(),
            pages_per_second: Counter::default(),
            dirty_sync_count: Counter::default(),
            postcopy_requests: Counter::default(),
            precopy_bytes: Counter::default(),
            downtime_bytes: Counter::default(),
            postcopy_bytes: Counter::default(),
            multifd_bytes: Counter::default(),
            missed_zero_copy: Counter::default(),
            kilobits: Counter::default(),
            expected_downtime: expected,
            throttle: Counter::default(),
            xbzrle: XbzrleStats::default(),
            times: Mutex::new(Times {
                started: Instant::now(),
                setup: Duration::ZERO,
                total: None,
                downtime: Duration::ZERO,
            }),
        }
    }

    pub(crate) fn times(&self) -> MutexGuard<'_, Times> {
        self.times.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Freezes the figures of a migration that has completed.
    pub(crate) fn complete(&self, downtime: Duration) {
        let mut times = self.times();
        let total = times.started.elapsed();
        times.total = Some(total);
        times.downtime = downtime;
        let sending = total.saturating_sub(times.setup).as_secs_f64();
        if sending > 0.0 {
            self.kilobits.set((self.transferred.get() as f64 * 8.0 / 1000.0 / sending) as u64);
        }
        self.remaining.set(0);
        self.dirty_pages_rate.set(0);
        self.throttle.set(0);
    }
}

impl Times {
    /// How long it takes so far, or took.
    pub(crate) fn total(&self) -> Duration {
        self.total.unwrap_or_else(|| self.started.elapsed())
    }
}
