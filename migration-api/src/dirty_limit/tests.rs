//! Limits on a guest that reports scripted dirty rates.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use super::*;
use crate::guest::{
    BlockId, DeviceSection, DirtyBits, GuestError, Identity, RamBlock, StopMode, VcpuLimits,
};
use crate::guests::Relay;
use crate::held_ram::RamHolds;

/// A guest with a dirty ring, two vCPUs and no memory. vCPU 1 dirties a full ring before each
/// query, independent of time, which is a high rate over any period.
struct Ringed {
    count: AtomicU64,
    /// The count at which it fails.
    most: u64,
    /// It panics then.
    panics: bool,
    /// Pauses in microseconds.
    pauses: [AtomicU64; 2],
    /// The limits that a vCPU's pause cancels.
    cancels: OnceLock<DirtyLimits>,
}

const RING: u64 = 4096;

impl Guest for Ringed {
    fn identity(&self) -> Identity {
        Identity::new("none")
    }
    fn ram(&self) -> Vec<RamBlock> {
        Vec::new()
    }
    fn pause(&self, _mode: StopMode) -> guest::Result<()> {
        Ok(())
    }
    fn resume(&self) -> guest::Result<()> {
        Ok(())
    }
    fn start_log(&self) -> guest::Result<()> {
        Ok(())
    }
    fn sync_log(&self, _block: BlockId, _dirty: &mut DirtyBits<'_>) -> guest::Result<()> {
        Ok(())
    }
    fn save(&self) -> guest::Result<Vec<DeviceSection>> {
        Ok(Vec::new())
    }
    fn load(&self, _devices: Vec<DeviceSection>) -> guest::Result<()> {
        Ok(())
    }
    fn vcpu_limits(&self) -> Option<&dyn VcpuLimits> {
        Some(self)
    }
}

impl VcpuLimits for Ringed {
    fn limited_vcpus(&self) -> Vec<u32> {
        vec![0, 1]
    }
    fn ring_size(&self) -> u64 {
        RING
    }
    fn pages_dirtied(&self, vcpu: u32) -> guest::Result<u64> {
        let count = self.count.fetch_add(RING, Ordering::SeqCst);
        if count >= self.most {
            assert!(!self.panics, "a test's guest cannot count further");
            return Err(GuestError::new("a test's guest cannot count further"));
        }
        Ok(u64::from(vcpu) * count)
    }
    fn pause_on_full_ring(&self, vcpu: u32, pause: Duration) -> guest::Result<()> {
        if pause > Duration::ZERO
            && let Some(limits) = self.cancels.get()
        {
            limits.set(Some(0), 0, Duration::ZERO).unwrap();
            limits.cancel(None).unwrap();
        }
        self.pauses[vcpu as usize].store(pause.as_micros() as u64, Ordering::SeqCst);
        Ok(())
    }
}

fn ringed(most: u64, panics: bool) -> Arc<Ringed> {
    let (count, pauses) = (AtomicU64::new(0), Default::default());
    Arc::new(Ringed { count, most, panics, pauses, cancels: OnceLock::new() })
}

#[test]
fn limits_end_if_the_guest_fails_or_panics() {
    for panics in [false, true] {
        let guest = ringed(100 * RING, panics);
        let log = DirtyLog::new(RamHolds::new(guest.clone()));
        let limits = DirtyLimits::new(guest.clone(), log, Arc::default());
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
}

#[test]
fn a_guest_without_a_ring_has_no_limits() {
    let guest: Arc<dyn Guest> = Arc::new(Relay::new(None));
    let limits =
        DirtyLimits::new(guest.clone(), DirtyLog::new(RamHolds::new(guest)), Arc::default());
    assert_eq!(limits.set(Some(7), 0, Duration::from_secs(1)), Err(DirtyLimitError::NoRing));
    assert_eq!(limits.cancel(Some(7)), Ok(()));
    assert_eq!((limits.info(), limits.effect()), (Vec::new(), None));
}

#[test]
fn a_vcpu_above_its_limit_pauses_until_the_limit_is_off() {
    let guest = ringed(u64::MAX, false);
    let limits = DirtyLimits::new(
        guest.clone(),
        DirtyLog::new(RamHolds::new(guest.clone())),
        Arc::default(),
    );
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
fn a_guest_cancels_the_limit_that_pauses_a_vcpu() {
    let guest = ringed(u64::MAX, false);
    let log = DirtyLog::new(RamHolds::new(guest.clone()));
    let limits = DirtyLimits::new(guest.clone(), log, Arc::default());
    assert!(guest.cancels.set(limits.clone()).is_ok());
    limits.set(None, 1, Duration::from_millis(1)).unwrap();
    let end = Instant::now() + Duration::from_secs(60);
    while limits.limits().watched {
        assert!(Instant::now() < end, "the cancellation waits for itself");
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(limits.info(), []);
    // The pause that the guest has cancelled is over.
    assert_eq!([0, 1].map(|vcpu: usize| guest.pauses[vcpu].load(Ordering::SeqCst)), [0, 0]);
}

#[test]
fn a_guest_goes_with_its_engine() {
    use crate::api::{DirtyRateMeasureMode as Mode, ShutdownCause};
    use crate::dirty_rate::DirtyRateRequest;
    use crate::engine::Engine;
    let guest = ringed(u64::MAX, false);
    let weak = Arc::downgrade(&guest);
    let engine = Engine::builder(guest).build();
    engine.set_vcpu_dirty_limit(None, 1).unwrap();
    let request = DirtyRateRequest {
        mode: Mode::DirtyRing,
        ..DirtyRateRequest::new(Duration::from_secs(60))
    };
    engine.measure_dirty_rate(request).unwrap();
    let began = Instant::now();
    let _ = engine.shutdown_for(ShutdownCause::HostQmpQuit).join_timeout(Duration::from_secs(1));
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
    assert!(engine.set_vcpu_dirty_limit(None, 1).is_err(), "nobody would end it");
    drop(engine);
    assert!(weak.upgrade().is_none(), "threads keep the guest");
}
