//! Two engines in one process, with a migration between them.

mod adopted;
mod api;
mod background;
#[cfg(feature = "tls")]
#[path = "../../tests/common/certificates.rs"]
pub(crate) mod certificates;
#[cfg(feature = "colo")]
mod colo;
#[cfg(feature = "legacy-compress")]
mod compress;
mod device_state;
mod embedder;
mod ended;
mod equality;
mod failing;
mod faults;
mod hooks;
mod huge_pages;
mod live;
mod memory_access;
#[cfg(not(all(feature = "colo", feature = "legacy-compress", feature = "snapshot")))]
mod missing;
mod multifd;
mod multifd_faults;
mod odd_regions;
#[path = "../../tests/common/over.rs"]
pub(crate) mod over;
mod panics;
mod panics_beside;
mod postcopy;
mod ram;
#[path = "../../tests/common/relay.rs"]
mod relay;
mod switchover;
#[cfg(feature = "tls")]
mod tls;
mod two_blocks;
mod unplug;
mod verdict;
mod within;
mod xbzrle;
mod yanks;

use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::api::{MigrationCapability as Capability, MigrationStatus as Status, RunState};
use crate::core::Event;
use crate::core::receiver::EventReceiver;
use crate::engine::{Engine, EngineBuilder};
use crate::generation::Generation;
use crate::guest::Guest;
use crate::guests::{Backing, Machine, MachineConfig};
use crate::settings::Capabilities;
use crate::settings::Parameters;
use crate::state::Direction;
use crate::transport::{Address, Bound, Descriptors, Incoming, InetAddress, Stop};
use crate::{guest, guests};

/// Time after which a wait fails its test, long enough for a slow host.
const PATIENCE: Duration = Duration::from_secs(60);
const SIZE: u64 = 4 << 20;

struct Host {
    engine: Engine,
    machine: Arc<Machine>,
    notices: Mutex<EventReceiver>,
}

fn config(workloads: &[&str], incoming: bool) -> MachineConfig {
    MachineConfig {
        machine: "none".into(),
        uuid: None,
        block: "ram".into(),
        size: SIZE,
        backing: Backing::Anonymous { shared: false },
        workloads: workloads.iter().map(|text| text.parse().unwrap()).collect(),
        incoming,
        devices: Vec::new(),
        blockers: Vec::new(),
    }
}

pub(crate) fn machine(workloads: &[&str], incoming: bool) -> Arc<Machine> {
    Arc::new(Machine::new(config(workloads, incoming)).unwrap())
}

fn host(
    workloads: &[&str],
    incoming: bool,
    capabilities: &[Capability],
    parameters: Parameters,
) -> Host {
    host_with(workloads, incoming, capabilities, parameters, Generation::default())
}

fn host_with(
    workloads: &[&str],
    incoming: bool,
    capabilities: &[Capability],
    parameters: Parameters,
    generation: Generation,
) -> Host {
    let machine = machine(workloads, incoming);
    let builder = Engine::builder(machine.clone()).generation(generation);
    Host::of(builder, machine, incoming, capabilities, parameters)
}

impl Host {
    /// Builds an engine for `machine`, or for a guest around it. Capability `events` is on, too.
    fn of(
        builder: EngineBuilder,
        machine: Arc<Machine>,
        incoming: bool,
        capabilities: &[Capability],
        parameters: Parameters,
    ) -> Self {
        let on = Capabilities::default().with(Capability::Events, true);
        let all = capabilities.iter().fold(on, |set, &capability| set.with(capability, true));
        let engine = builder.incoming(incoming).capabilities(all).parameters(parameters).build();
        let notices = Mutex::new(engine.events());
        Self { engine, machine, notices }
    }

    /// Returns the notices up to a status.
    fn until(&self, status: Status) -> Vec<Event> {
        self.until_one_of(&[status])
    }

