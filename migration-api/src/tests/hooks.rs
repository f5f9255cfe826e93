//! The hooks around a migration: their order, and that begins and ends are paired.

use std::collections::HashSet;

use super::over::{Hooks, Over};
use super::*;
use crate::guest::{self, Disks, GuestEnd, GuestError, PostcopySupport, StopMode};

/// Notes the calls of hooks, and fails or panics in some methods.
#[derive(Default)]
struct Noted {
    calls: Arc<Mutex<Vec<String>>>,
    fails: HashSet<&'static str>,
    panics: HashSet<&'static str>,
    disks: NotedDisks,
    ended: Mutex<Option<GuestEnd>>,
    modes: Mutex<Vec<StopMode>>,
    refuses_postcopy: bool,
}

#[derive(Default)]
struct NotedDisks(Arc<Mutex<Vec<String>>>);

impl Disks for NotedDisks {
    fn flush(&self) -> guest::Result<()> {
        self.0.lock().unwrap().push("flush".into());
        Ok(())
    }
    fn inactivate(&self) -> guest::Result<()> {
        self.0.lock().unwrap().push("inactivate".into());
        Ok(())
    }
    fn reopen(&self) -> guest::Result<()> {
        self.0.lock().unwrap().push("reopen".into());
        Ok(())
    }
}

const NOTED: [&str; 8] = [
    "migration_begins",
    "ram",
    "pause",
    "hand_over",
    "save",
    "take_back",
    "resume",
    "migration_ends",
];

impl Hooks for Noted {
    fn asked(&self, what: &str) {
        if NOTED.contains(&what) {
            self.calls.lock().unwrap().push(what.into());
        }
        assert!(!self.panics.contains(what), "a test's guest cannot {what}");
    }
    fn fails(&self, what: &str) -> guest::Result<()> {
        match self.fails.contains(what) {
            true => Err(GuestError::new(format!("a test's guest cannot {what}"))),
            false => Ok(()),
        }
    }
    fn disks(&self) -> Option<&dyn Disks> {
        Some(&self.disks)
    }
    fn paused(&self, mode: StopMode) {
        self.modes.lock().unwrap().push(mode);
    }
    fn ended(&self) -> Option<GuestEnd> {
        *self.ended.lock().unwrap()
    }
    fn postcopy(&self) -> PostcopySupport {
        match self.refuses_postcopy {
            true => PostcopySupport::refused("vhost-user backend without postcopy"),
            false => PostcopySupport::Supported,
        }
    }
}

fn noted(incoming: bool, hooks: Noted) -> (Host, Arc<Over<Noted>>) {
    let machine = machine(if incoming { &[] } else { &[PATTERN, DIRTY] }, incoming);
    let hooks = Noted { disks: NotedDisks(hooks.calls.clone()), ..hooks };
    let guest = Arc::new(Over { machine: machine.clone(), hooks });
    let capabilities =
        Capabilities::default().with(Capability::Events, true).with(Capability::ReturnPath, true);
    let engine =
        Engine::builder(guest.clone()).incoming(incoming).capabilities(capabilities).build();
    let receive = engine.events();
    (Host { engine, machine, notices: Mutex::new(receive) }, guest)
}

