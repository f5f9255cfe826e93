//! Three ways to measure the dirty rate: page samples, the dirty log, and the vCPUs' dirty rings.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::api::DirtyRateVcpu;
use crate::dirty_log::DirtyLog;
use crate::guest::{self, GuestError, Mapping, VcpuLimits};
use crate::held_ram::RamHolds;
use crate::page::PAGE;
use crate::transport::Stop;

/// Smallest block that is sampled.
const SMALLEST_BLOCK: u64 = 128 << 20;

const GIB: u64 = 1 << 30;

/// Dirty rates in MiB per second.
#[derive(Default)]
pub(super) struct Rates {
    pub(super) all: i64,
    pub(super) vcpus: Option<Vec<DirtyRateVcpu>>,
}

/// Hashes randomly chosen pages of each large block before and after `time`, and extrapolates from
/// those that changed.
///
/// Like QEMU, samples only blocks of at least 128 MiB, so the rate of a smaller guest is 0.
///
/// # Errors
/// The guest refuses to keep its RAM as it is.
pub(super) fn by_samples(
    ram: &Arc<RamHolds>,
    pages_per_gib: u64,
    time: Duration,
    stop: &Stop,
) -> guest::Result<(Duration, Rates)> {
    let ram = ram.hold()?;
    let seed = RandomState::new();
    let mut samples = Vec::new();
    let mut size = 0;
    for block in ram.blocks().iter().filter(|block| block.memory.size() >= SMALLEST_BLOCK) {
        let length = block.memory.size();
        size += length;
        for number in 0..u128::from(length) * u128::from(pages_per_gib) / u128::from(GIB) {
            let offset = seed.hash_one((samples.len(), number)) % (length / PAGE) * PAGE;
            samples.push((block.memory.clone(), offset, hash(&seed, &*block.memory, offset)));
        }
    }
    let took = wait(time, stop);
    let changed = samples
        .iter()
        .filter(|(memory, offset, before)| hash(&seed, &**memory, *offset) != *before);
    let changed = changed.count() as f64;
    let dirtied = changed / samples.len().max(1) as f64 * size as f64;
    Ok((took, Rates { all: mebibytes_per_second(dirtied, took), vcpus: None }))
}

fn hash(seed: &RandomState, memory: &dyn Mapping, offset: u64) -> u64 {
    let mut page = [0; PAGE as usize];
    memory.read(offset, &mut page);
    let mut hasher = seed.build_hasher();
    hasher.write(&page);
    hasher.finish()
}

/// Counts the pages in the dirty log after `time`.
///
/// # Errors
/// The guest cannot log its writes.
pub(super) fn by_log(
    log: &Arc<DirtyLog>,
    time: Duration,
    stop: &Stop,
) -> guest::Result<(Duration, Rates)> {
    let reader = log.read()?;
    let took = wait(time, stop);
    let mut pages = 0;
    for (index, block) in reader.ram().iter().enumerate() {
        let mut dirty = vec![0; block.memory.size().div_ceil(PAGE * 64) as usize];
        reader.sync(index, &mut dirty)?;
        pages += dirty.iter().map(|word| u64::from(word.count_ones())).sum::<u64>();
    }
    Ok((took, Rates { all: mebibytes_per_second((pages * PAGE) as f64, took), vcpus: None }))
}

/// Interval at which the rings are emptied: a page already in a ring is not counted again.
const REAP: Duration = Duration::from_secs(1);

/// Counts the pages that each vCPU dirties in `time`.
///
/// # Errors
/// The guest cannot log its writes, or not count them.
pub(super) fn by_ring(
    limits: Option<&dyn VcpuLimits>,
    log: &Arc<DirtyLog>,
    time: Duration,
    stop: &Stop,
) -> guest::Result<(Duration, Rates)> {
    let limits = limits.ok_or_else(|| GuestError::new("the guest has no dirty rings"))?;
    // The rings are filled only while the log has a reader.
    let _reader = log.read()?;
    let before = counts(limits)?;
    let began = Instant::now();
    while began.elapsed() < time && !stop.is_stopped() {
        stop.sleep(REAP.min(time.saturating_sub(began.elapsed())));
        counts(limits)?;
    }
    let took = began.elapsed();
    let vcpus: Vec<DirtyRateVcpu> = counts(limits)?
        .iter()
        .zip(before)
        .map(|(&(id, after), (_, before))| {
            let bytes = after.saturating_sub(before) * PAGE;
            DirtyRateVcpu::new(id.into(), mebibytes_per_second(bytes as f64, took))
        })
        .collect();
    Ok((took, Rates { all: vcpus.iter().map(|vcpu| vcpu.dirty_rate).sum(), vcpus: Some(vcpus) }))
}

/// Returns the number of pages that each vCPU has dirtied so far.
fn counts(limits: &dyn VcpuLimits) -> guest::Result<Vec<(u32, u64)>> {
    let vcpus = limits.limited_vcpus().into_iter();
    vcpus.map(|vcpu| Ok((vcpu, limits.pages_dirtied(vcpu)?))).collect()
}

/// Waits for `time`, or until the engine ends. Returns how long that took.
fn wait(time: Duration, stop: &Stop) -> Duration {
    let began = Instant::now();
    while began.elapsed() < time && !stop.is_stopped() {
        stop.sleep(time.saturating_sub(began.elapsed()));
    }
    began.elapsed()
}

fn mebibytes_per_second(bytes: f64, time: Duration) -> i64 {
    (bytes / f64::from(1 << 20) / time.as_secs_f64()) as i64
}
