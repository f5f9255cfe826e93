//! Background snapshots: the snapshot holds the guest at one instant, and the guest runs on.

use std::sync::OnceLock;

use super::*;
use crate::settings::CapabilityError;

const PRIVATE: Backing = Backing::Anonymous { shared: false };

/// Memory, and the number of pages that the workload had dirtied.
type Instantly = (Vec<u8>, u64);

/// Makes a guest that records its memory when it is stopped for the first time.
fn remembering(workloads: &[&str], backing: Backing) -> (Host, Arc<Mutex<Option<Instantly>>>) {
    let machine =
        Arc::new(Machine::new(MachineConfig { backing, ..config(workloads, false) }).unwrap());
    let at_stop = Arc::new(Mutex::new(None));
    let observer = {
        let (machine, at_stop) = (machine.clone(), at_stop.clone());
        move |event: &Event, _: bool| {
            if *event == Event::Stop {
                let mut bytes = vec![0; SIZE as usize];
                machine.ram()[0].memory.read(0, &mut bytes);
                at_stop.lock().unwrap().get_or_insert((bytes, machine.pages_dirtied()));
            }
        }
    };
    let capabilities = Capabilities::default().with(Capability::Events, true);
    let engine = Engine::builder(machine.clone()).capabilities(capabilities).build();
    engine.observe(Arc::new(observer));
    let receive = engine.events();
    (Host { engine, machine, notices: Mutex::new(receive) }, at_stop)
}

/// Returns true if this host can protect memory. Prints a message if not.
fn possible(host: &Host) -> bool {
    match host.engine.set_capabilities([(Capability::BackgroundSnapshot, true)]) {
        Ok(()) => true,
        Err(error) => {
            assert!(matches!(
                error,
                CapabilityError::SnapshotKernel | CapabilityError::SnapshotMemory
            ));
            static TOLD: OnceLock<()> = OnceLock::new();
            TOLD.get_or_init(|| eprintln!("not tested here: {error}"));
            false
        }
    }
}

/// Loads the snapshot from `address` in the target, and compares it with the instant.
fn compare(target: &Host, instant: &Instantly) {
    target.until(Status::Completed);
    assert_eq!(target.engine.run_state(), RunState::Paused);
    assert_eq!(target.machine.pages_dirtied(), instant.1);
    assert!(target.memory() == instant.0);
}

#[test]
fn a_snapshot_is_the_guest_at_one_instant() {
    let folder = tempfile::tempdir().unwrap();
    // The workload dirties a quarter of memory as fast as possible, so that the snapshot copies
    // pages.
    let workloads = [PATTERN, "dirty,start=1M,end=2M,rate=max"];
    for round in 0..8 {
        // Kernels that cannot protect shared memory report it.
        let backing = match round / 2 {
            0 => PRIVATE,
            1 => Backing::Anonymous { shared: true },
            shared => Backing::Memfd { shared: shared == 2, huge: None },
        };
        let (source, at_stop) = remembering(&workloads, backing);
        if !possible(&source) {
            return;
        }
        source.engine.cont().unwrap();
        let target = host(&[], true, &[], Parameters::default());
        target.engine.stop().unwrap();
        let path = folder.path().join(format!("image{round}"));
        let file = Address::File { path: path.display().to_string(), offset: 0 };
        let address = if round % 2 == 0 { file.clone() } else { target.listen() };
        source.engine.migrate(&address).unwrap();
        let seen = source.until(Status::Completed);
        assert_eq!(
            seen,
            [
                Event::Resume,
                Event::Migration(Status::Setup),
                Event::Migration(Status::Active),
                Event::Stop,
                Event::Resume,
                Event::Migration(Status::Completed),
            ]
        );
        assert_eq!(source.engine.run_state(), RunState::Running);
        let run = source.engine.core.state().outgoing.run.clone().unwrap();
        assert_eq!((run.stats().remaining.get(), run.stats().dirty_sync_count.get()), (0, 0));
        assert_eq!(run.stats().normal.get() + run.stats().duplicate.get(), SIZE / 4096);
        if round % 2 == 0 {
            target.engine.incoming(&file).unwrap();
        }
        let instant = at_stop.lock().unwrap().take().unwrap();
        compare(&target, &instant);
        // The guest has run on, and its memory is right.
        let count = source.machine.pages_dirtied();
        while source.machine.pages_dirtied() <= count {
            std::thread::yield_now();
        }
        source.engine.stop().unwrap();
        let count = source.machine.pages_dirtied();
        assert!(count > instant.1);
        assert!(source.memory() == undisturbed(&[PATTERN], 1 << 20, 256, count));
    }
}

