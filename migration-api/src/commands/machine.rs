//! `machine.json`: reset.

use qapi::{Context, QmpError};

use crate::api::server;
use crate::engine::Engine;

impl server::MachineCommands for Engine {
    fn system_reset(&self, _cx: &Context<'_>) -> Result<(), QmpError> {
        self.reset();
        Ok(())
    }
}
