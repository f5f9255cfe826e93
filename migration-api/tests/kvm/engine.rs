//! Guests on KVM, each with an engine that answers on a socket.

use std::io::{BufRead, BufReader, Write};
use std::num::NonZeroU32;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use migration_api::api::{MigrationCapability as Capability, MigrationStatus as Status, RunState};
use migration_api::commands::commands;
use migration_api::engine::Engine;
use migration_api::guest::Guest;
use migration_api::guests::{KvmConfig, KvmGuest, Task};
use migration_api::transport::Address;
use qapi::server::Server;

/// Memory of each vCPU: more pages than its dirty ring holds, because a ring that logs each page
/// only once would never be full.
pub const REGION: u64 = 8 << 20;
pub const SIZE: u64 = 3 * REGION;

/// Time after which a wait fails its test, long enough for a slow host.
const PATIENCE: Duration = Duration::from_secs(120);

/// Returns the task of vCPU number `vcpu`.
pub fn task(vcpu: u64, halt_after: u64) -> Task {
    let start = (1 + vcpu) * REGION;
    Task { start, end: start + REGION, halt_after }
}

/// Makes a guest with two vCPUs, which halt after so many pages.
pub fn guest(ring: Option<u32>, halt_after: u64, incoming: bool) -> Arc<KvmGuest> {
    guest_with(ring, halt_after, false, incoming)
}

/// Makes the same, with interrupt controllers in the kernel or without.
pub fn guest_with(
    ring: Option<u32>,
    halt_after: u64,
    interrupt_controller: bool,
    incoming: bool,
) -> Arc<KvmGuest> {
    let guest = KvmGuest::new(KvmConfig {
        machine: "none".into(),
        block: "ram".into(),
        size: SIZE,
        tasks: vec![task(0, halt_after), task(1, halt_after)],
        dirty_ring: ring.and_then(NonZeroU32::new),
        interrupt_controller,
        incoming,
    });
    Arc::new(guest.unwrap())
}

/// Returns all of the guest's memory.
pub fn contents(guest: &KvmGuest) -> Vec<u8> {
    let mut bytes = vec![0; SIZE as usize];
    guest.ram()[0].memory.read(0, &mut bytes);
    bytes
}

/// Lists the pages that are not zero, without the payload.
pub fn pages_changed(guest: &KvmGuest) -> Vec<u64> {
    let pages = contents(guest);
    let pages = pages.chunks(4096).zip(0..).skip(2);
    pages.filter(|(page, _)| page.iter().any(|&byte| byte != 0)).map(|(_, number)| number).collect()
}

pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < end, "not in time: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A guest with its engine.
pub struct Running {
    pub guest: Arc<KvmGuest>,
    engine: Engine,
    socket: Mutex<BufReader<UnixStream>>,
}

impl Running {
    pub fn new(guest: Arc<KvmGuest>, incoming: bool) -> Self {
        let engine = Engine::builder(guest.clone()).incoming(incoming).build();
        let (ours, theirs) = UnixStream::pair().unwrap();
        let server = Server::builder(commands(), engine.clone()).build();
        std::thread::spawn(move || server.serve_socket(theirs));
        let running = Self { guest, engine, socket: Mutex::new(BufReader::new(ours)) };
        running.line();
        running.command("qmp_capabilities", "{}");
        running
    }

    fn line(&self) -> String {
        let mut line = String::new();
        self.socket.lock().unwrap().read_line(&mut line).unwrap();
        line
    }

    /// Runs a command and returns the unparsed reply, which may be an error.
    pub fn command(&self, name: &str, arguments: &str) -> String {
        let request = format!(r#"{{"execute": "{name}", "arguments": {arguments}}}"#);
        self.socket.lock().unwrap().get_mut().write_all(request.as_bytes()).unwrap();
        loop {
            let line = self.line();
            if !line.contains(r#""event": "#) {
                return line;
            }
        }
    }

    /// Runs the guest.
    pub fn run(&self) {
        self.engine.cont().unwrap();
    }

    /// Stops the guest.
    pub fn stop(&self) {
        self.engine.stop().unwrap();
    }

    pub fn run_state(&self) -> RunState {
        self.engine.run_state()
    }

    pub fn set(&self, capability: Capability) {
        self.engine.set_capabilities([(capability, true)]).unwrap();
    }

    /// Starts a migration to another guest.
    pub fn start_to(&self, destination: &Self) {
        destination.engine.incoming(&"tcp:127.0.0.1:0".parse().unwrap()).unwrap();
        self.engine.migrate(&destination.address()).unwrap();
    }

    /// Resumes a paused postcopy over another connection.
    pub fn resume_to(&self, destination: &Self) {
        destination.engine.recover_postcopy(&"tcp:127.0.0.1:0".parse().unwrap()).unwrap();
        self.engine.resume_postcopy(&destination.address()).unwrap();
    }

    /// Returns the address that it listens on.
    fn address(&self) -> Address {
        let info: serde_json::Value =
            serde_json::from_str(&self.command("query-migrate", "{}")).unwrap();
        let port = info["return"]["socket-address"][0]["port"].as_str().unwrap();
        format!("tcp:127.0.0.1:{port}").parse().unwrap()
    }

    /// Migrates to another guest.
    pub fn migrate_to(&self, destination: &Self) {
        self.start_to(destination);
        self.until_status(Status::Completed);
    }

    pub fn until_status(&self, status: Status) {
        let wanted = format!(r#""status": "{status}""#);
        until(&wanted, || {
            let info = self.command("query-migrate", "{}");
            assert!(info.contains(&wanted) || !info.contains(r#""status": "failed""#), "{info}");
            info.contains(&wanted)
        });
    }
}
