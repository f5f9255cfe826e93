//! Replays recorded scenarios of QEMU to the program: it gives the same answers and events, and
//! ends the same way.
//!
//! `QAPI_SHARED` names the folder with the transcripts and the tool that replays and compares them.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

/// Number of scenarios replayed concurrently. They wait most of the time.
const PLAYERS: usize = 16;

/// Number of repetitions of a scenario that differs, on its own: the tool waits for fixed times,
/// which a busy host may exceed.
const REPEATS: usize = 2;

/// Scenarios with other results, and the reasons.
const EXCEPTIONS: [(&str, &str); 7] = [
    (
        "cancel_in_setup",
        "after a cancelled connect, QEMU refuses the next migration for a while; we do not",
    ),
    (
        "colo",
        "QEMU's primary hands the guest over and ends instead of keeping its secondary in step; ours goes on",
    ),
    ("incoming_arg_errors", "after a transport that cannot be opened, QEMU takes no other; we do"),
    (
        "snapshot_with_caps",
        "QEMU dies of a snapshot with capability multifd; we save it like any other",
    ),
    ("tls_handshake_hang", "a peer that says nothing stops all of QEMU's QMP; not ours"),
    (
        "xbzrle",
        "our cache meets the pages that the workload dirties, so that the migration may be over before it is looked at",
    ),
    ("xen_load_devices_state", "QEMU aborts after any file that it can open; we load it"),
];

fn shared() -> PathBuf {
    let Some(folder) = std::env::var_os("QAPI_SHARED") else {
        panic!("QAPI_SHARED is not set: it names the folder with transcripts/ and tools/drive.py");
    };
    let folder = PathBuf::from(folder);
    assert!(folder.join("tools/drive.py").is_file(), "{} has no tools/drive.py", folder.display());
    folder
}

/// Replays a scenario, and returns the tool's report.
fn play(shared: &Path, out: &Path, transcript: &Path) -> String {
    let server = concat!(
        env!("CARGO_BIN_EXE_migration-engine"),
        " {args} -qmp unix:{sock},server=on,wait=off"
    );
    let output = Command::new("python3")
        .arg(shared.join("tools/drive.py"))
        .args(["replay", "--profile", "8.2", "--server", server, "--out"])
        .args([out, transcript])
        .output();
    match output {
        Ok(output) => String::from_utf8_lossy(&output.stdout).into_owned(),
        Err(error) => panic!("python3 cannot be run: {error}"),
    }
}

/// Copies a scenario up to the first command with a member that the schema lacks, and its reply.
/// For the replies after it the tool would wait until its time limit.
fn comparable(transcript: &Path, folder: &Path) -> PathBuf {
    const UNKNOWN: &str = "\"exit-on-error\"";
    let text = std::fs::read_to_string(transcript).unwrap();
    let is_unknown = |line: &str| line.contains(UNKNOWN) && line.contains("\"dir\": \">\"");
    let mut lines = text.lines().peekable();
    let mut kept = String::new();
    while let Some(line) = lines.next() {
        kept.push_str(line);
        kept.push('\n');
        // Include the reply.
        if is_unknown(line) {
            while let Some(line) = lines.next_if(|line| !line.contains("\"return\"")) {
                kept.push_str(line);
                kept.push('\n');
            }
            kept.extend(lines.next());
            kept.push('\n');
            break;
        }
    }
    let path = folder.join(transcript.file_name().unwrap());
    std::fs::write(&path, kept).unwrap();
    path
}

#[test]
fn recorded_scenarios_come_out_the_same() {
    let shared = shared();
    let folder = shared.join("transcripts");
    let listed =
        std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut transcripts: Vec<PathBuf> = listed.map(|entry| entry.unwrap().path()).collect();
    transcripts.sort();
    let name = |path: &Path| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    transcripts.retain(|path| path.extension().is_some_and(|extension| extension == "jsonl"));
    let (out, scenarios) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let transcripts: Vec<_> =
        transcripts.iter().map(|path| comparable(path, scenarios.path())).collect();
    let (waiting, reports) = (Mutex::new(VecDeque::from(transcripts)), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..PLAYERS {
            scope.spawn(|| {
                loop {
                    let Some(transcript) = waiting.lock().unwrap().pop_front() else { return };
                    let report = play(&shared, out.path(), &transcript);
                    reports.lock().unwrap().push((name(&transcript), report));
                }
            });
        }
    });
    let mut reports = reports.into_inner().unwrap();
    reports.sort();
    let mut unexpected = Vec::new();
    let is_same = |report: &str| report.lines().next().is_some_and(|line| line.ends_with(" same"));
    for (name, mut report) in reports {
        let reason =
            EXCEPTIONS.iter().find(|exception| exception.0 == name).map(|exception| exception.1);
        for _ in 0..REPEATS {
            if is_same(&report) || reason.is_some() {
                break;
            }
            report = play(&shared, out.path(), &scenarios.path().join(format!("{name}.jsonl")));
        }
        let same = is_same(&report);
        match (same, reason) {
            (true, _) => println!("{name:<40} same"),
            (false, Some(reason)) => println!("{name:<40} {reason}"),
            (false, None) => {
                println!("{report}");
                unexpected.push(name);
            }
        }
    }
    assert!(unexpected.is_empty(), "unlike QEMU: {unexpected:?}");
}
