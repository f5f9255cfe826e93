//! Measures the time that a guest in postcopy waits for a missing page, relative to a bare exchange
//! of a request and a 4 KiB reply over the same kind of socket.
//!
//! The source is a process with the engine, or with QEMU where that is installed. The destination
//! is in this process, which touches pages in random order and measures the time. The peer of the
//! bare exchange is another process, too; it is measured before and after the pages.

#[path = "../../../qemu-stream/tests/common/random.rs"]
mod random;
#[path = "../tests/common/vm.rs"]
#[allow(dead_code, reason = "tests ask a machine for more")]
mod vm;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use migration_api::api::{MigrationCapability as Capability, MigrationStatus as Status};
use migration_api::engine::Engine;
use migration_api::guest::Guest;
use migration_api::guests::{Backing, Machine, MachineConfig};
use migration_api::settings::Capabilities;
use random::Random;
use serde_json::json;
use vm::{PATIENCE, Vm};

const PAGE: u64 = 4096;
const SIZE: u64 = 128 << 20;
/// Length of a page request on the wire.
const REQUEST: usize = 16;

/// A combination to measure.
struct Case {
    source: &'static str,
    transport: &'static str,
    preempt: bool,
}

/// Makes the program the peer of a bare exchange.
const ANSWER: &str = "--answer";

fn main() {
    if let [_, mode, address] = &std::env::args().collect::<Vec<_>>()[..]
        && mode == ANSWER
    {
        return answer(address);
    }
    // Without `--bench` the run only checks that the benchmark works.
    let samples = if std::env::args().any(|argument| argument == "--bench") { 4000 } else { 50 };
    let qemu = Command::new("qemu-system-x86_64").arg("--version").output().is_ok();
    let sources: &[&str] = if qemu { &["engine", "qemu"] } else { &["engine"] };
    println!("{samples} pages, in microseconds");
    println!("{:34} {:>8} {:>8} {:>12} {:>8}", "", "median", "p99", "bare median", "ratio");
    for transport in ["tcp", "unix"] {
        for &source in sources {
            for preempt in [true, false] {
                report(&Case { source, transport, preempt }, samples);
            }
        }
    }
}

fn report(case: &Case, samples: usize) {
    let mut bare = exchange(case.transport, samples / 2);
    let mut faults = postcopy(case, samples);
    bare.extend(exchange(case.transport, samples / 2));
    let (fault, late, plain) = (at(&mut faults, 50), at(&mut faults, 99), at(&mut bare, 50));
    let name = format!(
        "{} over {}{}",
        case.source,
        case.transport,
        if case.preempt { ", urgent channel" } else { "" }
    );
    println!("{name:34} {fault:8.1} {late:8.1} {plain:12.1} {:8.2}", fault / plain);
    // Read by the program `report` in benches/.
    println!("ratio | page fault, {name} | a bare exchange, time | {:.2}", fault / plain);
}

/// Returns the percentile of the times in microseconds.
fn at(times: &mut [Duration], percent: usize) -> f64 {
    times.sort();
    times[(times.len() * percent / 100).min(times.len() - 1)].as_secs_f64() * 1e6
}

/// Answers page requests, in a process that does nothing else.
fn answer(address: &str) {
    fn serve(mut stream: impl Read + Write) {
        let mut request = [0; REQUEST];
        while stream.read_exact(&mut request).is_ok()
            && stream.write_all(&[1; PAGE as usize]).is_ok()
        {}
    }
    match address.strip_prefix("unix:") {
        Some(path) => serve(UnixStream::connect(path).unwrap()),
        None => {
            let stream = TcpStream::connect(address).unwrap();
            stream.set_nodelay(true).unwrap();
            serve(stream);
        }
    }
}

