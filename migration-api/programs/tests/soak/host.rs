//! A guest with its engine and a monitor, in this process.

use std::io::{BufRead, BufReader, IoSlice, Write};
use std::mem::MaybeUninit;
use std::net::Shutdown;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use migration_api::block::{Image, Nodes};
use migration_api::commands::{commands, forward_events};
use migration_api::engine::Engine;
use migration_api::guest::Guest;
use migration_api::guests::{Backing, Machine, MachineConfig};
use qapi::qmp::Monitor;
use qapi::server::Server;
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::certificates::{Authority, CLIENT, SERVER};

/// Time after which a wait fails the test, long enough for a slow host.
const PATIENCE: Duration = Duration::from_secs(120);

const SIZE: u64 = 4 << 20;
/// Start of the region that the workload dirties.
const BUSY: usize = 1 << 20;
const BUSY_PAGES: u64 = 256;

/// The test's folder, and the guest's initial memory.
pub struct Place {
    pub folder: TempDir,
    first: Vec<u8>,
}

impl Place {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("disk"), vec![7; 1 << 20]).unwrap();
        let authority = Authority::new("authority");
        authority.issue(folder.path(), SERVER);
        authority.issue(folder.path(), CLIENT);
        Self { first: contents(&machine(false)), folder }
    }

    pub fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }
}

fn machine(incoming: bool) -> Machine {
    let workloads: &[&str] = if incoming {
        &[]
    } else {
        &["pattern,seed=5,zero=40", "dirty,start=1M,end=2M,rate=20000"]
    };
    let config = MachineConfig {
        machine: "none".into(),
        uuid: None,
        block: "ram".into(),
        size: SIZE,
        backing: Backing::Anonymous { shared: false },
        workloads: workloads.iter().map(|text| text.parse().unwrap()).collect(),
        incoming,
        devices: Vec::new(),
        blockers: Vec::new(),
    };
    Machine::new(config).unwrap()
}

fn contents(machine: &Machine) -> Vec<u8> {
    let mut bytes = vec![0; SIZE as usize];
    machine.ram()[0].memory.read(0, &mut bytes);
    bytes
}

/// One host. Dropping it stops the engine and its threads.
pub struct Host {
    machine: Arc<Machine>,
    socket: BufReader<UnixStream>,
    serving: Option<JoinHandle<()>>,
    /// Names of the events so far.
    events: Vec<String>,
}

impl Host {
    /// Starts the first host, whose guest runs.
    pub fn first(place: &Place) -> Self {
        let mut host = Self::new(place, false);
        host.command("cont", json!({}));
        host
    }

    /// Starts a host that waits for the guest, with these capabilities.
    pub fn waiting(place: &Place, capabilities: &[&str]) -> Self {
        let mut host = Self::new(place, true);
        host.capabilities(capabilities, true);
        host
    }

    fn new(place: &Place, incoming: bool) -> Self {
        let machine = Arc::new(machine(incoming));
        let mut nodes = Nodes::default();
        nodes.add("disk".into(), Image::open(&place.folder.path().join("disk")).unwrap());
        let monitor = Arc::new(Monitor::builder().build());
        let engine = Engine::builder(machine.clone()).incoming(incoming).nodes(nodes).build();
        forward_events(&engine, monitor.clone());
        let server = Server::builder(commands(), engine).monitor(monitor).build();
        let (ours, theirs) = UnixStream::pair().unwrap();
        ours.set_read_timeout(Some(PATIENCE)).unwrap();
        let serving = Some(std::thread::spawn(move || server.serve_socket(theirs)));
        let mut host = Self { machine, socket: BufReader::new(ours), serving, events: Vec::new() };
        host.line();
        host.command("qmp_capabilities", json!({}));
        host.parameters(json!({"max-bandwidth": 0}));
        host
    }

