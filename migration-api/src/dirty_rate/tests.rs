//! The limits of a measurement, and its results.

use super::*;
use crate::api::DirtyRateMeasureMode as Mode;
use crate::guest::Guest;
use crate::guests::{Machine, MachineConfig};

fn rate(size: u64, workload: &str) -> (DirtyRate, Arc<dyn Guest>) {
    let machine = Machine::new(MachineConfig {
        workloads: vec![workload.parse().unwrap()],
        ..MachineConfig::new(size)
    });
    let guest: Arc<dyn Guest> = Arc::new(machine.unwrap());
    let ram = RamHolds::new(guest.clone());
    (DirtyRate::new(ram.clone(), DirtyLog::new(ram), Arc::default()), guest)
}

fn measured(rate: &DirtyRate, mode: Mode) -> DirtyRateInfo {
    let request = DirtyRateRequest { mode, ..DirtyRateRequest::new(Duration::from_millis(200)) };
    rate.measure(request).unwrap();
    let started = rate.info(TimeUnit::Millisecond);
    assert_eq!(
        (started.status, started.calc_time, started.dirty_rate),
        (Status::Measuring, 200, None)
    );
    assert_eq!(started.sample_pages, 512);
    assert_eq!(rate.measure(request), Err(DirtyRateError::Measuring));
    while rate.info(TimeUnit::Second).status == Status::Measuring {
        std::thread::sleep(Duration::from_millis(10));
    }
    rate.info(TimeUnit::Millisecond)
}

#[test]
fn rules_are_checked_in_their_order() {
    let (rate, _) = rate(1 << 20, "idle");
    let before = rate.info(TimeUnit::Second);
    let refused = |millis, sample_pages, mode| {
        let time = Duration::from_millis(millis);
        rate.measure(DirtyRateRequest { time, mode, sample_pages }).unwrap_err().to_string()
    };
    for millis in [0, 49, 60_001, u64::MAX] {
        assert_eq!(
            refused(millis, Some(1), Mode::DirtyRing),
            "Calculation time is out of range [50ms, 60000ms]."
        );
    }
    assert_eq!(
        refused(50, Some(1), Mode::DirtyRing),
        "sample-pages is used only in page-sampling mode"
    );
    for samples in [0, 127, 16385] {
        assert_eq!(
            refused(60_000, Some(samples), Mode::PageSampling),
            "sample-pages is out of range[128, 16384]."
        );
    }
    assert_eq!(
        refused(1000, None, Mode::DirtyRing),
        "mode dirty-ring is not enabled, use other method instead."
    );
    assert_eq!(rate.info(TimeUnit::Second), before);
    assert_eq!((before.status, before.start_time, before.sample_pages), (Status::Unstarted, 0, 0));
}

#[test]
fn the_log_counts_what_was_written() {
    let (rate, guest) = rate(32 << 20, "dirty,start=16M,end=32M,rate=100000");
    guest.resume().unwrap();
    let info = measured(&rate, Mode::DirtyBitmap);
    // At most 4096 pages in at least 200 ms.
    let dirtied = info.dirty_rate.unwrap();
    assert!((1..=80).contains(&dirtied), "{info:?}");
    assert!(info.calc_time >= 200 && info.start_time > 0, "{info:?}");
    assert_eq!((info.sample_pages, info.mode), (0, Mode::DirtyBitmap));
    guest.pause(crate::guest::StopMode::All).unwrap();
    assert_eq!(measured(&rate, Mode::DirtyBitmap).dirty_rate, Some(0));
}

#[test]
fn samples_stand_for_the_whole() {
    let (idle, _) = rate(128 << 20, "dirty,start=0,end=128M,rate=max");
    assert_eq!(measured(&idle, Mode::PageSampling).dirty_rate, Some(0));
    let (busy, guest) = rate(128 << 20, "dirty,start=0,end=128M,rate=max");
    guest.resume().unwrap();
    let info = measured(&busy, Mode::PageSampling);
    assert!(info.dirty_rate.unwrap() > 0, "{info:?}");
    assert_eq!(info.sample_pages, 512);
    let (small, guest) = rate(127 << 20, "dirty,start=0,end=127M,rate=max");
    guest.resume().unwrap();
    assert_eq!(measured(&small, Mode::PageSampling).dirty_rate, Some(0));
}