/// Measures page requests and their replies.
fn exchange(transport: &str, samples: usize) -> Vec<Duration> {
    fn ask(mut stream: impl Read + Write, samples: usize) -> Vec<Duration> {
        let mut page = [0; PAGE as usize];
        let mut once = || {
            let began = Instant::now();
            stream.write_all(&[0; REQUEST]).unwrap();
            stream.read_exact(&mut page).unwrap();
            began.elapsed()
        };
        (0..samples).map(|_| once()).collect()
    }
    let other = |address: &str| {
        let program = std::env::current_exe().unwrap();
        Command::new(program).args([ANSWER, address]).spawn().unwrap()
    };
    let folder = tempfile::tempdir().unwrap();
    let (times, mut process) = if transport == "tcp" {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let process = other(&listener.local_addr().unwrap().to_string());
        let stream = listener.accept().unwrap().0;
        stream.set_nodelay(true).unwrap();
        (ask(stream, samples), process)
    } else {
        let path = folder.path().join("bare");
        let listener = UnixListener::bind(&path).unwrap();
        let process = other(&format!("unix:{}", path.display()));
        (ask(listener.accept().unwrap().0, samples), process)
    };
    process.wait().unwrap();
    times
}

/// Measures accesses to missing pages.
fn postcopy(case: &Case, samples: usize) -> Vec<Duration> {
    let folder = tempfile::tempdir().unwrap();
    let mut names = vec!["postcopy-ram"];
    let mut capabilities = Capabilities::default().with(Capability::PostcopyRam, true);
    if case.preempt {
        names.push("postcopy-preempt");
        capabilities = capabilities.with(Capability::PostcopyPreempt, true);
    }
    let machine = Machine::new(MachineConfig {
        machine: "none".into(),
        uuid: None,
        block: "ram".into(),
        size: SIZE,
        backing: Backing::Anonymous { shared: false },
        workloads: Vec::new(),
        incoming: true,
        devices: Vec::new(),
        blockers: Vec::new(),
    });
    let machine = Arc::new(machine.unwrap());
    let engine = Engine::builder(machine.clone()).incoming(true).capabilities(capabilities).build();
    let uri = match case.transport {
        "tcp" => format!("tcp:127.0.0.1:{}", free_port()),
        _ => format!("unix:{}", folder.path().join("migration").display()),
    };
    engine.incoming(&uri.parse().unwrap()).unwrap();

    let mut source = source(case.source, folder.path());
    source.capabilities(&names);
    // Slow enough that hardly any page arrives before it is touched.
    let slow =
        json!({"max-bandwidth": 1 << 20, "max-postcopy-bandwidth": 1 << 20, "downtime-limit": 1});
    source.command("migrate-set-parameters", slow);
    source.command("migrate", json!({"uri": uri}));
    let status = |source: &mut Vm| source.command("query-migrate", json!({}))["status"].clone();
    wait(|| status(&mut source) == "active");
    source.command("migrate-start-postcopy", json!({}));
    wait(|| status(&mut source) == "postcopy-active");
    wait(|| engine.info().status == Some(Status::PostcopyActive));
    sleep(Duration::from_millis(50));

    let memory = machine.ram()[0].memory.clone();
    let mut random = Random::new(7);
    let mut pages: Vec<u64> = (SIZE / PAGE / 4..SIZE / PAGE).collect();
    let times = (0..samples).map(|_| {
        let page = pages.swap_remove(random.below(pages.len()));
        let mut byte = [0];
        let began = Instant::now();
        memory.read(page * PAGE, &mut byte);
        began.elapsed()
    });
    let times = times.collect();
    source.command("migrate-set-parameters", json!({"max-postcopy-bandwidth": 0}));
    source.completes();
    wait(|| engine.info().status == Some(Status::Completed));
    times
}

fn source(kind: &str, folder: &Path) -> Vm {
    if kind == "engine" {
        let size = format!("{}M", SIZE >> 20);
        return Vm::engine(
            folder,
            "source",
            &["-machine", "none", "-m", &size, "-workload", "pattern,seed=3"],
        );
    }
    let path = folder.join("ram");
    let mut random = Random::new(5);
    let bytes: Vec<u8> = (0..SIZE / 8).flat_map(|_| random.next().to_ne_bytes()).collect();
    std::fs::write(&path, bytes).unwrap();
    let object = format!(
        "memory-backend-file,id=ram,size={}M,mem-path={},share=on",
        SIZE >> 20,
        path.display()
    );
    let mut command = Command::new("qemu-system-x86_64");
    command.args(["-nodefaults", "-display", "none"]);
    Vm::start(
        command,
        folder,
        "source",
        &["-machine", "none,memory-backend=ram", "-object", &object],
    )
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn wait(mut until: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !until() {
        assert!(Instant::now() < end, "nothing happens");
        sleep(Duration::from_millis(5));
    }
}
