//! Sends the source's bytes no faster than allowed, and measures how fast that is.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::encoder::Gathered;
use super::ram::{PAGE, Pages};
use crate::stats::Stats;
use crate::transport::{Channel, Stop, TransportError};

/// The window in which the bandwidth limit holds, and the shortest time over which bandwidth is measured.
const WINDOW: Duration = Duration::from_millis(100);

/// How many bytes are gathered before they are sent.
pub(super) const CHUNK: u64 = 256 << 10;

/// The main channel's writing half.
pub(super) struct Sender {
    channel: Arc<Channel>,
    /// What is not sent yet.
    pub(super) buffer: Gathered,
    window: Window,
    period: Period,
}

/// The present window of the bandwidth limit.
struct Window {
    began: Instant,
    /// What had been sent on all channels when it began.
    transferred: u64,
}

/// The present period of measuring.
struct Period {
    began: Instant,
    transferred: u64,
    pages: u64,
}

/// What was measured in a period.
#[derive(Clone, Copy, Debug)]
pub(super) struct Measured {
    /// Bytes sent.
    pub(super) bytes: u64,
    /// Bytes per millisecond.
    pub(super) bandwidth: f64,
}

impl Sender {
    pub(super) fn new(channel: Arc<Channel>) -> Self {
        let now = Instant::now();
        Self {
            channel,
            buffer: Gathered::default(),
            window: Window { began: now, transferred: 0 },
            period: Period { began: now, transferred: 0, pages: 0 },
        }
    }

    /// Sends what was gathered: pages of `blocks`, and what goes before and behind them.
    pub(super) fn flush(&mut self, blocks: &[Pages], stats: &Stats) -> Result<(), TransportError> {
        let Gathered { bytes, pages } = &mut self.buffer;
        let mut out = Vec::with_capacity(bytes.len() + pages.len() * PAGE as usize);
        let mut done = 0;
        for page in pages.drain(..) {
            out.extend_from_slice(&bytes[done..page.at]);
            done = page.at;
            let start = out.len();
            out.resize(start + PAGE as usize, 0);
            blocks[page.block].ram.memory.read(page.offset, &mut out[start..]);
        }
        out.extend_from_slice(&bytes[done..]);
        self.channel.write_all(&out)?;
        bytes.clear();
        stats.transferred.add(out.len() as u64);
        Ok(())
    }

    /// How many bytes may still go out in this window, for a limit in bytes per second. Sleeps until the next window if there are
    /// none left.
    pub(super) fn allowance(&mut self, limit: u64, stats: &Stats, stop: &Stop) -> u64 {
        loop {
            let elapsed = self.window.began.elapsed();
            if elapsed >= WINDOW {
                self.window = Window { began: Instant::now(), transferred: stats.transferred.get() };
            }
            if limit == 0 {
                return CHUNK;
            }
            let sent = stats.transferred.get() - self.window.transferred;
            let left = (limit / 10).max(1).saturating_sub(sent);
            if left > 0 || stop.is_stopped() {
                return left.min(CHUNK);
            }
            stop.sleep(WINDOW.saturating_sub(elapsed));
        }
    }

    /// Measures, if a period is over.
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