    /// Passes a named file descriptor.
    pub fn give(&mut self, name: &str, fd: impl Into<OwnedFd>) {
        let request = json!({"execute": "getfd", "arguments": {"fdname": name}}).to_string();
        let fd = fd.into();
        let fds = [fd.as_fd()];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        assert!(control.push(SendAncillaryMessage::ScmRights(&fds)));
        let bytes = [IoSlice::new(request.as_bytes())];
        let sent =
            sendmsg(self.socket.get_ref(), &bytes, &mut control, SendFlags::empty()).unwrap();
        assert_eq!(sent, request.len());
        self.answer().unwrap();
    }

    fn line(&mut self) -> Value {
        let mut line = String::new();
        assert!(self.socket.read_line(&mut line).unwrap() > 0, "the monitor has ended");
        serde_json::from_str(&line).unwrap()
    }

    /// Runs a command. Returns the error's description if it is refused.
    pub fn try_command(&mut self, name: &str, arguments: Value) -> Result<Value, String> {
        let request = json!({"execute": name, "arguments": arguments}).to_string();
        self.socket.get_mut().write_all(request.as_bytes()).unwrap();
        self.answer()
    }

    fn answer(&mut self) -> Result<Value, String> {
        loop {
            let mut line = self.line();
            if let Some(event) = line["event"].as_str() {
                self.events.push(event.to_owned());
                continue;
            }
            return match line.get_mut("return") {
                Some(reply) => Ok(reply.take()),
                None => Err(line["error"]["desc"].to_string()),
            };
        }
    }

    pub fn command(&mut self, name: &str, arguments: Value) -> Value {
        self.try_command(name, arguments).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub fn capabilities(&mut self, names: &[&str], on: bool) {
        let changes: Vec<Value> =
            names.iter().map(|name| json!({"capability": name, "state": on})).collect();
        self.command("migrate-set-capabilities", json!({"capabilities": changes}));
    }

    pub fn parameters(&mut self, parameters: Value) {
        self.command("migrate-set-parameters", parameters);
    }

    /// Polls until the condition holds.
    pub fn until(&mut self, what: &str, mut is_so: impl FnMut(&mut Self) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !is_so(self) {
            let info = self.command("query-migrate", json!({}));
            assert!(Instant::now() < end, "not {what}: {info}");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    pub fn status(&mut self) -> Value {
        self.command("query-migrate", json!({}))["status"].take()
    }

    pub fn until_status(&mut self, status: &str) {
        self.until(status, |host| host.status() == status);
    }

    pub fn until_running(&mut self) {
        self.until("running", |host| host.command("query-status", json!({}))["running"] == true);
    }

    /// Returns the number of events of a name.
    pub fn count_events(&mut self, event: &str) -> usize {
        self.command("query-status", json!({}));
        self.events.iter().filter(|name| *name == event).count()
    }

    /// Listens at the URI. Returns the address at which a source reaches it.
    pub fn listen(&mut self, uri: &str) -> String {
        self.command("migrate-incoming", json!({"uri": uri}));
        if uri.starts_with("unix:") {
            return uri.to_owned();
        }
        let info = self.command("query-migrate", json!({}));
        format!("tcp:127.0.0.1:{}", info["socket-address"][0]["port"].as_str().unwrap())
    }

    /// Checks that the guest runs, has continued, and has the memory of an undisturbed guest.
    pub fn is_whole(&mut self, place: &Place, after: &str) {
        let before = self.machine.pages_dirtied();
        self.until("at work", |host| host.machine.pages_dirtied() > before);
        self.command("stop", json!({}));
        let count = self.machine.pages_dirtied();
        let mut expected = place.first.clone();
        for page in 0..BUSY_PAGES {
            let byte = &mut expected[BUSY + page as usize * 4096];
            *byte = byte.wrapping_add(((count + BUSY_PAGES - 1 - page) / BUSY_PAGES) as u8);
        }
        assert!(contents(&self.machine) == expected, "memory differs after {after}");
        self.command("cont", json!({}));
        self.events.clear();
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // The monitor's thread may have ended already.
        let _ = self.socket.get_ref().shutdown(Shutdown::Both);
        if let Some(serving) = self.serving.take() {
            let ended = serving.join();
            assert!(ended.is_ok() || std::thread::panicking(), "the monitor has panicked");
        }
    }
}
