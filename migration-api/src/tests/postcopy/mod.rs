//! The guest is migrated before its memory, and broken connections cost no page.

mod package;
mod peer;

use peer::{End, PAGES, Peer};

use super::*;
use crate::engine::outgoing::OutgoingError;
use crate::random::Random;

/// Number of runs with broken connections.
const RUNS: u64 = 48;

const POSTCOPY: &[Capability] = &[Capability::PostcopyRam];
const PREEMPT: &[Capability] = &[Capability::PostcopyRam, Capability::PostcopyPreempt];

/// Starts a running source with background pages at `rate` bytes per second in postcopy.
fn source(capabilities: &[Capability], rate: u64) -> Host {
    // Slow enough that the switch falls into the first pass, and that precopy cannot complete.
    let parameters = Parameters {
        max_bandwidth: 1 << 20,
        max_postcopy_bandwidth: rate,
        downtime_limit: 1,
        ..Parameters::default()
    };
    let source = host(&[PATTERN, DIRTY], false, capabilities, parameters);
    source.engine.cont().unwrap();
    source
}

/// Checks that the destination has the memory that the source had when it stopped.
fn arrived(source: &Host, peer: &Peer) {
    assert_eq!(source.engine.run_state(), RunState::Postmigrate);
    let undisturbed = undisturbed(&[PATTERN], 1 << 20, 256, source.machine.pages_dirtied());
    assert!(source.memory() == undisturbed);
    assert!(peer.placed().memory == undisturbed);
    assert_eq!(peer.devices, ["timer", "migration-engine/workload", "globalstate"]);
}

fn statuses(notices: &[Event]) -> Vec<Status> {
    let status = |notice: &Event| match notice {
        Event::Migration(status) => Some(*status),
        _ => None,
    };
    notices.iter().filter_map(status).collect()
}

#[test]
fn requested_pages_come_first_and_in_order() {
    for capabilities in [POSTCOPY, PREEMPT] {
        // One page per 0.1 s.
        let source = source(capabilities, 1);
        let mut peer = Peer::new(&source, capabilities == PREEMPT);
        source.engine.migrate(&peer.address()).unwrap();
        let wanted: Vec<usize> = (0..16).map(|index| PAGES - 1 - 40 * index).collect();
        let mut ask = vec![wanted.clone()];
        let end = std::thread::scope(|scope| {
            let serving =
                scope.spawn(|| peer.serve(&source.engine, None, |_| ask.pop().unwrap_or_default()));
            source.until(Status::PostcopyActive);
            let run = source.engine.core.state().outgoing.run.clone().unwrap();
            while run.stats().postcopy_requests.get() < 16 {
                std::thread::yield_now();
            }
            source.engine.core.state().parameters.max_postcopy_bandwidth = 0;
            serving.join().unwrap()
        });
        assert_eq!(end, End::Complete);
        source.until(Status::Completed);
        arrived(&source, &peer);
        let placed = peer.placed();
        let came: Vec<usize> =
            placed.arrivals.iter().copied().filter(|page| wanted.contains(page)).collect();
        assert_eq!(came, wanted);
        assert!(placed.arrivals.iter().position(|page| *page == wanted[15]) < Some(PAGES / 2));
        let info = source.engine.info();
        let ram = info.ram.unwrap();
        assert_eq!((ram.postcopy_requests, ram.remaining, ram.downtime_bytes), (16, 0, 0));
        assert!(
            ram.postcopy_bytes > 0 && info.downtime.is_some() && info.expected_downtime.is_none()
        );
    }
}

#[test]
fn no_break_of_the_connection_costs_a_page() {
    let mut breaks = 0;
    for run in 0..RUNS {
        let mut random = Random::new(run);
        let capabilities = if run % 2 == 0 { POSTCOPY } else { PREEMPT };
        let source = source(capabilities, [0, 8 << 20][run as usize / 2 % 2]);
        let mut peer = Peer::new(&source, capabilities == PREEMPT);
        source.engine.migrate(&peer.address()).unwrap();
        loop {
            // Some breaks hit the handshake of a recovery, some come after the last page.
            let cut = match random.below(5) {
                0 => None,
                1 => Some(random.below(64) as u64),
                _ => Some(random.below(3 << 20) as u64),
            };
            let end = peer.serve(&source.engine, cut, |placed| match random.below(8) {
                0 => vec![random.below(PAGES)]
                    .into_iter()
                    .filter(|&page| !placed.received[page])
                    .collect(),
                _ => Vec::new(),
            });
            if end == End::Complete {
                break;
            }
            breaks += 1;
            source.until(Status::PostcopyPaused);
            assert!(source.error().is_some());
            assert_eq!(source.engine.run_state(), RunState::FinishMigrate);
            source.engine.resume_postcopy(&peer.address()).unwrap();
        }
        source.until(Status::Completed);
        assert_eq!(source.error(), None, "run {run}");
        arrived(&source, &peer);
    }
    assert!(breaks > RUNS / 4, "{breaks} breaks");
}

