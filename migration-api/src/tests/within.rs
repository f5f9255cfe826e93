//! Guests that call the engine from within their methods: no call waits for itself, whichever locks
//! the engine holds then.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::over::{Hooks, Over};
use super::*;
use crate::engine::machine::RunError;
use crate::guest::Disks;

thread_local! {
    /// True while a method calls the engine, which may call queries of the guest again.
    static CALLING: Cell<bool> = const { Cell::new(false) };
}

type Call = dyn Fn(&mut Option<Engine>, &str) + Send + Sync;

/// Calls the engine in every method.
struct Calls {
    engine: Mutex<Option<Engine>>,
    call: Box<Call>,
    made: AtomicUsize,
}

impl Calls {
    fn call(&self, what: &str) {
        if CALLING.replace(true) {
            return;
        }
        // Another thread calls the engine at the moment.
        if let Ok(mut engine) = self.engine.try_lock() {
            (self.call)(&mut engine, what);
            self.made.fetch_add(1, Ordering::SeqCst);
        }
        CALLING.set(false);
    }
}

impl Hooks for Calls {
    fn asked(&self, what: &str) {
        self.call(what);
    }

    fn disks(&self) -> Option<&dyn Disks> {
        Some(self)
    }
}

impl Disks for Calls {
    fn flush(&self) -> guest::Result<()> {
        self.call("flush");
        Ok(())
    }
    fn inactivate(&self) -> guest::Result<()> {
        self.call("inactivate");
        Ok(())
    }
    fn reopen(&self) -> guest::Result<()> {
        self.call("reopen");
        Ok(())
    }
}

fn calling(
    incoming: bool,
    capabilities: &[Capability],
    call: impl Fn(&mut Option<Engine>, &str) + Send + Sync + 'static,
) -> (Host, Arc<Over<Calls>>) {
    let machine = machine(if incoming { &[] } else { &[PATTERN, DIRTY] }, incoming);
    let hooks =
        Calls { engine: Mutex::default(), call: Box::new(call), made: AtomicUsize::default() };
    let guest = Arc::new(Over { machine: machine.clone(), hooks });
    let on = Capabilities::default().with(Capability::Events, true);
    let capabilities = capabilities.iter().fold(on, |set, &capability| set.with(capability, true));
    let engine =
        Engine::builder(guest.clone()).incoming(incoming).capabilities(capabilities).build();
    *guest.hooks.engine.lock().unwrap() = Some(engine.clone());
    let receive = engine.events();
    (Host { engine, machine, notices: Mutex::new(receive) }, guest)
}

const RETURN: &[Capability] = &[Capability::ReturnPath];
const POSTCOPY: &[Capability] = &[Capability::ReturnPath, Capability::PostcopyRam];

/// The methods in which the guest cannot be run or stopped.
const LOCKED: [&str; 8] =
    ["pause", "resume", "hand_over", "take_back", "reset", "flush", "inactivate", "reopen"];

/// Makes all calls that change nothing.
fn look(engine: &mut Option<Engine>, what: &str) {
    let Some(engine) = engine else { return };
    let _ = engine.set_capabilities([]);
    engine.set_parameters(|_| {}).unwrap();
    let _ = engine.proceed(Status::None);
    let _ = (engine.info(), engine.run_state(), engine.jobs(), engine.passes());
    let _ = engine.measure_dirty_rate(crate::dirty_rate::DirtyRateRequest::new(Duration::ZERO));
    if LOCKED.contains(&what) {
        let refused = Err(RunError::InGuest);
        assert_eq!(
            (engine.stop(), engine.cont(), engine.reset()),
            (refused.clone(), refused.clone(), refused)
        );
        engine.save_device_state("/dev/null").unwrap_err();
    }
}

/// Runs a test in a thread, and fails if it hangs.
fn ends(test: impl FnOnce() + Send + 'static) {
    let thread = std::thread::spawn(test);
    let end = Instant::now() + PATIENCE;
    while !thread.is_finished() {
        assert!(Instant::now() < end, "a call waits for itself");
        std::thread::sleep(Duration::from_millis(5));
    }
    thread.join().unwrap();
}

#[test]
fn every_method_may_call_the_engine() {
    for capabilities in [RETURN, POSTCOPY] {
        ends(move || {
            let (source, here) = calling(false, capabilities, look);
            let (target, there) = calling(true, capabilities, look);
            source.engine.cont().unwrap();
            source.engine.migrate(&target.listen()).unwrap();
            source.until(Status::Completed);
            target.until(Status::Completed);
            target.engine.stop().unwrap();
            assert!(here.hooks.made.load(Ordering::SeqCst) > 10);
            assert!(there.hooks.made.load(Ordering::SeqCst) > 5);
        });
    }
}

