//! Computes the pauses of vCPUs.

use std::time::Duration;

/// Longest pause of a vCPU per full ring.
const LONGEST: Duration = Duration::from_secs(1);

/// Returns the pause of a vCPU per full ring with which it dirties at most `limit` bytes per
/// second.
///
/// It was measured to dirty `rate` bytes per second with the given `pause`. Its ring holds pages of
/// `ring` bytes in total.
pub(super) fn pause(ring: u64, rate: f64, pause: Duration, limit: u64) -> Duration {
    if rate <= 0.0 || limit == 0 {
        return Duration::ZERO;
    }
    let seconds_per_ring = |rate: f64| ring as f64 / rate;
    // The time to fill a ring does not depend on the pause after it.
    let filling = (seconds_per_ring(rate) - pause.as_secs_f64()).max(0.0);
    let wanted = seconds_per_ring(limit as f64) - filling;
    Duration::from_secs_f64(wanted.clamp(0.0, LONGEST.as_secs_f64()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RING: u64 = 4096 * 4096;

    /// Returns the rate of a vCPU that needs `filling` per ring and then pauses.
    fn rate(filling: Duration, pause: Duration) -> f64 {
        RING as f64 / (filling + pause).as_secs_f64()
    }

    #[test]
    fn a_steady_vcpu_meets_its_limit_at_once() {
        for (filling, limit) in [(1, 100 << 20), (50, 200 << 20), (3, 1 << 30)] {
            let filling = Duration::from_millis(filling);
            let first = pause(RING, rate(filling, Duration::ZERO), Duration::ZERO, limit);
            assert!((rate(filling, first) / limit as f64 - 1.0).abs() < 1e-6, "{first:?}");
            let second = pause(RING, rate(filling, first), first, limit);
            assert!(second.abs_diff(first) < Duration::from_micros(1), "{first:?} {second:?}");
        }
    }

    #[test]
    fn a_vcpu_below_its_limit_never_pauses() {
        assert_eq!(pause(RING, 1e6, Duration::ZERO, 100 << 20), Duration::ZERO);
        assert_eq!(pause(RING, 0.0, LONGEST, 100 << 20), Duration::ZERO);
        assert_eq!(pause(RING, 1e12, Duration::ZERO, 1), LONGEST);
    }
}