#[test]
fn a_pause_is_ended_by_the_user_alone() {
    let source = source(POSTCOPY, 1);
    let engine = &source.engine;
    assert_eq!(engine.switch_to_postcopy(), Err(OutgoingError::PostcopyTooEarly));
    assert_eq!(engine.pause_postcopy(), Err(OutgoingError::NotPausable));
    let mut peer = Peer::new(&source, false);
    engine.migrate(&peer.address()).unwrap();
    std::thread::scope(|scope| {
        let serving = scope.spawn(|| peer.serve(engine, None, |_| Vec::new()));
        let seen = source.until(Status::PostcopyActive);
        assert_eq!(statuses(&seen), [Status::Setup, Status::Active, Status::PostcopyActive]);
        assert!(seen.contains(&Event::Stop) && seen.contains(&Event::MigrationPass(2)));
        assert_eq!(engine.cancel(), Err(OutgoingError::InPostcopy));
        engine.pause_postcopy().unwrap();
        assert_eq!(statuses(&source.until(Status::PostcopyPaused)), [Status::PostcopyPaused]);
        assert_eq!(serving.join().unwrap(), End::Cut);
    });
    assert_eq!(source.error().as_deref(), Some("Postcopy migration is paused by the user"));
    assert_eq!(engine.cancel(), Err(OutgoingError::InPostcopy));
    assert_eq!(engine.pause_postcopy(), Err(OutgoingError::NotPausable));
    assert_eq!(engine.migrate(&peer.address()), Err(OutgoingError::Running));
    assert!(engine.cont().is_err());

    // A port without a listener.
    let gone = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
        .to_string();
    let gone = InetAddress { host: "127.0.0.1".into(), port: gone, ..Default::default() };
    engine.resume_postcopy(&Address::Inet(gone)).unwrap();
    source.until(Status::PostcopyPaused);
    assert!(source.error().unwrap().ends_with("Connection refused"), "{:?}", source.error());
    assert!(engine.resume_postcopy(&"fd:none".parse().unwrap()).is_err());

    // A listener that sends nothing.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port().to_string();
    let address =
        Address::Inet(InetAddress { host: "127.0.0.1".into(), port, ..Default::default() });
    engine.resume_postcopy(&address).unwrap();
    source.until(Status::PostcopyRecover);
    assert_eq!(source.error(), None);
    assert_eq!(engine.resume_postcopy(&peer.address()), Err(OutgoingError::NothingPaused));
    engine.pause_postcopy().unwrap();
    source.until(Status::PostcopyPaused);

    // A hanging attempt is replaced by the next one.
    let full = full();
    engine.resume_postcopy(&full.1).unwrap();
    engine.core.state().parameters.max_postcopy_bandwidth = 0;
    engine.resume_postcopy(&peer.address()).unwrap();
    assert_eq!(peer.serve(engine, None, |_| Vec::new()), End::Complete);
    let seen = source.until(Status::Completed);
    assert_eq!(
        statuses(&seen),
        [Status::PostcopyRecover, Status::PostcopyActive, Status::Completed]
    );
    arrived(&source, &peer);
}

/// Makes an address at which connecting hangs, because the backlog is full. It stays so as long as
/// the returned sockets live.
fn full() -> ((socket2::Socket, Vec<socket2::Socket>), Address) {
    use socket2::{Domain, Socket, Type};
    let listener = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    listener.bind(&"127.0.0.1:0".parse::<std::net::SocketAddr>().unwrap().into()).unwrap();
    listener.listen(0).unwrap();
    let address = listener.local_addr().unwrap();
    let connections = (0..4).map(|_| {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.set_nonblocking(true).unwrap();
        let _ = socket.connect(&address);
        socket
    });
    let connections = connections.collect();
    let port = address.as_socket().unwrap().port().to_string();
    let address =
        Address::Inet(InetAddress { host: "127.0.0.1".into(), port, ..Default::default() });
    ((listener, connections), address)
}

