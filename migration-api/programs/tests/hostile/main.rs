//! Sources that send without end: each stream fails or reaches the limit of the test, memory and
//! time stay under their limits, and the process ends at once on request.

mod claims;
mod lookups;
mod scans;
mod streams;

#[path = "../common/vm.rs"]
#[allow(dead_code, reason = "shared with tests of whole migrations")]
mod vm;

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use serde_json::json;
use streams::Stream;
use vm::Vm;

/// The guest's RAM in MiB.
const RAM: u64 = 16;
/// Largest memory in MiB beyond the guest's RAM: the limit documented in
/// `migration_api::stream::Limits`.
const MOST: u64 = 64;
/// Largest processor time for a stream, ten times the longest one. A time that is quadratic in the
/// bytes takes far longer.
const WORK: Duration = Duration::from_secs(8);
/// Number of bytes after which a source stops.
const SENT: usize = 96 << 20;
/// Time for `quit` to take effect. A test fails only at ten times of it, because hosts may be busy.
const QUIT: Duration = Duration::from_millis(100);

fn all() -> Vec<Stream> {
    streams::all().into_iter().chain(lookups::all()).collect()
}

/// A destination with its source's connections.
struct Attack {
    vm: Vm,
    main: UnixStream,
    others: Vec<UnixStream>,
    _folder: tempfile::TempDir,
}

impl Attack {
    fn begin(stream: &Stream) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ram = RAM.to_string();
        let machine = if stream.relay { "relay" } else { "none" };
        let node = "driver=null-co,node-name=disk";
        let arguments =
            ["-S", "-machine", machine, "-m", &ram, "-incoming", "defer", "-blockdev", node];
        let mut vm = Vm::engine(folder.path(), "target", &arguments);
        vm.capabilities(stream.capabilities);
        for (name, value) in stream.parameters {
            vm.command("migrate-set-parameters", json!({*name: value}));
        }
        let socket = folder.path().join("stream");
        vm.command("migrate-incoming", json!({"uri": format!("unix:{}", socket.display())}));
        let connect = || UnixStream::connect(&socket).unwrap();
        let main = connect();
        let others = stream.channels.iter().map(|_| connect()).collect();
        Self { vm, main, others, _folder: folder }
    }

    /// Sends on all connections while `meanwhile` runs. Reads the answers on the main channel if
    /// the source listens.
    fn send<T>(&mut self, stream: &Stream, meanwhile: impl FnOnce(&mut Vm) -> T) -> T {
        std::thread::scope(|scope| {
            let main = &self.main;
            let others = self.others.iter().zip(&stream.channels);
            let sending: Vec<_> = others
                .map(|(mut channel, (head, unit))| {
                    scope.spawn(move || send(&mut channel, head, unit, SENT / 4))
                })
                .collect();
            scope.spawn(move || {
                let mut main = main;
                let mut head = &stream.head[..];
                if !stream.answer.is_empty() {
                    let _ = main.write_all(head);
                    let _ = main.read_exact(&mut [0; 4]);
                    head = &stream.answer;
                }
                send(&mut main, head, &stream.unit, stream.most.unwrap_or(SENT));
                // A main channel that ends would end the others.
                sending.into_iter().for_each(|channel| channel.join().unwrap());
                let _ = main.shutdown(std::net::Shutdown::Write);
            });
            if stream.listens {
                scope.spawn(move || {
                    let mut main = main;
                    let mut bytes = vec![0; 64 << 10];
                    while main.read(&mut bytes).is_ok_and(|count| count > 0) {}
                });
            }
            let outcome = meanwhile(&mut self.vm);
            for connection in self.others.iter().chain([main]) {
                let _ = connection.shutdown(std::net::Shutdown::Both);
            }
            outcome
        })
    }
}

/// Sends `head`, and then `unit` again and again, up to `most` bytes.
fn send(to: &mut impl std::io::Write, head: &[u8], unit: &[u8], most: usize) {
    let many = (64 << 10) / unit.len().max(1) + 1;
    let piece = unit.repeat(many);
    let mut sent = head.len();
    // A destination that refuses the stream closes the connection.
    let mut going = to.write_all(head).is_ok();
    while going && sent < most && !unit.is_empty() {
        let piece = &piece[..piece.len().min((most - sent).div_ceil(unit.len()) * unit.len())];
        going = to.write_all(piece).is_ok();
        sent += piece.len();
    }
}

/// The largest amount of memory in MiB that a process had, so far.
fn peak(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib / 1024)
}

