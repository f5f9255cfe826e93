//! A record of each pass over memory.

use std::collections::VecDeque;
use std::fmt;
use std::time::{Duration, Instant};

use crate::trace;

/// Number of records that a migration keeps. The oldest are dropped.
pub const KEPT_PASSES: usize = 256;

/// One pass over memory: the time from one sync of the dirty log to the next one, or to the end of
/// the migration. The last pass before the guest is stopped usually has 0 pages: at its start, so
/// little was dirty that the rest could be sent within the downtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pass {
    /// Number of the pass, from 1.
    pub number: u64,
    /// Pages sent in any form, zero pages included.
    pub pages: u64,
    /// Bytes sent on all channels.
    pub bytes: u64,
    /// Time that it took.
    pub duration: Duration,
    /// Pages that the guest dirtied per second.
    pub dirty_rate: u64,
    /// Bytes of RAM still to send at its end.
    pub remaining: u64,
}

impl fmt::Display for Pass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        write!(
            f,
            "pass {}: {} pages, {:.2} MiB in {:.3} s; {} pages/s dirtied, {:.2} MiB remaining",
            self.number,
            self.pages,
            mib(self.bytes),
            self.duration.as_secs_f64(),
            self.dirty_rate,
            mib(self.remaining)
        )
    }
}

/// Sums of what has been sent so far.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent {
    pub(super) pages: u64,
    pub(super) bytes: u64,
}

/// The records of a migration.
#[derive(Debug, Default)]
pub(super) struct Passes {
    current: Option<Current>,
    ended: VecDeque<Pass>,
}

/// The pass that is not over.
#[derive(Debug)]
struct Current {
    number: u64,
    began: Instant,
    before: Sent,
    span: trace::Span,
}

impl Passes {
    /// Begins a pass.
    pub(super) fn begin(&mut self, number: u64, sent: Sent) {
        let span = trace::pass(number);
        self.current = Some(Current { number, began: Instant::now(), before: sent, span });
    }

    /// Ends the current pass, if there is one, in which the guest dirtied `dirtied` pages.
    pub(super) fn end(&mut self, sent: Sent, dirtied: u64, remaining: u64) {
        let Some(Current { number, began, before, span }) = self.current.take() else { return };
        let duration = began.elapsed();
        let pass = Pass {
            number,
            pages: sent.pages.saturating_sub(before.pages),
            bytes: sent.bytes.saturating_sub(before.bytes),
            duration,
            dirty_rate: (dirtied as f64 / duration.as_secs_f64().max(1e-6)) as u64,
            remaining,
        };
        trace::end_pass(&span, pass.pages, pass.bytes, pass.dirty_rate, remaining);
        if self.ended.len() == KEPT_PASSES {
            self.ended.pop_front();
        }
        self.ended.push_back(pass);
    }

    /// Returns the records, oldest first.
    pub(super) fn ended(&self) -> Vec<Pass> {
        self.ended.iter().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_passes_are_kept() {
        let mut passes = Passes::default();
        passes.end(Sent { pages: 1, bytes: 1 }, 1, 1);
        assert_eq!(passes.ended(), []);
        for number in 1..=300 {
            passes.begin(number, Sent { pages: number, bytes: 10 * number });
            passes.end(Sent { pages: number + 2, bytes: 10 * number + 5 }, 3, 7);
        }
        let ended = passes.ended();
        let numbers: Vec<u64> = ended.iter().map(|pass| pass.number).collect();
        assert_eq!(numbers, (45..=300).collect::<Vec<u64>>());
        let last = ended[255];
        assert_eq!((last.pages, last.bytes, last.remaining), (2, 5, 7));
        assert!(last.dirty_rate > 0);
    }

    #[test]
    fn a_record_is_a_line() {
        let pass = Pass {
            number: 2,
            pages: 1027,
            bytes: 4 << 20,
            duration: Duration::from_millis(125),
            dirty_rate: 5120,
            remaining: 3 << 19,
        };
        let line =
            "pass 2: 1027 pages, 4.00 MiB in 0.125 s; 5120 pages/s dirtied, 1.50 MiB remaining";
        assert_eq!(pass.to_string(), line);
    }
}