#[test]
fn the_guest_stays_at_the_source_until_the_destination_can_run_it() {
    let source = source(POSTCOPY, 0);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let address =
        Address::Inet(InetAddress { host: "127.0.0.1".into(), port, ..Default::default() });
    source.engine.migrate(&address).unwrap();
    let accepted = listener.accept().unwrap().0;
    source.until(Status::Active);
    // The peer reads nothing, so the package cannot be sent.
    source.engine.core.state().parameters.max_bandwidth = 0;
    let run = source.engine.core.state().outgoing.run.clone().unwrap();
    drop(accepted);
    source.engine.switch_to_postcopy().unwrap();
    source.until(Status::Failed);
    assert!(run.thread().is_none());
    assert_eq!(source.engine.run_state(), RunState::Running);
    source.engine.stop().unwrap();
    assert!(
        source.memory() == undisturbed(&[PATTERN], 1 << 20, 256, source.machine.pages_dirtied())
    );
}

#[test]
fn a_destination_that_cannot_load_the_devices_leaves_the_guest_where_it_is() {
    for capabilities in [POSTCOPY, &[Capability::PostcopyRam, Capability::ReleaseRam]] {
        let source = source(capabilities, 0);
        let mut peer = Peer::new(&source, false);
        peer.refuses = true;
        source.engine.migrate(&peer.address()).unwrap();
        assert_eq!(peer.serve(&source.engine, None, |_| Vec::new()), End::Cut);
        source.until(Status::Failed);
        assert_eq!(source.error().as_deref(), Some("Sibling indicated error 1"));
        assert_eq!(source.engine.run_state(), RunState::Running);
        source.engine.stop().unwrap();
        let undisturbed = undisturbed(&[PATTERN], 1 << 20, 256, source.machine.pages_dirtied());
        assert!(source.memory() == undisturbed);
    }
}

#[test]
fn sent_pages_are_freed() {
    let capabilities =
        [Capability::PostcopyRam, Capability::PostcopyPreempt, Capability::ReleaseRam];
    let source = source(&capabilities, 0);
    let mut peer = Peer::new(&source, true);
    source.engine.migrate(&peer.address()).unwrap();
    let mut ask = vec![vec![PAGES - 1, PAGES - 2]];
    let end = peer.serve(&source.engine, None, |_| ask.pop().unwrap_or_default());
    assert_eq!(end, End::Complete);
    source.until(Status::Completed);
    let undisturbed = undisturbed(&[PATTERN], 1 << 20, 256, source.machine.pages_dirtied());
    assert!(peer.placed().memory == undisturbed);
    let end = Instant::now() + PATIENCE;
    while source.memory().iter().any(|&byte| byte != 0) {
        assert!(Instant::now() < end, "memory is kept");
        std::thread::yield_now();
    }
    assert!(source.engine.resume_postcopy(&peer.address()).is_err());
}

#[test]
fn a_process_can_end_while_its_guest_is_elsewhere() {
    for paused in [false, true] {
        let source = source(PREEMPT, 1);
        let mut peer = Peer::new(&source, true);
        source.engine.migrate(&peer.address()).unwrap();
        std::thread::scope(|scope| {
            let serving = scope.spawn(|| peer.serve(&source.engine, None, |_| Vec::new()));
            source.until(Status::PostcopyActive);
            if paused {
                source.engine.pause_postcopy().unwrap();
                source.until(Status::PostcopyPaused);
            }
            let _ = source
                .engine
                .shutdown_for(crate::api::ShutdownCause::HostQmpQuit)
                .join_timeout(Duration::from_secs(1));
            assert_eq!(serving.join().unwrap(), End::Cut);
        });
        drop(peer);
        let Host { engine, machine, .. } = source;
        drop(engine);
        let end = Instant::now() + PATIENCE;
        while Arc::strong_count(&machine) > 1 {
            assert!(Instant::now() < end, "threads go on");
            std::thread::sleep(Duration::from_millis(1));
        }
        assert!(!machine.is_running());
    }
}
