//! Configuration of a built-in guest, and its initial memory.

use super::backing::Backing;
use super::error::MachineError;
use super::vcpu::Region;
use super::workload::{Progress, Workload};
use crate::guest::{Blocker, Mapping};
use crate::page::PAGE;

/// Configuration of a built-in guest.
#[derive(Clone, Debug)]
pub struct MachineConfig {
    /// The machine type's name in the stream.
    pub machine: String,
    /// The machine's UUID.
    pub uuid: Option<uuid::Uuid>,
    /// The RAM block's name.
    pub block: String,
    /// The size of the RAM in bytes, a multiple of the page size.
    pub size: u64,
    /// Backing of the RAM.
    pub backing: Backing,
    /// Workloads: any number of patterns, and at most one other (the last one counts).
    pub workloads: Vec<Workload>,
    /// The guest waits for an incoming migration, which fills its memory.
    pub incoming: bool,
    /// Names of further devices. They have no state, but both sides of a migration need the same
    /// ones.
    pub devices: Vec<String>,
    /// Blockers, which forbid to migrate the guest.
    pub blockers: Vec<Blocker>,
}

impl MachineConfig {
    /// Returns the configuration of a guest of machine type `none`, with `size` bytes of anonymous
    /// memory in the block `ram`, without workloads, devices or blockers.
    pub fn new(size: u64) -> Self {
        Self {
            machine: "none".into(),
            uuid: None,
            block: "ram".into(),
            size,
            backing: Backing::Anonymous { shared: false },
            workloads: Vec::new(),
            incoming: false,
            devices: Vec::new(),
            blockers: Vec::new(),
        }
    }

    /// Fills memory with the patterns, unless a source will. Returns the vCPU's workload.
    ///
    /// # Errors
    /// A workload lies outside of the memory.
    pub(super) fn fill(&self, memory: &Region) -> Result<Option<Progress>, MachineError> {
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
                        return Err(MachineError::Region {
                            start: fill.start,
                            end,
                            size: self.size,
                        });
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
