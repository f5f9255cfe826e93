//! What a built-in guest is made of, and what lies in its memory at first.

use super::backing::Backing;
use super::memory::Mapping;
use super::vcpu::Region;
use super::workload::{PAGE, Progress};
use super::{Blocker, GuestError, Workload};

/// What a built-in guest is made of.
#[derive(Clone, Debug)]
pub struct MachineConfig {
    /// The machine type's name in the stream.
    pub machine: String,
    /// The machine's UUID.
    pub uuid: Option<[u8; 16]>,
    /// The RAM block's name.
    pub block: String,
    /// The size of the RAM in bytes, whole pages.
    pub size: u64,
    /// What backs the RAM.
    pub backing: Backing,
    /// What runs in it: any number of patterns, and no more than one of the others (the last counts).
    pub workloads: Vec<Workload>,
    /// Whether the guest waits for an incoming migration, which brings the contents of memory.
    pub incoming: bool,
    /// The names of further devices. They have no state, but both sides of a migration must have the same.
    pub devices: Vec<String>,
    /// What forbids to migrate it.
    pub blockers: Vec<Blocker>,
}

impl MachineConfig {
    /// Fills memory as the patterns say, unless it is to come from a source. Returns what the vCPU does.
    ///
    /// # Errors
    /// A workload outside of the memory.
    pub(super) fn fill(&self, memory: &Region) -> Result<Option<Progress>, GuestError> {
        let mut progress = None;
        for workload in &self.workloads {
            match workload {
                Workload::Idle => progress = None,
                Workload::Dirty { start, end, rate } => {
                    progress = Some(Progress::new(*start, *end, *rate, self.size)?);
                }
                Workload::Pattern(fill) => {
                    let end = fill.end.unwrap_or(self.size);
                    if fill.start > end
                        || end > self.size
                        || !fill.start.is_multiple_of(PAGE)
                        || !end.is_multiple_of(PAGE)
                    {
                        return Err(GuestError::Region { start: fill.start, end, size: self.size });
                    }
                    let mut page = [0; PAGE as usize];
                    for index in (fill.start / PAGE..end / PAGE).filter(|_| !self.incoming) {
                        if fill.page(index, &mut page) {
                            memory.write(index * PAGE, &page);
                        }
                    }
                }
            }
        }
        Ok(progress)
    }
}