/// Waits for the end of what began, and returns the calls so far.
fn calls(guest: &Over<Noted>) -> Vec<String> {
    let end = Instant::now() + PATIENCE;
    loop {
        let calls = guest.hooks.calls.lock().unwrap().clone();
        let count = |what: &str| calls.iter().filter(|call| *call == what).count();
        let refuses = guest.hooks.fails.contains("migration_begins");
        if refuses || count("migration_begins") == count("migration_ends") {
            return calls;
        }
        assert!(Instant::now() < end, "begun and not ended: {calls:?}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn disks_are_flushed_before_and_opened_after_the_handover() {
    let (source, here) = noted(false, Noted::default());
    let (target, there) = noted(true, Noted::default());
    source.engine.cont().unwrap();
    source.engine.migrate(&target.listen()).unwrap();
    source.until(Status::Completed);
    target.until(Status::Completed);
    let sent = [
        "resume",
        "migration_begins",
        "ram",
        "pause",
        "flush",
        "hand_over",
        "inactivate",
        "save",
        "migration_ends",
    ];
    assert_eq!(calls(&here), sent);
    let mut came = calls(&there);
    // The end of the stream and that of the migration come in either order.
    came.retain(|call| call != "migration_ends");
    assert_eq!(came, ["migration_begins", "ram", "take_back", "reopen", "resume"]);
    // A client may run a guest here again, by which it is taken back.
    here.hooks.calls.lock().unwrap().clear();
    source.engine.cont().unwrap();
    assert_eq!(calls(&here), ["take_back", "reopen", "resume"]);
}

#[test]
fn a_guest_is_taken_back_after_a_failure() {
    let hooks = Noted { fails: HashSet::from(["save"]), ..Noted::default() };
    let (source, guest) = noted(false, hooks);
    let target = host(&[], true, &[], Parameters::default());
    source.engine.cont().unwrap();
    source.engine.migrate(&target.listen()).unwrap();
    source.until(Status::Failed);
    let expected = [
        "resume",
        "migration_begins",
        "ram",
        "pause",
        "flush",
        "hand_over",
        "inactivate",
        "save",
        "take_back",
        "reopen",
        "resume",
        "migration_ends",
    ];
    assert_eq!(calls(&guest), expected);
}

#[test]
fn begin_and_end_are_paired_whatever_happens() {
    for place in ["migration_begins", "ram", "start_log", "sync", "pause", "hand_over", "save"] {
        for panics in [false, true] {
            let places = HashSet::from([place]);
            let hooks = match panics {
                true => Noted { panics: places, ..Noted::default() },
                false if place == "ram" => continue,
                false => Noted { fails: places, ..Noted::default() },
            };
            let (source, guest) = noted(false, hooks);
            source.engine.cont().unwrap();
            for _ in 0..2 {
                let target = host(&[], true, &[Capability::ReturnPath], Parameters::default());
                source.engine.migrate(&target.listen()).unwrap();
                source.until(Status::Failed);
                target.until(Status::Failed);
            }
            if panics && place == "migration_begins" {
                continue;
            }
            let ends = calls(&guest).iter().filter(|call| *call == "migration_ends").count();
            assert_eq!(ends, if place == "migration_begins" { 0 } else { 2 }, "{place}");
        }
    }
    for place in ["layout", "load"] {
        let hooks = Noted { panics: HashSet::from([place]), ..Noted::default() };
        let (target, guest) = noted(true, hooks);
        let source = host(&[PATTERN], false, &[Capability::ReturnPath], Parameters::default());
        source.engine.migrate(&target.listen()).unwrap();
        target.until(Status::Failed);
        source.until(Status::Failed);
        assert!(calls(&guest).contains(&"migration_ends".into()), "{place}");
    }
}

#[test]
fn a_state_that_the_guest_enters_itself_is_shown_and_kept() {
    let (host, guest) = noted(false, Noted::default());
    host.engine.cont().unwrap();
    for (end, state) in [
        (GuestEnd::Shutdown, RunState::Shutdown),
        (GuestEnd::InternalError, RunState::InternalError),
        (GuestEnd::Panicked, RunState::GuestPanicked),
    ] {
        *guest.hooks.ended.lock().unwrap() = Some(end);
        assert_eq!(host.engine.run_state(), state);
        let refused = host.engine.cont().unwrap_err().to_string();
        assert_eq!(refused, "Resetting the Virtual Machine is required");
    }
    *guest.hooks.ended.lock().unwrap() = None;
    assert_eq!(host.engine.run_state(), RunState::Running);
}

#[test]
fn a_guest_refuses_postcopy_to_it() {
    let (target, _) = noted(true, Noted { refuses_postcopy: true, ..Noted::default() });
    let refused = target.engine.set_capabilities([(Capability::PostcopyRam, true)]).unwrap_err();
    let words = "Postcopy is not supported: vhost-user backend without postcopy";
    assert_eq!(refused.to_string(), words);
    // As a source it can use postcopy.
    let (source, _) = noted(false, Noted { refuses_postcopy: true, ..Noted::default() });
    source.engine.set_capabilities([(Capability::PostcopyRam, true)]).unwrap();
}

#[test]
fn a_guest_whose_vcpus_may_be_asleep_is_not_waited_for() {
    let postcopy = [(Capability::PostcopyRam, true)];
    let (source, here) = noted(false, Noted::default());
    let (target, there) = noted(true, Noted::default());
    source.engine.set_capabilities(postcopy).unwrap();
    target.engine.set_capabilities(postcopy).unwrap();
    source
        .engine
        .set_parameters(|parameters| {
            parameters.max_bandwidth = 1 << 20;
            parameters.max_postcopy_bandwidth = 1 << 20;
            parameters.downtime_limit = 1;
        })
        .unwrap();
    source.engine.cont().unwrap();
    source.engine.migrate(&target.listen()).unwrap();
    source.until(Status::Active);
    source.engine.switch_to_postcopy().unwrap();
    let end = Instant::now() + PATIENCE;
    while target.engine.run_state() != RunState::Running {
        assert!(Instant::now() < end, "the guest does not run");
        std::thread::sleep(Duration::from_millis(1));
    }
    target.engine.stop().unwrap();
    assert_eq!(*there.hooks.modes.lock().unwrap(), [StopMode::MayBeAsleep]);
    target.engine.cont().unwrap();
    source.engine.set_parameters(|parameters| parameters.max_postcopy_bandwidth = 0).unwrap();
    source.until(Status::Completed);
    target.until(Status::Completed);
    target.engine.stop().unwrap();
    assert_eq!(*there.hooks.modes.lock().unwrap(), [StopMode::MayBeAsleep, StopMode::All]);
    assert_eq!(*here.hooks.modes.lock().unwrap(), [StopMode::All]);
}

#[cfg(feature = "snapshot")]
#[test]
fn disks_are_flushed_for_a_snapshot_and_opened_after_its_load() {
    use crate::api::JobStatus;
    use crate::block::{Image, Nodes};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("disk");
    std::fs::write(&path, [7; 512]).unwrap();
    let mut nodes = Nodes::default();
    nodes.add("d".into(), Some(Image::open(&path).unwrap().unwrap()));
    let machine = machine(&[PATTERN, DIRTY], false);
    let calls = Arc::default();
    let hooks = Noted { disks: NotedDisks(Arc::clone(&calls)), calls, ..Noted::default() };
    let guest = Arc::new(Over { machine, hooks });
    let engine = Engine::builder(guest.clone()).nodes(nodes).build();
    engine.cont().unwrap();
    let concluded = || {
        let end = Instant::now() + PATIENCE;
        while engine.jobs()[0].status != JobStatus::Concluded {
            assert!(Instant::now() < end, "the job does not end");
            std::thread::sleep(Duration::from_millis(1));
        }
        assert_eq!(engine.jobs()[0].error, None);
    };
    engine.snapshot_save("a", "tag".into(), "d".into(), vec!["d".into()]).unwrap();
    concluded();
    let saved = ["resume", "pause", "flush", "migration_begins", "ram", "save", "migration_ends"];
    let made = std::mem::take(&mut *guest.hooks.calls.lock().unwrap());
    assert_eq!(made, [&saved[..], &["resume"]].concat());
    engine.snapshot_load("b", "tag".into(), "d".into(), vec!["d".into()]).unwrap();
    concluded();
    let loaded = ["pause", "migration_begins", "ram", "migration_ends", "reopen", "resume"];
    assert_eq!(*guest.hooks.calls.lock().unwrap(), loaded);
}
