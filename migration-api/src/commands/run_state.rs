//! `run-state.json`: the guest's run state.

use qapi::{Context, QmpError};

use crate::api::{RunState, StatusInfo, server};
use crate::engine::Engine;

impl server::RunStateCommands for Engine {
    fn query_status(&self, _cx: &Context<'_>) -> Result<StatusInfo, QmpError> {
        let state = self.run_state();
        Ok(StatusInfo::new(state == RunState::Running, state))
    }
}
