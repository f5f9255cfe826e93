//! Statistics of a migration.

mod blocktime;
mod counter;
mod passes;
mod ways;

use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use crate::sync::IgnorePoison;

pub(crate) use blocktime::Blocktime;
pub(crate) use counter::Counter;
pub use passes::{KEPT_PASSES, Pass};
use passes::{Passes, Sent};
pub(crate) use ways::{CompressionStats, XbzrleStats};

/// Statistics of one outgoing migration.
#[derive(Debug)]
pub(crate) struct Stats {
    /// Bytes sent on all channels.
    pub(crate) transferred: Counter,
    /// Bytes of RAM to migrate.
    pub(crate) total: Counter,
    /// Bytes still dirty.
    pub(crate) remaining: Counter,
    /// Zero pages sent.
    pub(crate) duplicate: Counter,
    /// Pages sent in full.
    pub(crate) normal: Counter,
    /// Pages dirtied per second.
    pub(crate) dirty_pages_rate: Counter,
    /// Pages sent per second.
    pub(crate) pages_per_second: Counter,
    /// Syncs of the dirty log.
    pub(crate) dirty_sync_count: Counter,
    /// Pages that the destination requested.
    pub(crate) postcopy_requests: Counter,
    /// Bytes of RAM sent before the engine stopped the guest.
    pub(crate) precopy_bytes: Counter,
    /// Bytes of RAM sent in the switchover.
    pub(crate) downtime_bytes: Counter,
    /// Bytes of RAM sent after the switchover.
    pub(crate) postcopy_bytes: Counter,
    /// Bytes sent on multifd channels.
    pub(crate) multifd_bytes: Counter,
    /// Number of multifd syncs at which every zero-copy send had fallen back to copying
    /// (`dirty-sync-missed-zero-copy`).
    pub(crate) missed_zero_copy: Counter,
    /// Bandwidth in kilobits per second.
    pub(crate) kilobits: Counter,
    /// Expected downtime in milliseconds.
    pub(crate) expected_downtime: Counter,
    /// Throttle in per cent; 0 is off.
    pub(crate) throttle: Counter,
    pub(crate) xbzrle: XbzrleStats,
    pub(crate) compression: CompressionStats,
    times: Mutex<Times>,
    passes: Mutex<Passes>,
}

/// Times of a migration.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    pub(crate) started: Instant,
    pub(crate) setup: Duration,
    /// Total time, once the migration has ended.
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
            passes: Mutex::default(),
        }
    }

    /// Ends the current pass, in which the guest dirtied `dirtied` pages, and begins the next one.
    /// Called after a sync of the dirty log.
    pub(crate) fn next_pass(&self, dirtied: u64) {
        let (sent, mut passes) = (self.sent(), self.passes_locked());
        passes.end(sent, dirtied, self.remaining.get());
        passes.begin(self.dirty_sync_count.get(), sent);
    }

    /// Ends the last pass, after which no page is dirtied.
    pub(crate) fn end_passes(&self) {
        self.passes_locked().end(self.sent(), 0, self.remaining.get());
    }

    /// Returns the records of the passes that are over, oldest first.
    pub(crate) fn passes(&self) -> Vec<Pass> {
        self.passes_locked().ended()
    }

    fn passes_locked(&self) -> MutexGuard<'_, Passes> {
        self.passes.lock().ignore_poison()
    }

    fn sent(&self) -> Sent {
        let pages = [&self.normal, &self.duplicate, &self.xbzrle.pages, &self.compression.pages];
        Sent {
            pages: pages.iter().map(|counter| counter.get()).sum(),
            bytes: self.transferred.get(),
        }
    }

    pub(crate) fn times(&self) -> MutexGuard<'_, Times> {
        self.times.lock().ignore_poison()
    }

    /// Records the end of a completed migration.
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
        self.end_passes();
        self.dirty_pages_rate.set(0);
        self.throttle.set(0);
    }
}

impl Times {
    /// Returns the time since the start, or the total time.
    pub(crate) fn total(&self) -> Duration {
        self.total.unwrap_or_else(|| self.started.elapsed())
    }
}
