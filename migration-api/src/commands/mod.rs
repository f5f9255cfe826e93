//! The schema's commands, implemented by the engine: one file per module of the schema.

mod block_core;
mod control;
mod introspect;
mod job;
mod machine;
mod migration;
mod misc;
mod qom;
mod run_state;
mod yank;

use std::fmt;
use std::sync::Arc;

use qapi::qmp::{Events, Monitor};
use qapi::{Commands, QmpError};

use crate::api::{events, server};
use crate::engine::{Engine, Event};

pub use qom::object;

/// Returns all commands that the engine implements. An embedder adds its own tables.
///
/// ```
/// use std::sync::Arc;
///
/// use migration_api::commands::{commands, forward_events};
/// use migration_api::engine::Engine;
/// use qapi::qmp::Monitor;
/// use qapi::server::{Listener, Server};
///
/// # fn f(guest: Arc<dyn migration_api::guest::Guest>) -> std::io::Result<()> {
/// let engine = Engine::builder(guest).build();
/// let monitor = Arc::new(Monitor::builder().build());
/// forward_events(&engine, monitor.clone());
/// let server = Server::builder(commands(), engine.clone()).monitor(monitor).build();
/// let listener = Listener::unix("qmp.sock")?;
/// let serving = std::thread::spawn({
///     let server = server.clone();
///     move || server.serve(&listener)
/// });
/// // The VMM's own work. At its end:
/// engine.shutdown().join();
/// server.shutdown();
/// serving.join().expect("no panic")
/// # }
/// ```
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

/// Sends the engine's events to the clients of a monitor, from now on. Those of a command come
/// before its reply.
pub fn forward_events(engine: &Engine, monitor: Arc<Monitor>) {
    engine.observe(Arc::new(move |event: &Event, for_clients| {
        if for_clients {
            emit(event, monitor.events());
        }
    }));
}

/// Sends an event that QMP has.
fn emit(event: &Event, clients: &Events) {
    match event {
        Event::Migration(status) => clients.emit(&events::Migration { status: *status }),
        Event::MigrationPass(pass) => clients.emit(&events::MigrationPass { pass: *pass as i64 }),
        Event::JobStatusChange { id, status } => {
            clients.emit(&events::JobStatusChange { id: id.clone(), status: *status });
        }
        Event::UnplugPrimary(id) => clients.emit(&events::UnplugPrimary { device_id: id.clone() }),
        Event::Stop => clients.emit(&events::Stop),
        Event::Resume => clients.emit(&events::Resume),
        Event::ColoExit(mode, reason) => {
            clients.emit(&events::ColoExit { mode: *mode, reason: *reason })
        }
        Event::Reset(reason) => clients.emit(&events::Reset { guest: false, reason: *reason }),
        Event::Shutdown(reason) => {
            clients.emit(&events::Shutdown { guest: false, reason: *reason })
        }
        // The embedder has these from a receiver.
        Event::Disconnect(_) | Event::Log(_) | Event::IncomingFailed(_) => {}
    }
}

/// Makes the error for the client.
fn qmp_error(error: impl fmt::Display) -> QmpError {
    QmpError::generic(error.to_string())
}