    /// Returns the notices up to one of several statuses.
    fn until_one_of(&self, ends: &[Status]) -> Vec<Event> {
        let notices = self.notices.lock().unwrap();
        let end = Instant::now() + PATIENCE;
        let mut seen = Vec::new();
        while !matches!(seen.last(), Some(Event::Migration(status)) if ends.contains(status)) {
            match notices.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(Event::IncomingFailed(reasons)) if !ends.contains(&Status::Failed) => {
                    panic!("{reasons:?}")
                }
                Ok(notice) => seen.push(notice),
                Err(_) => {
                    let last = &seen[seen.len().saturating_sub(9)..];
                    panic!("none of {ends:?} after {last:?}, error {:?}", self.error())
                }
            }
        }
        seen
    }

    fn error(&self) -> Option<String> {
        self.engine.core.state().outgoing.error.clone()
    }

    /// Listens, and returns the address.
    fn listen(&self) -> Address {
        self.listen_at(&"tcp:127.0.0.1:0".parse().unwrap())
    }

    /// Listens at an address, and returns the address for the source.
    fn listen_at(&self, address: &Address) -> Address {
        self.engine.incoming(address).unwrap();
        reached(&self.engine.core.state().incoming.bound[0])
    }

    /// Waits until a migration completes.
    fn completes(&self, direction: Direction) {
        let status = match direction {
            Direction::Outgoing => self.engine.core.state().outgoing.machine.status(),
            Direction::Incoming => self.engine.core.state().incoming.machine.status(),
        };
        if status != Status::Completed {
            self.until(Status::Completed);
        }
    }

    fn memory(&self) -> Vec<u8> {
        let mut bytes = vec![0; SIZE as usize];
        self.machine.ram()[0].memory.read(0, &mut bytes);
        bytes
    }
}

/// Returns the address at which a source reaches a listener.
fn reached(bound: &Bound) -> Address {
    match bound {
        Bound::Inet(bound) => {
            let (host, port) = (bound.ip().to_string(), bound.port().to_string());
            Address::Inet(InetAddress { host, port, ..Default::default() })
        }
        Bound::Unix(unix) => Address::Unix(unix.clone()),
        Bound::Vsock { cid, port } => {
            Address::Vsock { cid: cid.to_string(), port: port.to_string() }
        }
    }
}

/// Returns the memory of an undisturbed guest after `count` steps of the workload.
fn undisturbed(workloads: &[&str], start: usize, pages: usize, count: u64) -> Vec<u8> {
    let mut bytes = host(workloads, false, &[], Parameters::default()).memory();
    for step in 0..count {
        let at = start + (step as usize % pages) * 4096;
        bytes[at] = bytes[at].wrapping_add(1);
    }
    bytes
}

const PATTERN: &str = "pattern,seed=5,zero=40";
const DIRTY: &str = "dirty,start=1M,end=2M,rate=20000";

fn migrates(capabilities: &[Capability]) {
    let source = host(&[PATTERN, DIRTY], false, capabilities, Parameters::default());
    let target = host(&[], true, capabilities, Parameters::default());
    arrives(&source, &target, || {});
}

/// Migrates a running guest while `meanwhile` runs, and compares it with one that was never
/// migrated.
fn arrives(source: &Host, target: &Host, meanwhile: impl FnOnce()) {
    source.engine.cont().unwrap();
    source.engine.migrate(&target.listen()).unwrap();
    meanwhile();
    let seen = source.until(Status::Completed);
    assert_eq!(source.engine.run_state(), RunState::Postmigrate);
    let passes =
        seen.iter().filter(|notice| matches!(notice, Event::MigrationPass(_))).count() as u64;
    assert!(seen.contains(&Event::MigrationPass(passes)) && passes >= 2, "{seen:?}");
    assert_eq!(
        seen.iter().filter(|notice| **notice == Event::Resume).count(),
        1,
        "that of the start"
    );
    assert!(seen.contains(&Event::Stop));
    let arrived = target.until(Status::Completed);
    assert_eq!(
        arrived,
        [Status::Setup, Status::Active]
            .map(Event::Migration)
            .into_iter()
            .chain([Event::Resume, Event::Migration(Status::Completed)])
            .collect::<Vec<_>>()
    );
    goes_on(source, target);
}

/// Checks that a guest with [`PATTERN`] and [`DIRTY`] continues at the target as if it had never
/// been migrated.
fn goes_on(source: &Host, target: &Host) {
    assert_eq!(source.engine.run_state(), RunState::Postmigrate);
    let left = source.machine.pages_dirtied();
    works_on(target, left);
    assert!(source.memory() == undisturbed(&[PATTERN], 1 << 20, 256, left));
}

/// Checks that the guest continues at the target, after `left` pages.
fn works_on(target: &Host, left: u64) {
    assert_eq!(target.engine.run_state(), RunState::Running);
    let end = Instant::now() + PATIENCE;
    while target.machine.pages_dirtied() <= left {
        assert!(Instant::now() < end, "the workload does not go on");
        std::thread::sleep(Duration::from_millis(1));
    }
    target.engine.stop().unwrap();
    assert!(
        target.memory() == undisturbed(&[PATTERN], 1 << 20, 256, target.machine.pages_dirtied())
    );
}

