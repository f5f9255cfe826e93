//! Deadlines and durations.

use std::fmt;
use std::time::{Duration, Instant};

/// The end of a wait. A duration that the clock cannot express never ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadline {
    at: Option<Instant>,
    within: Duration,
}

impl Deadline {
    /// Ends after a duration, counted from now.
    pub fn after(within: Duration) -> Deadline {
        Deadline { at: Instant::now().checked_add(within), within }
    }

    /// Ends after a duration, or never.
    pub fn of(within: Option<Duration>) -> Deadline {
        Deadline::after(within.unwrap_or(Duration::MAX))
    }

    /// Ends with this deadline or after a duration, whichever is sooner.
    pub fn or_after(self, within: Duration) -> Deadline {
        let other = Deadline::after(within);
        if self.at.is_some_and(|at| other.at.is_none_or(|other| at <= other)) {
            self
        } else {
            other
        }
    }

    /// The instant at which it ends; `None` for never.
    #[cfg(feature = "tokio")]
    pub fn at(&self) -> Option<Instant> {
        self.at
    }

    /// The time left; `None` for an unlimited wait.
    pub fn left(&self) -> Option<Duration> {
        self.at.map(|at| at.saturating_duration_since(Instant::now()))
    }

    /// Returns true once the time is over.
    pub fn has_passed(&self) -> bool {
        self.at.is_some_and(|at| Instant::now() >= at)
    }

    /// The duration it was made with.
    pub fn within(&self) -> Duration {
        self.within
    }
}

/// Prints a duration for people: `5 s`, `250 ms`, `1.5 s`.
pub(super) struct Shown(pub Duration);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Shown(duration) = self;
        if duration.is_zero() || *duration >= Duration::from_secs(1) {
            let seconds = duration.as_secs();
            match duration.subsec_millis() {
                0 => write!(f, "{seconds} s"),
                millis => {
                    let fraction = format!("{millis:03}");
                    write!(f, "{seconds}.{} s", fraction.trim_end_matches('0'))
                }
            }
        } else if *duration >= Duration::from_millis(1) {
            write!(f, "{} ms", duration.as_millis())
        } else {
            // Rounded up: a deadline that is not zero is not shown as zero.
            write!(f, "{} µs", duration.as_nanos().div_ceil(1000))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_readable() {
        let shown = |duration| Shown(duration).to_string();
        assert_eq!(shown(Duration::from_secs(5)), "5 s");
        assert_eq!(shown(Duration::from_millis(1500)), "1.5 s");
        assert_eq!(shown(Duration::from_millis(1005)), "1.005 s");
        assert_eq!(shown(Duration::from_millis(250)), "250 ms");
        assert_eq!(shown(Duration::from_micros(7)), "7 µs");
        assert_eq!(shown(Duration::from_nanos(1)), "1 µs");
        assert_eq!(shown(Duration::ZERO), "0 s");
    }

    #[test]
    fn the_longest_duration_never_ends() {
        let deadline = Deadline::after(Duration::MAX);
        assert!(!deadline.has_passed() && deadline.left().is_none());
        assert!(deadline.or_after(Duration::ZERO).has_passed());
        assert!(Deadline::after(Duration::ZERO).or_after(Duration::MAX).has_passed());
    }
}
