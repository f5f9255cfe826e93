//! What a migration counts while it runs, and what it has counted at its end.

mod ways;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

pub(crate) use ways::{CompressionStats, XbzrleStats};

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
    pub(crate) compression: CompressionStats,
    times: Mutex<Times>,
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
            compression: CompressionStats::default(),
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