#[test]
fn a_running_guest_goes_on_at_the_destination() {
    migrates(&[]);
}

#[test]
fn a_running_guest_goes_on_with_a_return_path() {
    migrates(&[Capability::ReturnPath, Capability::SwitchoverAck]);
}

#[test]
fn a_pause_before_the_switchover_can_be_ended_and_cancelled() {
    let source =
        host(&[PATTERN], false, &[Capability::PauseBeforeSwitchover], Parameters::default());
    source.engine.cont().unwrap();
    let lost = host(&[], true, &[], Parameters::default());
    source.engine.migrate(&lost.listen()).unwrap();
    source.until(Status::PreSwitchover);
    assert!(source.engine.proceed(Status::Device).is_err());
    assert!(source.engine.cont().is_err());
    source.engine.cancel().unwrap();
    let seen = source.until(Status::Cancelled);
    assert_eq!(
        seen,
        [Event::Migration(Status::Cancelling), Event::Resume, Event::Migration(Status::Cancelled)]
    );
    assert_eq!(source.error().as_deref(), Some("Channel error: Input/output error"));
    assert_eq!(source.engine.run_state(), RunState::Running);
    lost.until(Status::Failed);
    assert_eq!(lost.engine.run_state(), RunState::Inmigrate);

    let target = host(&[], true, &[], Parameters::default());
    source.engine.migrate(&target.listen()).unwrap();
    source.until(Status::PreSwitchover);
    source.engine.proceed(Status::PreSwitchover).unwrap();
    source.until(Status::Completed);
    target.until(Status::Completed);
    assert!(target.memory() == source.memory());
}

#[test]
fn cancelling_while_connecting_leaves_everything_as_it_was() {
    let source = host(&[], false, &[], Parameters::default());
    // No connection is accepted, and the backlog of one is full.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let listener =
        socket2::Socket::new(socket2::Domain::UNIX, socket2::Type::STREAM, None).unwrap();
    listener.bind(&socket2::SockAddr::unix(&path).unwrap()).unwrap();
    listener.listen(0).unwrap();
    let _queued = std::os::unix::net::UnixStream::connect(&path).unwrap();
    let address: Address = format!("unix:{}", path.display()).parse().unwrap();
    for _ in 0..3 {
        source.engine.migrate(&address).unwrap();
        source.engine.cancel().unwrap();
        source.until(Status::Cancelled);
    }
    assert_eq!(source.engine.run_state(), RunState::Prelaunch);
}

#[test]
fn a_destination_that_says_no_leaves_the_guest_at_the_source() {
    let source = host(
        &[PATTERN, DIRTY],
        false,
        &[Capability::ReturnPath, Capability::XIgnoreShared],
        Parameters::default(),
    );
    let target = host(&[], true, &[Capability::ReturnPath], Parameters::default());
    source.engine.cont().unwrap();
    source.engine.migrate(&target.listen()).unwrap();
    source.until(Status::Failed);
    target.until(Status::Failed);
    assert!(source.error().is_some());
    source.engine.stop().unwrap();
    assert_eq!(source.engine.run_state(), RunState::Paused);
    assert!(
        source.memory() == undisturbed(&[PATTERN], 1 << 20, 256, source.machine.pages_dirtied())
    );
}

#[test]
fn a_limit_keeps_the_bandwidth_down_and_can_be_lifted() {
    let parameters = Parameters { max_bandwidth: 1 << 20, ..Parameters::default() };
    let source = host(&[PATTERN], false, &[], parameters);
    let target = host(&[], true, &[], Parameters::default());
    source.engine.migrate(&target.listen()).unwrap();
    source.until(Status::Active);
    std::thread::sleep(Duration::from_millis(300));
    let run = source.engine.core.state().outgoing.run.clone().unwrap();
    let (sent, elapsed) = (run.stats().transferred.get(), run.stats().times().total());
    assert!(
        sent as f64 <= (1 << 20) as f64 * (elapsed.as_secs_f64() + 0.3),
        "{sent} in {elapsed:?}"
    );
    source.engine.core.state().parameters.max_bandwidth = 0;
    source.until(Status::Completed);
    target.until(Status::Completed);
    assert!(target.memory() == source.memory());
    assert_eq!(target.engine.run_state(), RunState::Prelaunch);
}
