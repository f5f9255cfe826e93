//! Serves two engines on QMP sockets, and migrates the guest of `embed.rs` between them as a client
//! does that knows nothing about engines.
//!
//! ```text
//! cargo run -p migration-api --example qmp
//! ```

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use migration_api::api::commands::{Migrate, MigrateIncoming, MigrateSetCapabilities};
use migration_api::api::events::Migration as Migrated;
use migration_api::api::{MigrationCapability, MigrationCapabilityStatus, MigrationStatus};
use migration_api::commands::{commands, forward_events};
use migration_api::engine::Engine;
use migration_api::guest::{GuestError, Result};
use qapi::client::{Address, Client, Options};
use qapi::server::{Listener, Server};

#[allow(dead_code, reason = "this example has a main function of its own")]
#[path = "embed.rs"]
mod embed;

/// The longest pause between two phases of the migration.
const PHASE: Duration = Duration::from_secs(60);

fn main() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let at = |name: &str| folder.path().join(name);
    let (source, destination) = (embed::vmm(&["red"])?, embed::vmm(&[])?);
    serve(Engine::builder(source).build(), &at("source"))?;
    serve(Engine::builder(destination).incoming(true).build(), &at("destination"))?;

    // From here on the program is a client of two QMP servers.
    let source = Client::connect(Address::unix(at("source")), Options::default())?;
    let destination = Client::connect(Address::unix(at("destination")), Options::default())?;
    // Without `return-path`, `completed` does not mean that the guest has arrived.
    let on = [MigrationCapability::Events, MigrationCapability::ReturnPath];
    let on = on.map(|capability| MigrationCapabilityStatus::new(capability, true));
    source.execute(&MigrateSetCapabilities::new(on.into()))?;
    let uri = format!("unix:{}", at("migration").display());
    destination.execute(&MigrateIncoming { uri: Some(uri.clone()), ..Default::default() })?;
    source.execute(&Migrate { uri: Some(uri), ..Default::default() })?;
    loop {
        let status = source.next_of::<Migrated>(PHASE)?.event.status;
        println!("source: {}", status.as_str());
        match status {
            MigrationStatus::Completed => return Ok(()),
            MigrationStatus::Failed => return Err(GuestError::new("the migration has failed")),
            _ => {}
        }
    }
}

/// Serves an engine on a socket, in a thread of its own.
fn serve(engine: Engine, socket: &Path) -> Result<()> {
    let monitor = Arc::new(qapi::qmp::Monitor::builder().build());
    forward_events(&engine, monitor.clone());
    let server = Server::builder(commands(), engine).monitor(monitor).build();
    let listener = Listener::unix(socket)?;
    std::thread::spawn(move || server.serve(&listener));
    Ok(())
}
