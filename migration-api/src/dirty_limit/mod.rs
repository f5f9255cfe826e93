//! Limits on the rate at which vCPUs dirty memory: `set-vcpu-dirty-limit`, related commands, and
//! capability `dirty-limit`.
//!
//! A thread measures each vCPU over a period. vCPUs above their limit pause whenever their dirty
//! ring is full.

mod control;
mod pausing;

use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use crate::api::DirtyLimitInfo;
use crate::dirty_log::DirtyLog;
use crate::guest::{self, Guest, VcpuLimits};
use crate::lifetime::{ENGINE_ENDED, Lifetime};
use crate::page::PAGE;
use crate::sync::IgnorePoison;
use crate::transport;
use crate::unwind::catch_panic;
use pausing::{Pausing, PausingLock};

/// Interval of adjusting limits that no migration has set.
pub(crate) const PERIOD: Duration = Duration::from_secs(1);

/// Error that refuses a limit. `Display` is the text for the client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DirtyLimitError {
    /// The guest does not log dirty pages per vCPU.
    #[error(
        "dirty page limit feature requires KVM with accelerator property 'dirty-ring-size' set'"
    )]
    NoRing,
    /// No vCPU has this index.
    #[error("incorrect cpu index specified")]
    NoSuchVcpu,
    /// A migration uses the limits. The text names the requested action.
    #[error("can't {0} dirty page rate limit while migration is running")]
    Migrating(&'static str),
    /// The host has no more threads.
    #[error("{0}")]
    Host(String),
    /// The engine has been shut down.
    #[error("{ENGINE_ENDED}")]
    Ended,
}

/// Effect of the limits on the guest, for `query-migrate`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Effect {
    /// Longest pause of a vCPU per full ring, in microseconds.
    pub(crate) throttle_time: u64,
    /// Average time in which vCPUs fill their rings, in microseconds.
    pub(crate) ring_full_time: u64,
}

/// The limits. Clones share them.
#[derive(Clone)]
pub(crate) struct DirtyLimits {
    guest: Arc<dyn Guest>,
    log: Arc<DirtyLog>,
    lifetime: Arc<Lifetime>,
    shared: Arc<SharedLimits>,
}

struct SharedLimits {
    limits: Mutex<Limits>,
    changed: Condvar,
    /// Held while vCPUs are told how long to pause. Taken before `limits`.
    pausing: PausingLock,
}

#[derive(Default)]
struct Limits {
    vcpus: Vec<Limited>,
    /// vCPUs whose limit is off and that are not told yet. The thread that holds
    /// [`PausingLock`] tells them before it releases the lock.
    released: Vec<u32>,
    period: Duration,
    /// A thread adjusts the limits.
    watched: bool,
}

/// A vCPU that has a limit.
#[derive(Clone, Copy, Debug)]
struct Limited {
    vcpu: u32,
    /// MiB per second.
    limit: u64,
    /// MiB per second over the last period.
    rate: u64,
    pause: Duration,
}

impl Limits {
    /// Takes limits off.
    fn release(&mut self, is_chosen: impl Fn(u32) -> bool) {
        let off: Vec<Limited>;
        (off, self.vcpus) = self.vcpus.iter().partition(|limited| is_chosen(limited.vcpu));
        self.released.extend(off.iter().map(|limited| limited.vcpu));
    }
}

impl DirtyLimits {
    pub(crate) fn new(guest: Arc<dyn Guest>, log: Arc<DirtyLog>, lifetime: Arc<Lifetime>) -> Self {
        let (limits, changed, pausing) = (Mutex::default(), Condvar::new(), PausingLock::default());
        let shared = Arc::new(SharedLimits { limits, changed, pausing });
        Self { guest, log, lifetime, shared }
    }

