//! Guests whose memory consists of huge pages: every kind of migration from and to such memory, on
//! hosts that have reserved some.

use super::*;
use crate::guests::MachineError;

/// Huge pages of the size that x86-64 has.
const HUGE: Backing = Backing::Memfd { shared: true, huge: Some(2 << 20) };

/// Returns a guest in huge pages, or `None` on a host without any to spare. With feature `qemu`,
/// the host has to have reserved some.
pub(super) fn made_or_missing<G>(made: Result<G, MachineError>) -> Option<G> {
    match made {
        Ok(guest) => Some(guest),
        Err(error) => {
            assert!(
                matches!(error, MachineError::Backing { .. } | MachineError::Store { .. }),
                "{error:?}"
            );
            if cfg!(feature = "qemu") {
                panic!("no huge pages to spare: {error}");
            }
            println!("not tested: no huge pages to spare: {error}");
            None
        }
    }
}

/// Starts a guest in huge pages. Returns `None` on a host without any, on which the start must
/// fail.
fn host_in(
    backing: Backing,
    workloads: &[&str],
    incoming: bool,
    capabilities: &[Capability],
    parameters: Parameters,
) -> Option<Host> {
    let made = Machine::new(MachineConfig { backing, ..config(workloads, incoming) });
    let machine = Arc::new(made_or_missing(made)?);
    let on = Capabilities::default().with(Capability::Events, true);
    let capabilities = capabilities.iter().fold(on, |set, &capability| set.with(capability, true));
    let engine = Engine::builder(machine.clone())
        .incoming(incoming)
        .capabilities(capabilities)
        .parameters(parameters)
        .build();
    let receive = engine.events();
    Some(Host { engine, machine, notices: Mutex::new(receive) })
}

/// Starts two sides, each in huge pages or not. Returns `None` if the host has no huge pages.
fn pair(
    [source, target]: [&Backing; 2],
    capabilities: &[Capability],
    parameters: Parameters,
) -> Option<(Host, Host)> {
    let target = host_in(target.clone(), &[], true, capabilities, Parameters::default())?;
    let source = host_in(source.clone(), &[PATTERN, DIRTY], false, capabilities, parameters)?;
    assert_eq!(target.machine.ram()[0].page_size.max(source.machine.ram()[0].page_size), 2 << 20);
    Some((source, target))
}

const SMALL: Backing = Backing::Anonymous { shared: false };

#[test]
fn precopy_brings_them() {
    let ways: [(_, &[_]); 3] = [
        ([&HUGE, &HUGE], &[Capability::Multifd]),
        ([&HUGE, &SMALL], &[]),
        ([&SMALL, &HUGE], &[Capability::ReturnPath]),
    ];
    for (ends, capabilities) in ways {
        let Some((source, target)) = pair(ends, capabilities, Parameters::default()) else {
            return;
        };
        arrives(&source, &target, || {});
    }
}

#[test]
fn a_destination_may_be_ready_for_postcopy_by_itself() {
    let Some(target) = host_in(HUGE, &[], true, &[Capability::PostcopyRam], Parameters::default())
    else {
        return;
    };
    let source = host(&[PATTERN, DIRTY], false, &[], Parameters::default());
    arrives(&source, &target, || {});
}

#[test]
fn postcopy_brings_each_as_a_whole() {
    let private = Backing::Memfd { shared: false, huge: Some(2 << 20) };
    let ways: [(_, &[_]); 2] = [
        (HUGE, &[Capability::PostcopyRam]),
        (private, &[Capability::PostcopyRam, Capability::PostcopyPreempt]),
    ];
    for (backing, capabilities) in ways {
        let parameters = Parameters { max_bandwidth: 1 << 20, ..Parameters::default() };
        let Some((source, target)) = pair([&backing, &backing], capabilities, parameters) else {
            return;
        };
        source.engine.cont().unwrap();
        source.engine.migrate(&target.listen()).unwrap();
        source.until(Status::Active);
        source.engine.switch_to_postcopy().unwrap();
        source.until(Status::PostcopyActive);
        source.until(Status::Completed);
        target.until(Status::Completed);
        goes_on(&source, &target);
    }
}

#[test]
fn postcopy_is_refused_where_the_pages_differ() {
    for ends in [[&HUGE, &SMALL], [&SMALL, &HUGE]] {
        let Some((source, target)) = pair(ends, &[Capability::PostcopyRam], Parameters::default())
        else {
            return;
        };
        source.engine.cont().unwrap();
        source.engine.migrate(&target.listen()).unwrap();
        source.until(Status::Failed);
        let seen = target.until(Status::Failed);
        let error = match target.notices.lock().unwrap().recv_timeout(PATIENCE) {
            Ok(Event::IncomingFailed(lines)) => lines.join("\n"),
            other => panic!("{other:?} after {seen:?}"),
        };
        assert!(error.contains("Postcopy needs matching RAM page sizes"), "{error}");
        assert_eq!(source.engine.run_state(), RunState::Running);
    }
}

#[test]
fn a_background_snapshot_is_the_guest_at_one_instant() {
    let capabilities = [Capability::BackgroundSnapshot];
    let busy = [PATTERN, "dirty,start=0,end=4M,rate=max"];
    let Some(source) = host_in(HUGE, &busy, false, &[], Parameters::default()) else { return };
    if let Err(error) =
        source.engine.set_capabilities(capabilities.map(|capability| (capability, true)))
    {
        println!("not tested: {error}");
        return;
    }
    source.engine.cont().unwrap();
    let target = host(&[], true, &[], Parameters::default());
    target.engine.stop().unwrap();
    source.engine.migrate(&target.listen()).unwrap();
    source.until(Status::Completed);
    target.until(Status::Completed);
    let count = target.machine.pages_dirtied();
    assert!(
        target.memory() == undisturbed(&[PATTERN], 0, 1024, count),
        "memory is of another instant"
    );
    source.engine.stop().unwrap();
    assert!(source.memory() == undisturbed(&[PATTERN], 0, 1024, source.machine.pages_dirtied()));
}
