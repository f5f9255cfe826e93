//! Port scans: connections of strangers that send nothing, or garbage, leave nothing behind, and
//! the source can still come.

use std::io::Write as _;
use std::os::unix::net::UnixStream;

use serde_json::json;

use super::*;

/// Number of connections in a scan.
const CONNECTIONS: usize = 100;

/// Resident memory in KiB, descriptors and threads of a process.
#[derive(Clone, Copy, Debug)]
struct Figures {
    memory: u64,
    descriptors: usize,
    threads: usize,
}

impl Figures {
    fn of(process: u32) -> Self {
        let count =
            |folder| std::fs::read_dir(format!("/proc/{process}/{folder}")).unwrap().count();
        let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        let memory = line.split_whitespace().next().unwrap().parse().unwrap();
        Self { memory, descriptors: count("fd"), threads: count("task") }
    }

    /// Waits until there are no more descriptors and threads than before.
    fn after(process: u32, before: Self) -> Self {
        let end = Instant::now() + vm::PATIENCE;
        loop {
            let now = Self::of(process);
            if now.descriptors <= before.descriptors && now.threads <= before.threads {
                return now;
            }
            assert!(Instant::now() < end, "{now:?} after {before:?}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Scans a listener: all connections are open at once. Returns the figures meanwhile.
fn scan(process: u32, socket: &std::path::Path, content: &[u8]) -> Figures {
    let connections: Vec<UnixStream> = (0..CONNECTIONS)
        .map(|_| {
            let mut connection = UnixStream::connect(socket).unwrap();
            // The destination may have dropped it already.
            let _ = connection.write_all(content);
            connection
        })
        .collect();
    let meanwhile = Figures::of(process);
    drop(connections);
    meanwhile
}

#[test]
fn port_scans_leave_nothing_behind() {
    for (name, content) in [
        ("silent", &b""[..]),
        ("within a magic number", b"\x11\x22"),
        ("garbage", b"GET / HTTP/1.0\r\n\r\n"),
        ("a long text", &[7; 4096]),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut source = Vm::engine(folder.path(), "source", &["-m", "16"]);
        let mut target = Vm::engine(folder.path(), "target", &["-m", "16", "-incoming", "defer"]);
        for vm in [&mut source, &mut target] {
            vm.capabilities(&["multifd"]);
        }
        let socket = folder.path().join("stream");
        let uri = json!({"uri": format!("unix:{}", socket.display())});
        target.command("migrate-incoming", uri.clone());
        let process = target.process.id();
        // Allocations of the first scan are used again by the others.
        let first = Figures::of(process);
        scan(process, &socket, content);
        let before = Figures::after(process, first);
        let scans = (0..5).map(|_| scan(process, &socket, content));
        let meanwhile: Vec<Figures> = scans.collect();
        let after = Figures::after(process, first);
        println!("{name}: {first:?}, {before:?}, meanwhile {:?}, {after:?}", meanwhile.last());
        let most = meanwhile.iter().map(|figures| figures.descriptors).max().unwrap();
        assert!(most <= first.descriptors + 64 + 3, "{name}: {most} descriptors");
        assert!(meanwhile.iter().all(|figures| figures.threads <= first.threads), "{name}");
        assert!(after.memory <= before.memory + 512, "{name}: {after:?} after {before:?}");
        let lines = target.log().lines().count();
        assert!(lines <= 102, "{name}: {lines} log lines");
        source.command("migrate", uri);
        source.completes();
        target.completes();
    }
}