    fn limits(&self) -> MutexGuard<'_, Limits> {
        self.shared.limits.lock().ignore_poison()
    }

    /// Returns true if the guest supports limits.
    pub(crate) fn is_possible(&self) -> bool {
        self.guest.vcpu_limits().is_some()
    }

    /// Returns the indices of the vCPUs; none if the guest supports no limits.
    fn vcpus(&self) -> Vec<u32> {
        self.guest.vcpu_limits().map(VcpuLimits::limited_vcpus).unwrap_or_default()
    }

    /// Returns the size of a vCPU's dirty ring in bytes.
    fn ring(&self) -> Option<u64> {
        self.guest.vcpu_limits().map(|limits| limits.ring_size().saturating_mul(PAGE))
    }

    /// Checks that a vCPU with this index exists and can be limited.
    pub(crate) fn check(&self, index: Option<i64>) -> Result<(), DirtyLimitError> {
        if !self.is_possible() {
            return Err(DirtyLimitError::NoRing);
        }
        self.which(index).map(drop)
    }

    /// Returns the vCPU with this index, or all.
    fn which(&self, index: Option<i64>) -> Result<Vec<u32>, DirtyLimitError> {
        let all = self.vcpus().into_iter();
        let chosen: Vec<u32> =
            all.filter(|&vcpu| index.is_none_or(|index| index == i64::from(vcpu))).collect();
        if index.is_some() && chosen.is_empty() {
            Err(DirtyLimitError::NoSuchVcpu)
        } else {
            Ok(chosen)
        }
    }

    /// Limits a vCPU, or all, to `limit` MiB per second, adjusted every `period`. 0 removes the
    /// limit.
    pub(crate) fn set(
        &self,
        index: Option<i64>,
        limit: u64,
        period: Duration,
    ) -> Result<(), DirtyLimitError> {
        if !self.is_possible() {
            return Err(DirtyLimitError::NoRing);
        }
        self.lifetime.check(DirtyLimitError::Ended)?;
        let chosen = self.which(index)?;
        if limit == 0 {
            self.release(&chosen);
            return Ok(());
        }
        let host = |error: std::io::Error| match self.lifetime.has_ended() {
            true => DirtyLimitError::Ended,
            false => DirtyLimitError::Host(transport::reason(&error)),
        };
        let mut limits = self.limits();
        // With the lock held, so that `end` takes off what is set before it.
        self.lifetime.check(DirtyLimitError::Ended)?;
        if !limits.watched {
            let this = self.clone();
            self.lifetime.spawn("dirtylimit", move || this.watch_to_the_end()).map_err(host)?;
            limits.watched = true;
        }
        limits.period = period;
        for vcpu in chosen {
            match limits.vcpus.iter_mut().find(|limited| limited.vcpu == vcpu) {
                Some(limited) => limited.limit = limit,
                None => limits.vcpus.push(Limited { vcpu, limit, rate: 0, pause: Duration::ZERO }),
            }
        }
        limits.vcpus.sort_unstable_by_key(|limited| limited.vcpu);
        Ok(())
    }

    /// Removes the limit of a vCPU, or of all. Has no effect if the guest supports no limits.
    pub(crate) fn cancel(&self, index: Option<i64>) -> Result<(), DirtyLimitError> {
        if self.is_possible() {
            self.release(&self.which(index)?);
        }
        Ok(())
    }

    /// Removes all limits.
    pub(crate) fn lift(&self) {
        self.limits().release(|_| true);
        self.end_pauses();
    }

    /// Takes all limits off for the end of the engine, after which none is set. The guest is not
    /// called.
    pub(crate) fn end(&self) {
        self.limits().vcpus.clear();
        self.shared.changed.notify_all();
    }

    /// Takes limits off. Returns before the vCPUs are told if the guest calls this from within
    /// `pause_on_full_ring`: the engine tells them when that method returns.
    fn release(&self, vcpus: &[u32]) {
        self.limits().release(|vcpu| vcpus.contains(&vcpu));
        self.end_pauses();
    }

    fn end_pauses(&self) {
        self.shared.changed.notify_all();
        if let Some(pausing) = self.shared.pausing.acquire() {
            self.tell_released(&pausing);
        }
    }

    /// Ends the pauses of the vCPUs whose limit is off.
    fn tell_released(&self, _pausing: &Pausing<'_>) {
        let next = || self.limits().released.pop();
        while let Some(vcpu) = next() {
            if let Some(limits) = self.guest.vcpu_limits() {
                // The limit is off; the vCPU pauses at most as long as before.
                let _ = limits.pause_on_full_ring(vcpu, Duration::ZERO);
            }
        }
    }

    /// Tells vCPUs how long to pause, except those whose limit has gone meanwhile.
    fn tell(&self, pauses: &[(u32, Duration)]) -> guest::Result<()> {
        let Some(pausing) = self.shared.pausing.acquire() else { return Ok(()) };
        for &(vcpu, pause) in pauses {
            let is_limited = self.limits().vcpus.iter().any(|limited| limited.vcpu == vcpu);
            if is_limited && let Some(limits) = self.guest.vcpu_limits() {
                limits.pause_on_full_ring(vcpu, pause)?;
            }
        }
        self.tell_released(&pausing);
        Ok(())
    }

    /// Returns the limits in force.
    pub(crate) fn info(&self) -> Vec<DirtyLimitInfo> {
        let limits = self.limits();
        let shown = limits
            .vcpus
            .iter()
            .map(|limited| DirtyLimitInfo::new(limited.vcpu.into(), limited.limit, limited.rate));
        shown.collect()
    }

    /// Returns the effect of the limits, if there are any.
    pub(crate) fn effect(&self) -> Option<Effect> {
        let ring = self.ring()?;
        let limits = self.limits();
        let longest = limits.vcpus.iter().map(|limited| limited.pause).max()?;
        let rates = limits.vcpus.iter().map(|limited| limited.rate);
        let rate = (rates.sum::<u64>() / limits.vcpus.len() as u64) << 20;
        Some(Effect {
            throttle_time: longest.as_micros() as u64,
            ring_full_time: (ring * 1_000_000).checked_div(rate).unwrap_or(0),
        })
    }

    /// Adjusts the limits until there are none. After an error or panic of the guest, removes them,
    /// so that no vCPU pauses.
    fn watch_to_the_end(&self) {
        if !matches!(catch_panic(|| self.watch()), Some(Ok(()))) {
            let mut limits = self.limits();
            limits.release(|_| true);
            limits.watched = false;
            drop(limits);
            self.end_pauses();
        }
    }

    fn watch(&self) -> guest::Result<()> {
        // The rings are filled only while the log has a reader.
        let _reader = self.log.read()?;
        let ring = self.ring().unwrap_or(0);
        let mut counts = self.counts()?;
        loop {
            let began = Instant::now();
            let mut limits = self.limits();
            while began.elapsed() < limits.period && !limits.vcpus.is_empty() {
                let left = limits.period.saturating_sub(began.elapsed());
                let waited = self.shared.changed.wait_timeout(limits, left);
                limits = waited.ignore_poison().0;
            }
            if limits.vcpus.is_empty() {
                limits.watched = false;
                return Ok(());
            }
            drop(limits);
            // The guest may take a while to answer.
            let (now, took) = (self.counts()?, began.elapsed());
            let mut limits = self.limits();
            let mut pauses = Vec::new();
            for limited in &mut limits.vcpus {
                let count = |counts: &[(u32, u64)]| {
                    counts
                        .iter()
                        .find(|(vcpu, _)| *vcpu == limited.vcpu)
                        .map_or(0, |(_, count)| *count)
                };
                let bytes = count(&now).saturating_sub(count(&counts)) * PAGE;
                let rate = bytes as f64 / took.as_secs_f64();
                limited.rate = (rate as u64) >> 20;
                limited.pause = control::pause(
                    ring,
                    rate,
                    limited.pause,
                    limited.limit.saturating_mul(1 << 20),
                );
                pauses.push((limited.vcpu, limited.pause));
            }
            drop(limits);
            self.tell(&pauses)?;
            counts = now;
        }
    }

    fn counts(&self) -> guest::Result<Vec<(u32, u64)>> {
        let Some(limits) = self.guest.vcpu_limits() else { return Ok(Vec::new()) };
        let vcpus = limits.limited_vcpus().into_iter();
        vcpus.map(|vcpu| Ok((vcpu, limits.pages_dirtied(vcpu)?))).collect()
    }
}

#[cfg(test)]
mod tests;
