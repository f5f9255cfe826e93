//! The guest's owner if the connection breaks while the destination has the whole guest but has not
//! confirmed it.

use std::sync::mpsc::Sender;

use super::over::{Hooks, Over};
use super::*;
use crate::api::ShutdownCause;

/// Signals when the devices are about to be loaded, and waits for permission.
struct Holds {
    asked: Mutex<Sender<()>>,
    leave: Mutex<Receiver<()>>,
}

impl Hooks for Holds {
    fn asked(&self, what: &str) {
        if what == "load" {
            self.asked.lock().unwrap().send(()).unwrap();
            self.leave.lock().unwrap().recv().unwrap();
        }
    }
}

/// Starts a destination that loads its devices slowly. It signals the start, and continues on
/// demand.
fn slow(capabilities: &[Capability]) -> (Host, Receiver<()>, Sender<()>) {
    let machine = machine(&[], true);
    let ((asked, begins), (ends, leave)) = (channel(), channel());
    let hooks = Holds { asked: Mutex::new(asked), leave: Mutex::new(leave) };
    let guest = Arc::new(Over { machine: machine.clone(), hooks });
    let capabilities = capabilities
        .iter()
        .fold(Capabilities::default().with(Capability::Events, true), |set, &capability| {
            set.with(capability, true)
        });
    let engine = Engine::builder(guest).incoming(true).capabilities(capabilities).build();
    let receive = engine.events();
    (Host { engine, machine, notices: Mutex::new(receive) }, begins, ends)
}

#[test]
fn a_guest_taken_back_while_it_is_loaded_runs_at_its_source_alone() {
    for yank in [false, true] {
        let source =
            host(&[PATTERN, DIRTY], false, &[Capability::ReturnPath], Parameters::default());
        let (target, begins, ends) = slow(&[Capability::ReturnPath]);
        source.engine.cont().unwrap();
        source.engine.migrate(&target.listen()).unwrap();
        begins.recv_timeout(PATIENCE).unwrap();
        if yank {
            source.engine.yank();
            source.until(Status::Failed);
        } else {
            source.engine.cancel().unwrap();
            source.until(Status::Cancelled);
        }
        assert_eq!(source.error().as_deref(), Some("Channel error: Input/output error"));
        assert_eq!(source.engine.run_state(), RunState::Running);
        ends.send(()).unwrap();
        target.until(Status::Failed);
        assert_eq!(target.engine.run_state(), RunState::Inmigrate);
    }
}

#[test]
fn a_guest_whose_process_ends_while_it_is_loaded_never_runs() {
    for capabilities in [&[][..], &[Capability::PostcopyRam]] {
        let source = host(&[PATTERN, DIRTY], false, capabilities, Parameters::default());
        let (target, begins, ends) = slow(capabilities);
        source.engine.cont().unwrap();
        if !capabilities.is_empty() {
            // The migration must not complete before the switch.
            source.engine.core.state().parameters.max_bandwidth = 1 << 20;
        }
        source.engine.migrate(&target.listen()).unwrap();
        source.until(Status::Active);
        if !capabilities.is_empty() {
            source.engine.switch_to_postcopy().unwrap();
        }
        begins.recv_timeout(PATIENCE).unwrap();
        let _ = target
            .engine
            .shutdown_for(ShutdownCause::HostSignal)
            .join_timeout(Duration::from_secs(1));
        ends.send(()).unwrap();
        let Host { engine, machine, .. } = target;
        drop(engine);
        let end = Instant::now() + PATIENCE;
        while Arc::strong_count(&machine) > 1 {
            assert!(Instant::now() < end, "threads go on");
            std::thread::sleep(Duration::from_millis(1));
        }
        assert!(!machine.is_running());
    }
}

#[test]
fn a_guest_that_ended_during_the_switchover_is_not_run_again() {
    let capabilities = [Capability::ReturnPath, Capability::PauseBeforeSwitchover];
    let source = host(&[PATTERN], false, &capabilities, Parameters::default());
    let target = host(&[], true, &[Capability::ReturnPath], Parameters::default());
    source.engine.cont().unwrap();
    source.engine.migrate(&target.listen()).unwrap();
    source.until(Status::PreSwitchover);
    let _ =
        source.engine.shutdown_for(ShutdownCause::HostSignal).join_timeout(Duration::from_secs(1));
    let end = Instant::now() + PATIENCE;
    while source.engine.core.state().outgoing.machine.status() != Status::Cancelled {
        assert!(Instant::now() < end);
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(source.engine.run_state(), RunState::Shutdown);
    target.until(Status::Failed);
}
