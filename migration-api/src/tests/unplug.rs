//! Devices that the guest unplugs before a migration, and disks that are not copied.

use super::*;
use crate::api::MigrateSetParameters;

fn with_primary() -> Host {
    let machine = Machine::new(config(&[PATTERN], false)).unwrap();
    let machine = Arc::new(machine.with_primaries(["hostdev0".into()]));
    let capabilities = Capabilities::default().with(Capability::Events, true);
    let engine = Engine::builder(machine.clone()).capabilities(capabilities).build();
    let receive = engine.events();
    Host { engine, machine, notices: Mutex::new(receive) }
}

#[test]
fn a_migration_waits_until_the_guest_has_let_go() {
    let source = with_primary();
    let target = host(&[], true, &[], Parameters::default());
    // A stopped guest does not unplug.
    source.engine.migrate(&target.listen()).unwrap();
    assert_eq!(
        source.until(Status::WaitUnplug),
        [
            Event::Migration(Status::Setup),
            Event::UnplugPrimary("hostdev0".into()),
            Event::MigrationPass(1),
            Event::Migration(Status::WaitUnplug)
        ]
    );
    source.engine.cont().unwrap();
    source.until(Status::Completed);
    target.until(Status::Completed);
    assert!(source.machine.plugged().is_empty());
    assert!(target.memory() == source.memory());
}

#[test]
fn a_cancelled_migration_gives_devices_back_once_they_are_gone() {
    let source = with_primary();
    let target = host(&[], true, &[], Parameters::default());
    source.engine.migrate(&target.listen()).unwrap();
    source.until(Status::WaitUnplug);
    source.engine.cancel().unwrap();
    source.until(Status::Cancelling);
    source.engine.cont().unwrap();
    source.until(Status::Cancelled);
    assert_eq!(source.machine.plugged(), ["hostdev0"]);
    target.until(Status::Failed);
    // The next attempt asks again.
    let target = host(&[], true, &[], Parameters::default());
    source.engine.migrate(&target.listen()).unwrap();
    let seen = source.until(Status::Completed);
    assert!(seen.contains(&Event::UnplugPrimary("hostdev0".into())));
    assert!(
        !seen.contains(&Event::Migration(Status::WaitUnplug)),
        "a running guest lets go at once"
    );
    target.until(Status::Completed);
}

#[test]
fn a_failed_migration_gives_devices_back() {
    let source = with_primary();
    source.engine.cont().unwrap();
    source
        .engine
        .set_capabilities([(Capability::ReturnPath, true), (Capability::XIgnoreShared, true)])
        .unwrap();
    let target = host(&[], true, &[Capability::ReturnPath], Parameters::default());
    source.engine.migrate(&target.listen()).unwrap();
    source.until(Status::Failed);
    target.until(Status::Failed);
    assert_eq!(source.machine.plugged(), ["hostdev0"]);
}

#[test]
fn disks_are_not_copied() {
    let source = host(&[], false, &[], Parameters::default());
    let address: Address = "tcp:127.0.0.1:1".parse().unwrap();
    let refused =
        |disks| source.engine.check_migrate(&address, false, disks).unwrap_err().to_string();
    assert_eq!(source.engine.check_migrate(&address, false, false), Ok(()));
    assert_eq!(refused(true), "QEMU compiled without old-style (blk/-b, inc/-i) block migration");
    let capabilities = source.engine.core.state().capabilities;
    let change =
        MigrateSetParameters { block_incremental: Some(true), ..MigrateSetParameters::default() };
    source.engine.set_parameters(|parameters| parameters.apply(change.clone())).unwrap();
    assert_eq!(
        refused(true),
        "Command options are incompatible with current migration capabilities"
    );
    source.engine.core.state().capabilities = capabilities.with(Capability::XColo, true);
    assert_eq!(refused(true), "No disk migration is required in COLO mode");
    let resumed = source.engine.check_migrate(&address, true, true).unwrap_err().to_string();
    assert_eq!(resumed, "Cannot resume if there is no paused migration");
}