/// The processor time that a process has used.
fn work(process: u32) -> Option<Duration> {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // User and system time, behind the name of the program, which is in parentheses.
    let fields = text.rsplit_once(')')?.1.split_whitespace().skip(11).take(2);
    let ticks: u64 = fields.map(|field| field.parse::<u64>().unwrap_or(0)).sum();
    Some(Duration::from_millis(ticks * 1000 / rustix::param::clock_ticks_per_second()))
}

/// The resources that a process has used.
#[derive(Default)]
struct Used {
    /// The peak of memory in MiB.
    memory: u64,
    work: Duration,
}

/// Follows the process to its end.
fn watch(vm: &mut Vm) -> Used {
    let (mut used, end) = (Used::default(), Instant::now() + vm::PATIENCE);
    loop {
        let process = vm.process.id();
        used.memory = used.memory.max(peak(process).unwrap_or(0));
        used.work = used.work.max(work(process).unwrap_or_default());
        if vm.process.try_wait().unwrap().is_some() {
            return used;
        }
        assert!(Instant::now() < end, "the process does not end: {}", vm.log());
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn every_endless_stream_ends_within_the_limits() {
    for stream in all() {
        let mut attack = Attack::begin(&stream);
        let began = Instant::now();
        let used = attack.send(&stream, |vm| {
            while stream.stays && !vm.log().contains(stream.error) {
                assert!(began.elapsed() < vm::PATIENCE, "{}: {}", stream.name, vm.log());
                std::thread::sleep(Duration::from_millis(5));
            }
            let so_far = peak(vm.process.id()).unwrap_or(0);
            if stream.stays {
                vm.send("quit", json!({}));
            }
            let used = watch(vm);
            Used { memory: used.memory.max(so_far), ..used }
        });
        let peak = used.memory;
        let ram = if stream.relay { 0 } else { RAM };
        let log = attack.vm.log();
        let lines = log.lines().count();
        println!(
            "{:<28} {:>4} MiB beyond the RAM, {:>5} ms, {:>5} ms of work, {lines} lines: {}",
            stream.name,
            peak.saturating_sub(ram),
            began.elapsed().as_millis(),
            used.work.as_millis(),
            log.lines().next().unwrap_or_default()
        );
        assert!(peak > 0, "{}", stream.name);
        assert!(peak <= MOST + ram, "{}: {peak} MiB", stream.name);
        assert!(used.work < WORK, "{}: {:?}", stream.name, used.work);
        assert!(log.contains(stream.error), "{}: {log}", stream.name);
        assert!(!log.contains("panicked"), "{}: {log}", stream.name);
        assert!(lines < 120, "{}: {lines} lines", stream.name);
    }
}

#[test]
fn limits_of_the_command_line_apply() {
    let folder = tempfile::tempdir().unwrap();
    let mut source = Vm::engine(folder.path(), "source", &["-m", "16"]);
    let waiting = ["-m", "16", "-incoming", "defer", "-limits", "devices=300"];
    let mut target = Vm::engine(folder.path(), "target", &waiting);
    target.command("migrate-incoming", json!({"uri": "tcp:127.0.0.1:0"}));
    let uri = target.address();
    source.command("migrate", json!({"uri": uri}));
    watch(&mut target);
    let log = target.log();
    assert!(log.contains("is larger than the 300 accepted"), "{log}");
}

/// Returns the shortest time in which a process under attack ends after a command, of some
/// attempts: a busy machine spoils some of them.
fn ends_after(stream: &Stream, wait: Duration, does: &serde_json::Value) -> Duration {
    let attempts = (0..3).map(|_| {
        let mut attack = Attack::begin(stream);
        attack.send(stream, |vm| {
            std::thread::sleep(wait);
            let began = Instant::now();
            // It may have ended by itself.
            let _ = vm.replies.get_mut().write_all(does.to_string().as_bytes());
            watch(vm);
            began.elapsed()
        })
    });
    let mut best = Duration::MAX;
    for took in attempts {
        best = best.min(took);
        if best < QUIT {
            break;
        }
    }
    best
}

#[test]
fn a_process_under_attack_ends_when_it_is_told_to() {
    for stream in all() {
        for after in [5, 50, 300] {
            let quit = json!({"execute": "quit"});
            let took = ends_after(&stream, Duration::from_millis(after), &quit);
            assert!(took < 10 * QUIT, "{} after {after} ms: {took:?}", stream.name);
        }
    }
}

#[test]
fn a_connection_under_attack_can_be_yanked() {
    for stream in all().into_iter().filter(|stream| !stream.stays) {
        let yank = json!({"execute": "yank", "arguments": {"instances": [{"type": "migration"}]}});
        let took = ends_after(&stream, Duration::from_millis(30), &yank);
        assert!(took < 10 * QUIT, "{}: {took:?}", stream.name);
    }
}
