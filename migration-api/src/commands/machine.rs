//! `machine.json`: reset, and the size of the memory.

use qapi::{Context, QmpError};

use super::qmp_error;
use crate::api::{MemoryInfo, server};
use crate::engine::Engine;

impl server::MachineCommands for Engine {
    fn system_reset(&self, _cx: &Context<'_>) -> Result<(), QmpError> {
        self.reset().map_err(qmp_error)
    }

    fn query_memory_size_summary(&self, _cx: &Context<'_>) -> Result<MemoryInfo, QmpError> {
        let guest = &self.core.guest;
        // Its blocks are those of its source, some of which are no RAM of the machine.
        if guest.adopts().is_some() {
            return Err(qmp_error("the guest's memory is that of its source"));
        }
        Ok(MemoryInfo::new(self.core.ram.list().iter().map(|block| block.memory.size()).sum()))
    }
}
