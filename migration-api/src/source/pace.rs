//! Limits the bandwidth and measures it.

use std::time::{Duration, Instant};

use crate::stats::Stats;
use crate::transport::Stop;

/// The window of the bandwidth limit, and the shortest period over which bandwidth is measured.
const WINDOW: Duration = Duration::from_millis(100);

/// Bytes that are gathered before they are sent.
pub(super) const CHUNK: u64 = 256 << 10;

/// Tracks the bytes sent over time, on all channels.
pub(super) struct SendPace {
    window: Window,
    period: Period,
}

/// The current window of the bandwidth limit.
struct Window {
    began: Instant,
    /// Bytes sent on all channels when the window began.
    transferred: u64,
}

/// The current measuring period.
struct Period {
    began: Instant,
    transferred: u64,
    pages: u64,
}

/// The result of a measuring period.
#[derive(Clone, Copy, Debug)]
pub(super) struct Measured {
    /// Bytes sent.
    pub(super) bytes: u64,
    /// Bytes per millisecond.
    pub(super) bandwidth: f64,
}

impl SendPace {
    pub(super) fn new(stats: &Stats) -> Self {
        let (began, transferred) = (Instant::now(), stats.transferred.get());
        let pages = stats.normal.get() + stats.duplicate.get();
        Self { window: Window { began, transferred }, period: Period { began, transferred, pages } }
    }

    /// Returns how many bytes may still go out in this window, at most `chunk`, for a limit in
    /// bytes per second. Sleeps until the next window if none are left.
    pub(super) fn allowance(&mut self, limit: u64, chunk: u64, stats: &Stats, stop: &Stop) -> u64 {
        loop {
            match self.room(limit, chunk, stats) {
                Ok(room) => return room,
                Err(_) if stop.is_stopped() => return 0,
                Err(wait) => stop.sleep(wait),
            }
        }
    }

    /// Returns how many bytes may still go out in this window, at most `chunk`; if none are left,
    /// the time until the next window as the error.
    pub(super) fn room(&mut self, limit: u64, chunk: u64, stats: &Stats) -> Result<u64, Duration> {
        let elapsed = self.window.began.elapsed();
        if elapsed >= WINDOW {
            self.window = Window { began: Instant::now(), transferred: stats.transferred.get() };
        }
        if limit == 0 {
            return Ok(chunk);
        }
        let sent = stats.transferred.get() - self.window.transferred;
        match (limit / 10).max(1).saturating_sub(sent) {
            0 => Err(WINDOW.saturating_sub(elapsed)),
            left => Ok(left.min(chunk)),
        }
    }

    /// Returns the measurement if the period is over, and begins a new period.
    pub(super) fn measure(&mut self, stats: &Stats) -> Option<Measured> {
        let elapsed = self.period.began.elapsed();
        if elapsed < WINDOW {
            return None;
        }
        let pages = stats.normal.get() + stats.duplicate.get();
        let transferred = stats.transferred.get();
        let seconds = elapsed.as_secs_f64();
        let bytes = transferred - self.period.transferred;
        stats.kilobits.set((bytes as f64 * 8.0 / 1000.0 / seconds) as u64);
        stats.pages_per_second.set(((pages - self.period.pages) as f64 / seconds) as u64);
        self.period = Period { began: Instant::now(), transferred, pages };
        Some(Measured { bytes, bandwidth: bytes as f64 / (seconds * 1000.0) })
    }
}
