//! Limits on a guest that reports scripted dirty rates.

use std::sync::atomic::{AtomicU64, Ordering};

use super::*;
use crate::api::RunState;
use crate::guest::{Blocker, DeviceSection, GuestError, Layout, RamBlock, Vcpu};
use crate::guests::Relay;

/// A guest with a dirty ring, two vCPUs and no memory. vCPU 1 dirties a full ring before each
/// query, independent of time, which is a high rate over any period.
struct Ringed {
    relay: Relay,
    count: AtomicU64,
    /// The count at which it panics.
    most: u64,
    /// Pauses in microseconds.
    pauses: [AtomicU64; 2],
}

const RING: u64 = 4096;

impl Guest for Ringed {
    fn vcpus(&self) -> Vec<Vcpu> {
        [0, 1].map(|index| Vcpu { index, thread: None }).into()
    }
    fn dirty_ring(&self) -> Option<u64> {
        Some(RING)
    }
    fn pages_dirtied(&self, vcpu: u32) -> u64 {
        let count = self.count.fetch_add(RING, Ordering::SeqCst);
        assert!(count < self.most, "a test's guest cannot count further");
        u64::from(vcpu) * count
    }
    fn pause_on_full_ring(&self, vcpu: u32, pause: Duration) {
        self.pauses[vcpu as usize].store(pause.as_micros() as u64, Ordering::SeqCst);
    }
    fn machine(&self) -> String {
        self.relay.machine()
    }
    fn uuid(&self) -> Option<[u8; 16]> {
        None
    }
    fn ram(&self) -> Vec<RamBlock> {
        Vec::new()
    }
    fn run_state(&self) -> RunState {
        self.relay.run_state()
    }
    fn set_run_state(&self, state: RunState) {
        self.relay.set_run_state(state);
    }
    fn throttle(&self, _percent: u8) {}
    fn vcpu_waits(&self, _vcpu: u32, _waits: bool) {}
    fn start_dirty_log(&self) {}
    fn sync_dirty_log(&self, _block: usize, _dirty: &mut [u64]) {}
    fn stop_dirty_log(&self) {}
    fn save(&self) -> Result<Vec<DeviceSection>, GuestError> {
        Ok(Vec::new())
    }
    fn layout(&self, _name: &str, _instance: u32) -> Option<Layout> {
        None
    }
    fn load(&self, _devices: Vec<DeviceSection>) -> Result<(), GuestError> {
        Ok(())
    }
    fn reset(&self) {}
    fn blockers(&self) -> Vec<Blocker> {
        Vec::new()
    }
    fn announce(&self) {}
}

fn ringed(most: u64) -> Arc<Ringed> {
    let (count, pauses) = (AtomicU64::new(0), Default::default());
    Arc::new(Ringed { relay: Relay::new(None), count, most, pauses })
}

#[test]
fn limits_end_if_their_thread_panics() {
    let guest = ringed(100 * RING);
    let limits = DirtyLimits::new(guest.clone(), DirtyLog::new(guest.clone()), Arc::default());
    limits.set(None, 1, Duration::from_millis(1)).unwrap();
    let end = Instant::now() + Duration::from_secs(60);
    while limits.limits().watched {
        assert!(Instant::now() < end, "they are in force for ever");
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(limits.info(), []);
    while guest.pauses[1].load(Ordering::SeqCst) > 0 {
        assert!(Instant::now() < end, "a vCPU pauses for ever");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_guest_without_a_ring_has_no_limits() {
    let guest: Arc<dyn Guest> = Arc::new(Relay::new(None));
    let limits = DirtyLimits::new(guest.clone(), DirtyLog::new(guest), Arc::default());
    assert_eq!(limits.set(Some(7), 0, Duration::from_secs(1)), Err(DirtyLimitError::NoRing));
    assert_eq!(limits.cancel(Some(7)), Ok(()));
    assert_eq!((limits.info(), limits.effect()), (Vec::new(), None));
}

#[test]
fn a_vcpu_above_its_limit_pauses_until_the_limit_is_off() {
    let guest = ringed(u64::MAX);
    let limits = DirtyLimits::new(guest.clone(), DirtyLog::new(guest.clone()), Arc::default());
    let period = Duration::from_millis(10);
    let pauses = || [0, 1].map(|vcpu: usize| guest.pauses[vcpu].load(Ordering::SeqCst));

    assert_eq!(limits.set(Some(2), 1, period), Err(DirtyLimitError::NoSuchVcpu));
    assert_eq!(limits.cancel(Some(-1)), Err(DirtyLimitError::NoSuchVcpu));
    limits.set(None, 1, period).unwrap();
    let end = Instant::now() + Duration::from_secs(60);
    while pauses()[1] == 0 && Instant::now() < end {
        std::thread::sleep(period);
    }
    // The first vCPU is idle.
    assert!(pauses()[0] == 0 && pauses()[1] > 0, "{:?}", pauses());
    let info = limits.info();
    assert_eq!(
        info.iter().map(|one| (one.cpu_index, one.limit_rate)).collect::<Vec<_>>(),
        [(0, 1), (1, 1)]
    );
    assert!(info[1].current_rate > 0, "{info:?}");
    assert!(limits.effect().is_some_and(|effect| effect.throttle_time > 0));

    limits.set(Some(0), 0, period).unwrap();
    assert_eq!(limits.info().len(), 1);
    limits.cancel(None).unwrap();
    assert_eq!((limits.info(), limits.effect()), (Vec::new(), None));
    while limits.limits().watched {
        std::thread::sleep(period);
    }
    assert_eq!(pauses(), [0, 0]);
}

#[test]
fn a_guest_goes_with_its_engine() {
    use crate::api::{DirtyRateMeasureMode as Mode, ShutdownCause};
    use crate::engine::{Engine, Setup};
    let guest = ringed(u64::MAX);
    let weak = Arc::downgrade(&guest);
    let engine = Engine::new(guest, Setup::default(), Box::new(|_| {}));
    engine.limit_dirtying(None, 1).unwrap();
    engine.core.dirty_rate.measure(60, None, None, Some(Mode::DirtyRing)).unwrap();
    let began = Instant::now();
    engine.quit(ShutdownCause::HostQmpQuit);
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
    assert!(engine.limit_dirtying(None, 1).is_err(), "nobody would end it");
    drop(engine);
    assert!(weak.upgrade().is_none(), "threads keep the guest");
}
