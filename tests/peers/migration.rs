//! A guest moved from one QEMU to another, with typed commands and events.

use std::time::Instant;

use qapi::client::{Client, Process};
use qapi_tests::wire::full::commands::{
    Migrate, MigrateIncoming, MigrateSetCapabilities, MigrateSetParameters, QueryMigrate,
    QueryMigrateCapabilities, QueryMigrateParameters, QueryStatus,
};
use qapi_tests::wire::full::events::Event;
use qapi_tests::wire::full::{
    self, MigrationAddress, MigrationCapability, MigrationCapabilityStatus, MigrationChannel,
    MigrationChannelType, MigrationStatus, RunState, SocketAddress, UnixSocketAddress,
};

use crate::processes::{options, qemu};
use crate::{LONG, refusal};

/// Starts a machine with a little memory to move.
fn machine(arguments: &[&str]) -> Process {
    let mut all = vec!["-machine", "none", "-m", "16M"];
    all.extend(arguments);
    let mut process = qemu(&all, options());
    enable_events(process.client());
    process
}

/// Enables MIGRATION events.
pub fn enable_events(client: &Client) {
    let events = MigrationCapabilityStatus::new(MigrationCapability::Events, true);
    client.execute(&MigrateSetCapabilities::new(vec![events])).unwrap();
    let enabled = client.execute(&QueryMigrateCapabilities).unwrap();
    assert!(enabled.iter().any(|one| one.capability == MigrationCapability::Events && one.state));
}

/// Waits for a migration's end and returns the states it went through.
pub fn statuses(client: &Client) -> Vec<MigrationStatus> {
    let mut seen = Vec::new();
    while !matches!(seen.last(), Some(MigrationStatus::Completed | MigrationStatus::Failed)) {
        if let Event::Migration(migration) = client.next_event(LONG).unwrap().event {
            seen.push(migration.status);
        }
    }
    seen
}

#[test]
fn migrates_a_guest_to_another_process() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("migration").display().to_string();
    let (mut source, mut destination) = (machine(&[]), machine(&["-incoming", "defer"]));

    let status = destination.client().execute(&QueryStatus).unwrap();
    assert_eq!((status.status, status.running), (RunState::Inmigrate, false));
    let uri = Some(format!("unix:{path}"));
    destination.client().execute(&MigrateIncoming { uri, ..MigrateIncoming::default() }).unwrap();

    let parameters = full::MigrateSetParameters {
        max_bandwidth: Some(1 << 30),
        downtime_limit: Some(1000),
        ..full::MigrateSetParameters::default()
    };
    source.client().execute(&MigrateSetParameters(parameters)).unwrap();
    let parameters = source.client().execute(&QueryMigrateParameters).unwrap();
    assert_eq!((parameters.max_bandwidth, parameters.downtime_limit), (Some(1 << 30), Some(1000)));

    let address = MigrationAddress::Socket(SocketAddress::Unix(UnixSocketAddress::new(path)));
    let channel = MigrationChannel::new(MigrationChannelType::Main, address);
    let migrate = Migrate { channels: Some(vec![channel]), ..Migrate::default() };
    source.client().execute(&migrate).unwrap();

    let sent = statuses(source.client());
    assert_eq!(sent.first(), Some(&MigrationStatus::Setup), "{sent:?}");
    assert!(sent.contains(&MigrationStatus::Active), "{sent:?}");
    assert_eq!(sent.last(), Some(&MigrationStatus::Completed), "{sent:?}");
    let received = statuses(destination.client());
    assert_eq!(received.last(), Some(&MigrationStatus::Completed), "{received:?}");

    let info = source.client().execute(&QueryMigrate).unwrap();
    assert_eq!(info.status, Some(MigrationStatus::Completed));
    let ram = info.ram.expect("memory was moved");
    assert!(ram.total >= 16 << 20 && ram.remaining == 0, "{ram:?}");
    // The migration completes a moment before the run state changes.
    let until = Instant::now() + LONG;
    let mut status = RunState::FinishMigrate;
    while status == RunState::FinishMigrate && Instant::now() < until {
        status = source.client().execute(&QueryStatus).unwrap().status;
    }
    assert_eq!(status, RunState::Postmigrate);
    let info = destination.client().execute(&QueryMigrate).unwrap();
    assert_eq!(info.status, Some(MigrationStatus::Completed));
    assert_ne!(destination.client().execute(&QueryStatus).unwrap().status, RunState::Inmigrate);
}

#[test]
fn a_migration_without_a_destination_fails() {
    let folder = tempfile::tempdir().unwrap();
    let mut source = machine(&[]);
    let uri = Some(format!("unix:{}", folder.path().join("nobody").display()));
    source.client().execute(&Migrate { uri, ..Migrate::default() }).unwrap();
    assert_eq!(statuses(source.client()).last(), Some(&MigrationStatus::Failed));
    let info = source.client().execute(&QueryMigrate).unwrap();
    assert!(info.error_desc.is_some_and(|desc| desc.contains("nobody")));

    let uri = Some("nonsense".to_owned());
    let error = refusal(source.client().execute(&Migrate { uri, ..Migrate::default() }));
    assert_eq!(error, crate::generic("unknown migration protocol: nonsense"));
}
