//! KVM guests in postcopy: they run before their memory has arrived, and are stopped and continued
//! while a vCPU waits for a page.

use migration_api::api::{MigrationCapability as Capability, MigrationStatus as Status, RunState};
use migration_api::guest::Guest;

use crate::engine::{self, Running, SIZE, contents, guest_with};

/// Number of pages that each vCPU dirties before it halts: most of them at the destination.
const PAGES: u64 = 5000;

/// The guest's memory without the clocks of its vCPUs.
fn memory(running: &Running) -> Vec<u8> {
    contents(&running.guest)[4096..].to_vec()
}

/// Makes a guest whose pages all differ, so that they take long to send.
fn filled(controller: bool) -> Running {
    let guest = guest_with(None, PAGES, controller, false);
    for page in 2..SIZE / 4096 {
        let bytes: Vec<u8> = (0..4096).map(|at| (page * 31 + at * 7) as u8 | 1).collect();
        guest.ram()[0].memory.write(page * 4096, &bytes);
    }
    Running::new(guest, false)
}

/// Runs the guest without a migration, and returns its memory.
fn undisturbed(controller: bool) -> Vec<u8> {
    let alone = filled(controller);
    alone.run();
    engine::until("every vCPU has halted", || alone.guest.is_halted());
    alone.stop();
    memory(&alone)
}

/// Migrates up to the switch to postcopy. Few pages arrive unless the guest asks for them.
fn switch(controller: bool, capabilities: &[Capability]) -> (Running, Running) {
    let source = filled(controller);
    let destination = Running::new(guest_with(None, PAGES, controller, true), true);
    for side in [&source, &destination] {
        capabilities.iter().for_each(|&capability| side.set(capability));
    }
    source.command(
        "migrate-set-parameters",
        r#"{"max-bandwidth": 1048576, "max-postcopy-bandwidth": 4194304, "downtime-limit": 1}"#,
    );
    // It is to have most of its work left.
    source.guest.throttle(99).unwrap();
    source.run();
    source.start_to(&destination);
    source.until_status(Status::Active);
    source.command("migrate-start-postcopy", "{}");
    destination.until_status(Status::PostcopyActive);
    (source, destination)
}

/// Lets the migration end, and compares the guest with one that was not migrated.
fn arrives(source: &Running, destination: &Running, controller: bool, expected: &[u8]) {
    source.command("migrate-set-parameters", r#"{"max-postcopy-bandwidth": 0}"#);
    source.until_status(Status::Completed);
    destination.until_status(Status::Completed);
    assert!(source.guest.progress(0) < PAGES, "the work was done at the source");
    engine::until("every vCPU has halted", || destination.guest.is_halted());
    assert_eq!(destination.run_state(), RunState::Running);
    destination.stop();
    let has_clocks =
        |running: &Running| contents(&running.guest)[..64].iter().any(|&byte| byte != 0);
    assert_eq!(has_clocks(destination), controller);
    for vcpu in [0, 1] {
        assert_eq!(destination.guest.progress(vcpu), PAGES);
    }
    let got = memory(destination);
    let differs = (0..SIZE as usize / 4096 - 1)
        .find(|page| got[page * 4096..][..4096] != expected[page * 4096..][..4096]);
    assert_eq!(differs, None, "page that differs, without the first");
    let info = source.command("query-migrate", "{}");
    assert!(!info.contains(r#""postcopy-requests": 0"#) && info.contains("postcopy-requests"));
}

#[test]
fn a_guest_runs_before_its_memory_is_there() {
    for controller in [false, true] {
        let expected = undisturbed(controller);
        for capabilities in [
            &[Capability::PostcopyRam][..],
            &[Capability::PostcopyRam, Capability::PostcopyPreempt],
        ] {
            let (source, destination) = switch(controller, capabilities);
            arrives(&source, &destination, controller, &expected);
        }
    }
}

#[test]
fn a_guest_stops_and_goes_on_while_its_pages_cannot_come() {
    for controller in [false, true] {
        let expected = undisturbed(controller);
        let (source, destination) = switch(controller, &[Capability::PostcopyRam]);
        // A status does not tell that the devices have been loaded.
        engine::until("the guest runs", || destination.run_state() == RunState::Running);
        source.command("migrate-pause", "{}");
        source.until_status(Status::PostcopyPaused);
        destination.until_status(Status::PostcopyPaused);
        for _ in 0..3 {
            // By now, each vCPU waits for a page.
            assert!(destination.command("stop", "{}").contains("return"));
            assert_eq!(destination.run_state(), RunState::Paused);
            assert!(destination.command("cont", "{}").contains("return"));
            assert_eq!(destination.run_state(), RunState::Running);
        }
        source.resume_to(&destination);
        arrives(&source, &destination, controller, &expected);
    }
}