#[test]
fn a_guest_can_be_stopped_while_the_snapshot_is_not_read() {
    // More than the socket and the copies can hold.
    let memory =
        MachineConfig { size: 96 << 20, ..config(&["dirty,start=0,end=96M,rate=max"], false) };
    let machine = Arc::new(Machine::new(memory).unwrap());
    let capabilities = Capabilities::default().with(Capability::Events, true);
    let engine = Engine::builder(machine.clone()).capabilities(capabilities).build();
    let receive = engine.events();
    let source = Host { engine, machine, notices: Mutex::new(receive) };
    if !possible(&source) {
        return;
    }
    source.engine.cont().unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let address =
        Address::Inet(InetAddress { host: "127.0.0.1".into(), port, ..Default::default() });
    source.engine.migrate(&address).unwrap();
    source.until(Status::Active);
    // The result must be the same if the guest waits already and if not.
    std::thread::sleep(Duration::from_millis(200));
    source.engine.stop().unwrap();
    source.engine.cont().unwrap();
    source.engine.cancel().unwrap();
    source.until(Status::Cancelled);
    assert_eq!(source.engine.run_state(), RunState::Running);
    source.engine.stop().unwrap();
    let count = source.machine.pages_dirtied();
    let (pages, mut page) = (96 << 8, [0; 4096]);
    for number in 0..pages {
        source.machine.ram()[0].memory.read(number * 4096, &mut page);
        let turns = count / pages + u64::from(number < count % pages);
        assert!(page[0] == turns as u8 && page[1..].iter().all(|&byte| byte == 0), "{number}");
    }
}

#[test]
fn a_paused_guest_is_saved_without_events() {
    let (source, _) = remembering(&[PATTERN], PRIVATE);
    if !possible(&source) {
        return;
    }
    let target = host(&[], true, &[], Parameters::default());
    source.engine.migrate(&target.listen()).unwrap();
    let seen = source.until(Status::Completed);
    assert_eq!(seen, [Status::Setup, Status::Active, Status::Completed].map(Event::Migration));
    assert_eq!(source.engine.run_state(), RunState::Prelaunch);
    target.until(Status::Completed);
    assert_eq!(target.engine.run_state(), RunState::Prelaunch);
    assert!(target.memory() == source.memory());
    // The guest is still here, and can be migrated.
    source.engine.set_capabilities([(Capability::BackgroundSnapshot, false)]).unwrap();
    let next = host(&[], true, &[], Parameters::default());
    source.engine.migrate(&next.listen()).unwrap();
    source.until(Status::Completed);
    next.until(Status::Completed);
}

#[test]
fn memory_on_a_disk_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let backing = Backing::File { path: folder.path().join("ram"), shared: true };
    let (source, _) = remembering(&[], backing);
    let switched = source.engine.set_capabilities([(Capability::BackgroundSnapshot, true)]);
    // Temporary folders may lie in memory, which can be protected.
    const TMPFS: i64 = 0x0102_1994;
    let on_disk = rustix::fs::statfs(folder.path()).is_ok_and(|stat| stat.f_type != TMPFS);
    if on_disk && crate::source::is_supported(source.machine.memory_access()) {
        let text = "Background-snapshot is not compatible with guest memory configuration";
        assert_eq!(switched.unwrap_err().to_string(), text);
    }
}
