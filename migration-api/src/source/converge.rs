//! Measures the guest's dirty rate, and throttles the guest if it is too high.

use std::time::{Duration, Instant};

use crate::settings::Parameters;

/// The shortest period over which rates are computed.
const PERIOD: Duration = Duration::from_secs(1);

/// Counts the pages dirtied and the bytes sent between syncs.
pub(super) struct Convergence {
    began: Instant,
    dirtied: u64,
    transferred: u64,
    /// Number of consecutive periods in which too much was dirtied.
    high: u32,
}

/// The rates of a period that a sync ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct PassRates {
    /// Pages dirtied per second.
    pub(super) dirty_pages_rate: u64,
    /// The new throttle in per cent, if it changes.
    pub(super) throttle: Option<u8>,
}

impl Convergence {
    pub(super) fn new() -> Self {
        Self { began: Instant::now(), dirtied: 0, transferred: 0, high: 0 }
    }

    /// Records a sync: `dirtied` more pages of `page` bytes, and `transferred` bytes sent in total.
    /// `throttle` is the current throttle, or `None` if the guest must not be throttled.
    pub(super) fn synced(
        &mut self,
        dirtied: u64,
        page: u64,
        transferred: u64,
        throttle: Option<u8>,
        parameters: &Parameters,
    ) -> Option<PassRates> {
        self.dirtied += dirtied;
        let elapsed = self.began.elapsed();
        if elapsed < PERIOD {
            return None;
        }
        let sent = transferred - self.transferred;
        let rates = PassRates {
            dirty_pages_rate: (self.dirtied as f64 / elapsed.as_secs_f64()) as u64,
            throttle: throttle
                .and_then(|now| self.judge(self.dirtied * page, sent, now, parameters)),
        };
        (self.began, self.dirtied, self.transferred) = (Instant::now(), 0, transferred);
        Some(rates)
    }

    /// Decides on the throttle. It rises after two consecutive periods with too much dirtied.
    fn judge(&mut self, dirtied: u64, sent: u64, now: u8, parameters: &Parameters) -> Option<u8> {
        let bearable = sent.saturating_mul(parameters.throttle_trigger_threshold.into()) / 100;
        if dirtied <= bearable {
            self.high = 0;
            return None;
        }
        self.high += 1;
        if self.high < 2 {
            return None;
        }
        self.high = 0;
        let increment = match (now, parameters.cpu_throttle_tailslow) {
            (0, _) => return Some(parameters.cpu_throttle_initial),
            (_, false) => parameters.cpu_throttle_increment,
            (_, true) => {
                // Raises the throttle no further than to the balance of both rates.
                let running = f64::from(100 - now);
                let balanced = running * bearable as f64 / dirtied as f64;
                ((running - balanced) as u8).min(parameters.cpu_throttle_increment)
            }
        };
        Some(now.saturating_add(increment).min(parameters.max_cpu_throttle))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn throttle_grows_with_every_second_bad_period() {
        let parameters = Parameters { cpu_throttle_increment: 30, ..Parameters::default() };
        let mut convergence = Convergence::new();
        let mut now = 0;
        let mut seen = Vec::new();
        for _ in 0..10 {
            if let Some(throttle) = convergence.judge(1000, 1000, now, &parameters) {
                now = throttle;
                seen.push(throttle);
            }
        }
        assert_eq!(seen, [20, 50, 80, 99, 99]);
        assert_eq!(convergence.judge(500, 1000, now, &parameters), None);
        assert_eq!(convergence.judge(501, 1000, now, &parameters), None);
    }

    #[test]
    fn the_threshold_decides_what_is_too_much() {
        for threshold in [1, 50, 99, 100] {
            let parameters =
                Parameters { throttle_trigger_threshold: threshold, ..Parameters::default() };
            let throttled = |dirtied: u64| {
                let mut convergence = Convergence { high: 1, ..Convergence::new() };
                convergence.judge(dirtied, 1000, 0, &parameters).is_some()
            };
            let bearable = u64::from(threshold) * 10;
            assert!(!throttled(bearable) && throttled(bearable + 1), "{threshold}");
        }
    }

    #[test]
    fn tailslow_takes_what_would_just_balance() {
        let parameters = Parameters {
            cpu_throttle_tailslow: true,
            cpu_throttle_increment: 50,
            ..Parameters::default()
        };
        let mut convergence = Convergence { high: 1, ..Convergence::new() };
        // 80 % of the time the guest dirties 1000; 500 is bearable at 40 %.
        assert_eq!(convergence.judge(1000, 1000, 20, &parameters), Some(60));
    }
}
