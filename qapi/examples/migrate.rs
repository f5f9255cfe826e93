//! Moves a guest from one QEMU to another.
//!
//! ```sh
//! qemu-system-x86_64 -nodefaults -display none -m 64M \
//!     -qmp unix:/tmp/source,server=on,wait=off &
//! qemu-system-x86_64 -nodefaults -display none -m 64M -incoming defer \
//!     -qmp unix:/tmp/destination,server=on,wait=off &
//! cargo run -p qapi --example migrate -- /tmp/source /tmp/destination unix:/tmp/migration
//! ```

use std::error::Error;
use std::time::Duration;

use api::commands::{Migrate, MigrateIncoming, MigrateSetCapabilities, QueryMigrate};
use api::events::Migration;
use api::{MigrationCapability, MigrationCapabilityStatus, MigrationStatus};
use qapi::client::{Address, Client, ClientError, Options};

mod api {
    qapi::include_qapi!("examples/schema/migrate.json", role = client);
}

/// Longer than a QEMU at work needs for an answer.
const WITHIN: Duration = Duration::from_secs(10);
/// The longest pause between two phases of a migration.
const PHASE: Duration = Duration::from_secs(600);

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [source, destination, uri] = &arguments[..] else {
        return Err("usage: migrate SOURCE-SOCKET DESTINATION-SOCKET URI".into());
    };
    let (source, destination) = (connect(source)?, connect(destination)?);

    // The destination listens before the source connects to it.
    destination.execute(&MigrateIncoming::new(uri))?;
    source.execute(&Migrate::new(uri))?;
    follow(&source, "source")?;
    follow(&destination, "destination")?;

    let info = source.execute(&QueryMigrate)?;
    if let Some(reason) = info.error_desc {
        return Err(format!("the migration has failed: {reason}").into());
    }
    let sent = info.ram.map_or(0, |ram| ram.transferred);
    println!("{sent} bytes in {} ms", info.total_time.unwrap_or(0));
    Ok(())
}

/// Connects to a QEMU and lets it report the phases of migrations.
fn connect(socket: &str) -> Result<Client, ClientError> {
    let options = Options::within(WITHIN);
    let client = Client::connect(Address::unix(socket), options)?;
    let events = MigrationCapabilityStatus::new(MigrationCapability::Events, true);
    client.execute(&MigrateSetCapabilities::new(vec![events]))?;
    Ok(client)
}

/// Prints the phases of a migration until its end.
fn follow(client: &Client, side: &str) -> Result<(), ClientError> {
    loop {
        let status = client.next_of::<Migration>(PHASE)?.event.status;
        println!("{side}: {}", status.as_str());
        if matches!(
            status,
            MigrationStatus::Completed | MigrationStatus::Failed | MigrationStatus::Cancelled
        ) {
            return Ok(());
        }
    }
}