#[cfg(feature = "snapshot")]
#[test]
fn methods_may_call_the_engine_in_snapshots() {
    use crate::api::JobStatus;
    use crate::block::{Image, Nodes};
    ends(|| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("disk");
        std::fs::write(&path, [7; 512]).unwrap();
        let mut nodes = Nodes::default();
        nodes.add("d".into(), Some(Image::open(&path).unwrap().unwrap()));
        let (host, _) = calling(false, RETURN, |engine, what| {
            look(engine, what);
            if what == "save"
                && let Some(engine) = engine
            {
                assert_eq!(engine.stop(), Err(RunError::InGuest));
                let again = engine.snapshot_delete("x", "tag".into(), vec!["d".into()]);
                again.unwrap_err();
            }
        });
        host.engine.core.state().nodes = nodes;
        host.engine.cont().unwrap();
        let disk = || vec!["d".to_owned()];
        host.engine.snapshot_save("a", "tag".into(), "d".into(), disk()).unwrap();
        while host.engine.jobs()[0].status != JobStatus::Concluded {
            std::thread::sleep(Duration::from_millis(1));
        }
        host.engine.snapshot_load("b", "tag".into(), "d".into(), disk()).unwrap();
        while host.engine.jobs()[0].status != JobStatus::Concluded {
            std::thread::sleep(Duration::from_millis(1));
        }
        assert!(host.engine.jobs().iter().all(|job| job.error.is_none()));
        assert_eq!(host.engine.run_state(), RunState::Running);
    });
}

#[test]
fn every_method_may_end_the_engine() {
    let source = ["migration_begins", "start_log", "sync", "pause", "flush", "hand_over", "save"];
    let source = source.into_iter().chain(["migration_ends"]).map(|place| (place, false));
    let target = ["migration_begins", "load", "take_back", "reopen", "resume", "migration_ends"];
    let target = target.into_iter().map(|place| (place, true));
    for (place, at_target) in source.chain(target) {
        for drops in [false, true] {
            ends(move || {
                let end = move |engine: &mut Option<Engine>, what: &str| {
                    if what == place
                        && let Some(engine) = engine.take()
                        && !drops
                    {
                        engine.shutdown().join();
                    }
                };
                let idle = |_: &mut Option<Engine>, _: &str| {};
                let (source, here) = match at_target {
                    false => calling(false, RETURN, end),
                    true => calling(false, RETURN, idle),
                };
                let (target, there) = match at_target {
                    false => calling(true, RETURN, idle),
                    true => calling(true, RETURN, end),
                };
                source.engine.cont().unwrap();
                source.engine.migrate(&target.listen()).unwrap();
                let guests = if at_target { [there, here] } else { [here, there] };
                let (ended, other) = if at_target { (target, source) } else { (source, target) };
                let Host { engine, machine, notices } = ended;
                let lifetime = engine.core.lifetime.clone();
                drop((engine, notices));
                assert!(lifetime.wait(PATIENCE), "{place}");
                assert!(drops || !machine.is_running(), "{place}");
                other.until_one_of(&[Status::Completed, Status::Failed]);
                drop(machine);
                *guests[1].hooks.engine.lock().unwrap() = None;
                other.engine.shutdown().join();
                drop(other);
                for guest in guests {
                    assert_eq!(Arc::strong_count(&guest), 1, "{place}");
                }
            });
        }
    }
}

#[test]
fn commands_of_clients_may_end_the_engine_from_within() {
    for place in ["pause", "resume", "reset"] {
        ends(move || {
            let (host, _guest) = calling(false, RETURN, move |engine, what| {
                if what == place
                    && let Some(engine) = engine.take()
                {
                    engine.shutdown().join();
                }
            });
            // The engine ends once the method has returned.
            let _ = (host.engine.cont(), host.engine.reset(), host.engine.stop());
            host.engine.shutdown().join();
            assert_eq!(host.engine.run_state(), RunState::Shutdown);
            assert!(!host.machine.is_running());
        });
    }
}

#[test]
fn nothing_begins_after_the_end() {
    let source = host(&[PATTERN, DIRTY], false, RETURN, Parameters::default());
    let target = host(&[], true, RETURN, Parameters::default());
    let address = target.listen();
    source.engine.shutdown().join();
    let _ = source.engine.migrate(&address);
    assert!(source.engine.core.lifetime.wait(PATIENCE));
    assert_ne!(source.engine.info().status, Some(Status::Completed));
    assert_ne!(source.engine.run_state(), RunState::Postmigrate);
    let waiting = host(&[], true, RETURN, Parameters::default());
    waiting.engine.shutdown().join();
    let _ = waiting.engine.incoming(&"tcp:127.0.0.1:0".parse().unwrap());
    assert!(waiting.engine.core.lifetime.wait(PATIENCE));
}
