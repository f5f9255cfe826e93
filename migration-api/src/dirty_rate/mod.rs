//! Measures the guest's dirty rate: `calc-dirty-rate` and `query-dirty-rate`.
//!
//! A measurement runs in a thread of its own and does not disturb migrations.

mod measure;

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::api::{DirtyRateInfo, DirtyRateMeasureMode, DirtyRateStatus as Status, TimeUnit};
use crate::dirty_log::DirtyLog;
use crate::held_ram::RamHolds;
use crate::lifetime::{ENGINE_ENDED, Lifetime};
use crate::sync::IgnorePoison;
use crate::transport::{self, Stop};
use crate::unwind::catch_panic;
use measure::Rates;

/// Allowed duration of a measurement.
const CALC_TIME: std::ops::RangeInclusive<Duration> =
    Duration::from_millis(50)..=Duration::from_secs(60);

/// Allowed number of sampled pages per GiB.
const SAMPLE_PAGES: std::ops::RangeInclusive<u64> = 128..=16384;

/// Default number of sampled pages per GiB.
const DEFAULT_SAMPLE_PAGES: u64 = 512;

/// Error that refuses a measurement. `Display` is the text for the client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DirtyRateError {
    /// A measurement is running.
    #[error("the dirty rate is already being measured.")]
    Measuring,
    /// Duration out of range.
    #[error("Calculation time is out of range [50ms, 60000ms].")]
    CalcTime,
    /// A number of samples in a mode without samples.
    #[error("sample-pages is used only in page-sampling mode")]
    SampleMode,
    /// Number of samples out of range.
    #[error("sample-pages is out of range[128, 16384].")]
    SamplePages,
    /// A mode that the guest does not support.
    #[error("mode {0} is not enabled, use other method instead.")]
    Mode(DirtyRateMeasureMode),
    /// The host has no more threads.
    #[error("{0}")]
    Host(String),
    /// The engine has been shut down.
    #[error("{ENGINE_ENDED}")]
    Ended,
}

/// A measurement of the dirty rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DirtyRateRequest {
    /// The duration, from 50 ms to 60 s.
    pub time: Duration,
    /// The way to measure.
    pub mode: DirtyRateMeasureMode,
    /// The number of sampled pages per GiB, from 128 to 16384, in mode `page-sampling`. Defaults to
    /// 512.
    pub sample_pages: Option<u64>,
}

impl DirtyRateRequest {
    /// Makes a request to measure by samples of pages.
    pub fn new(time: Duration) -> Self {
        Self { time, mode: DirtyRateMeasureMode::PageSampling, sample_pages: None }
    }
}

/// The current or last measurement. Clones share it.
#[derive(Clone)]
pub(crate) struct DirtyRate {
    ram: Arc<RamHolds>,
    log: Arc<DirtyLog>,
    lifetime: Arc<Lifetime>,
    last: Arc<Mutex<Measurement>>,
}

struct Measurement {
    status: Status,
    /// Start time since 1970.
    began: Duration,
    /// Requested duration, and the actual one after the end.
    time: Duration,
    sample_pages: u64,
    mode: DirtyRateMeasureMode,
    rates: Rates,
}

impl DirtyRate {
    pub(crate) fn new(ram: Arc<RamHolds>, log: Arc<DirtyLog>, lifetime: Arc<Lifetime>) -> Self {
        let none = Measurement {
            status: Status::Unstarted,
            began: Duration::ZERO,
            time: Duration::ZERO,
            sample_pages: 0,
            mode: DirtyRateMeasureMode::PageSampling,
            rates: Rates::default(),
        };
        Self { ram, log, lifetime, last: Arc::new(Mutex::new(none)) }
    }

    fn last(&self) -> MutexGuard<'_, Measurement> {
        self.last.lock().ignore_poison()
    }

    /// Starts to measure in the background.
    pub(crate) fn measure(&self, request: DirtyRateRequest) -> Result<(), DirtyRateError> {
        let DirtyRateRequest { time, mode, sample_pages } = request;
        self.lifetime.check(DirtyRateError::Ended)?;
        // A guest has either a dirty log or dirty rings.
        let has_ring = self.ram.guest().vcpu_limits().is_some();
        let mut last = self.last();
        if last.status == Status::Measuring {
            return Err(DirtyRateError::Measuring);
        }
        if !CALC_TIME.contains(&time) {
            return Err(DirtyRateError::CalcTime);
        }
        let sample_pages = match sample_pages {
            Some(_) if mode != DirtyRateMeasureMode::PageSampling => {
                return Err(DirtyRateError::SampleMode);
            }
            Some(pages) if !SAMPLE_PAGES.contains(&pages) => {
                return Err(DirtyRateError::SamplePages);
            }
            Some(pages) => pages,
            None => DEFAULT_SAMPLE_PAGES,
        };
        if (mode == DirtyRateMeasureMode::DirtyRing && !has_ring)
            || (mode == DirtyRateMeasureMode::DirtyBitmap && has_ring)
        {
            return Err(DirtyRateError::Mode(mode));
        }

        let host = |error: std::io::Error| match self.lifetime.has_ended() {
            true => DirtyRateError::Ended,
            false => DirtyRateError::Host(transport::reason(&error)),
        };
        let stop = self.lifetime.switch().map_err(host)?;
        let this = self.clone();
        let run = move || this.run(mode, time, sample_pages, &stop);
        self.lifetime.spawn("get_dirtyrate", run).map_err(host)?;
        let began = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let rates = Rates::default();
        *last = Measurement { status: Status::Measuring, began, time, sample_pages, mode, rates };
        Ok(())
    }

    fn run(&self, mode: DirtyRateMeasureMode, time: Duration, sample_pages: u64, stop: &Stop) {
        let measured = catch_panic(|| match mode {
            DirtyRateMeasureMode::PageSampling => {
                measure::by_samples(&self.ram, sample_pages, time, stop)
            }
            DirtyRateMeasureMode::DirtyBitmap => measure::by_log(&self.log, time, stop),
            DirtyRateMeasureMode::DirtyRing => {
                let guest = self.ram.guest();
                measure::by_ring(guest.vcpu_limits(), &self.log, time, stop)
            }
        });
        let mut last = self.last();
        let Some(Ok((took, rates))) = measured else {
            last.status = Status::Unstarted;
            return;
        };
        (last.status, last.time, last.rates) = (Status::Measured, took, rates);
        if mode != DirtyRateMeasureMode::PageSampling {
            last.sample_pages = 0;
        }
    }

    /// Returns the last measurement, with times in `unit`.
    pub(crate) fn info(&self, unit: TimeUnit) -> DirtyRateInfo {
        let last = self.last();
        let measured = last.status == Status::Measured;
        let time = match unit {
            TimeUnit::Second => last.time.as_secs(),
            TimeUnit::Millisecond => last.time.as_millis() as u64,
        };
        DirtyRateInfo {
            dirty_rate: measured.then_some(last.rates.all),
            status: last.status,
            start_time: last.began.as_secs().cast_signed(),
            calc_time: time.cast_signed(),
            calc_time_unit: unit,
            sample_pages: last.sample_pages,
            mode: last.mode,
            vcpu_dirty_rate: last.rates.vcpus.clone(),
        }
    }
}

#[cfg(test)]
mod tests;
