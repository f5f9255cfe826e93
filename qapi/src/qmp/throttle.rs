//! Rate limits of events: of a kind that comes in floods the first goes at once, of the rest the
//! latest.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// A limit on an event: at most one per period, for each value of a member of its data if `key`
/// names one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// The event's name.
    pub event: &'static str,
    /// The member that tells apart what is limited separately.
    pub key: Option<&'static str>,
    /// The member and its value with which an event is too important to be limited.
    pub except: Option<(&'static str, &'static str)>,
    /// The time between two.
    pub period: Duration,
}

impl Rate {
    const fn per_second(event: &'static str) -> Rate {
        Rate { event, key: None, except: None, period: Duration::from_secs(1) }
    }

    const fn key(mut self, member: &'static str) -> Rate {
        self.key = Some(member);
        self
    }

    const fn except(mut self, member: &'static str, value: &'static str) -> Rate {
        self.except = Some((member, value));
        self
    }

    /// The limits of QEMU's monitors. An I/O error that stops the guest is sent every time, as
    /// since QEMU 10.2.
    pub const MONITOR: &'static [Rate] = &[
        Rate::per_second("RTC_CHANGE"),
        Rate::per_second("WATCHDOG"),
        Rate::per_second("BALLOON_CHANGE"),
        Rate::per_second("QUORUM_FAILURE"),
        Rate::per_second("HV_BALLOON_STATUS_REPORT"),
        Rate::per_second("VSERPORT_CHANGE").key("id"),
        Rate::per_second("QUORUM_REPORT_BAD").key("node-name"),
        Rate::per_second("BLOCK_IO_ERROR").key("qom-path").except("action", "stop"),
        Rate::per_second("MEMORY_DEVICE_SIZE_CHANGE").key("qom-path"),
    ];
}

/// The events sent lately and those that wait.
#[derive(Debug)]
pub(crate) struct Throttle<M> {
    slots: HashMap<(&'static str, String), RateSlot<M>>,
}

impl<M> Default for Throttle<M> {
    fn default() -> Throttle<M> {
        Throttle { slots: HashMap::new() }
    }
}

#[derive(Debug)]
struct RateSlot<M> {
    period: Duration,
    expires: Instant,
    waiting: Option<M>,
}

impl<M> Throttle<M> {
    /// An event with a limit is raised: gives it back if it may go now.
    pub fn raise(&mut self, rate: &Rate, key: String, message: M, now: Instant) -> Option<M> {
        match self.slots.get_mut(&(rate.event, key.clone())) {
            Some(slot) => {
                slot.waiting = Some(message);
                None
            }
            None => {
                let slot =
                    RateSlot { period: rate.period, expires: now + rate.period, waiting: None };
                self.slots.insert((rate.event, key), slot);
                Some(message)
            }
        }
    }

    /// When to look again.
    pub fn next(&self) -> Option<Instant> {
        self.slots.values().map(|slot| slot.expires).min()
    }

    /// Takes events that have waited long enough; their limits start over. Other expired limits
    /// end.
    pub fn expire(&mut self, now: Instant) -> Vec<M> {
        let mut due: Vec<(Instant, M)> = Vec::new();
        self.slots.retain(|_, slot| {
            if slot.expires > now {
                return true;
            }
            let Some(message) = slot.waiting.take() else { return false };
            due.push((slot.expires, message));
            slot.expires = now + slot.period;
            true
        });
        due.sort_by_key(|(expired, _)| *expired);
        due.into_iter().map(|(_, message)| message).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_goes_and_then_the_latest_per_period() {
        let rate = Rate::MONITOR[0];
        let mut throttle = Throttle::default();
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let raise = |throttle: &mut Throttle<String>, key: &str, text: &str, millis| {
            throttle.raise(&rate, key.into(), text.into(), at(millis))
        };
        assert_eq!(raise(&mut throttle, "", "1", 0).as_deref(), Some("1"));
        assert_eq!(raise(&mut throttle, "", "2", 100), None);
        assert_eq!(raise(&mut throttle, "", "3", 200), None);
        assert_eq!(raise(&mut throttle, "other", "x", 300).as_deref(), Some("x"));
        assert!(throttle.expire(at(999)).is_empty());
        assert_eq!(throttle.next(), Some(at(1000)));
        assert_eq!(throttle.expire(at(1000)), ["3"]);
        assert_eq!(
            raise(&mut throttle, "", "4", 1100),
            None,
            "sending what waited starts the limit over"
        );
        assert_eq!(throttle.expire(at(2000)), ["4"]);
        assert!(throttle.expire(at(3000)).is_empty());
        assert_eq!(throttle.next(), None);
        assert_eq!(raise(&mut throttle, "", "5", 3000).as_deref(), Some("5"));
    }
}
