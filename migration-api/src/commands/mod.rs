//! The schema's commands, implemented by the engine: one file per module of the schema.

mod block_core;
mod control;
mod info;
mod introspect;
mod job;
mod machine;
mod migration;
mod misc;
mod qom;
mod run_state;
mod yank;

use std::fmt;

use qapi::{Commands, QmpError};

use crate::api::{events, server};
use crate::core::Notice;
use crate::engine::Engine;

pub use qom::object;

/// Returns all commands that the engine implements. An embedder adds its own tables.
pub fn commands() -> Commands<Engine> {
    Commands::new()
        .with(server::block_core_commands())
        .with(server::control_commands())
        .with(server::introspect_commands())
        .with(server::job_commands())
        .with(server::machine_commands())
        .with(server::migration_commands())
        .with(server::misc_commands())
        .with(server::qom_commands())
        .with(server::run_state_commands())
        .with(server::yank_commands())
}

/// Sends a notice to clients as an event. Notices without an event are left to the embedder.
pub fn emit(notice: &Notice, clients: &qapi::qmp::Events) {
    match notice {
        Notice::Migration(status) => clients.emit(&events::Migration { status: *status }),
        Notice::Pass(pass) => clients.emit(&events::MigrationPass { pass: *pass as i64 }),
        Notice::Job { id, status } => {
            clients.emit(&events::JobStatusChange { id: id.clone(), status: *status });
        }
        Notice::UnplugPrimary(id) => clients.emit(&events::UnplugPrimary { device_id: id.clone() }),
        Notice::Stop => clients.emit(&events::Stop),
        Notice::Resume => clients.emit(&events::Resume),
        Notice::ColoExit(mode, reason) => {
            clients.emit(&events::ColoExit { mode: *mode, reason: *reason })
        }
        Notice::Reset(reason) => clients.emit(&events::Reset { guest: false, reason: *reason }),
        Notice::Shutdown(reason) => {
            clients.emit(&events::Shutdown { guest: false, reason: *reason })
        }
        Notice::Disconnect(_) | Notice::Log(_) | Notice::IncomingFailed(_) => {}
    }
}

/// Makes the error for the client.
fn qmp_error(error: impl fmt::Display) -> QmpError {
    QmpError::generic(error.to_string())
}
