//! Files that cannot grow and commands that end: the source gets the error, and keeps its guest.

use super::*;

/// Makes a command that runs the engine after `preparation`, in a shell.
fn prepared(preparation: &str) -> Command {
    let mut command = Command::new("/bin/sh");
    let script = format!("{preparation}; exec \"$0\" \"$@\"");
    command.args(["-c", &script, env!("CARGO_BIN_EXE_migration-engine")]);
    command
}

#[test]
fn a_full_disk_fails_the_migration_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("stream").display().to_string();
    for (blocks, offset) in [(0, 0), (1, 0), (64, 0), (64, 100_000), (1024, 4096)] {
        // The limit is in units of 512 bytes. It does not apply to the memory file, which exists
        // before.
        std::fs::write(folder.path().join("memory"), vec![0; SIZE]).unwrap();
        let mut source = Source::run_by(prepared(&format!("ulimit -f {blocks}")), folder.path());
        let uri = format!("file:{path},offset={offset}");
        match source.vm.try_command("migrate", json!({"uri": uri})) {
            Ok(_) => assert_eq!(source.fails(), "Unable to write to file: File too large"),
            Err(refused) => {
                assert_eq!(refused, format!("Could not create '{path}': File too large"));
                source.fails();
            }
        }
        nobody_panicked(folder.path());
    }
    // A device that is always full.
    let mut source = Source::run_by(prepared("exec 9>/dev/full"), folder.path());
    source.migrate("fd:9");
    assert_eq!(source.fails(), "Unable to write to file: No space left on device");
    nobody_panicked(folder.path());
}

#[test]
fn a_command_that_dies_fails_the_migration_only() {
    let commands = [
        ("exec:exit 3", None),
        ("exec:kill -9 $$", None),
        ("exec:head -c 100000 > /dev/null", None),
        ("exec:cat > /dev/full", None),
        ("exec:cat > /dev/null; exit 3", Some("command ended with exit status: 3")),
        ("exec:cat > /dev/null; kill -9 $$", Some("command ended with signal: 9 (SIGKILL)")),
    ];
    for (uri, reason) in commands {
        let folder = tempfile::tempdir().unwrap();
        let mut source = Source::new(folder.path());
        source.migrate(uri);
        let error = source.fails();
        match reason {
            Some(reason) => assert_eq!(error, reason),
            None => assert_eq!(error, "Unable to write to command: Broken pipe", "{uri}"),
        }
        nobody_panicked(folder.path());
    }
}

#[test]
fn a_command_that_neither_reads_nor_ends_can_be_cancelled() {
    let folder = tempfile::tempdir().unwrap();
    let mut source = Source::new(folder.path());
    source.migrate("exec:sleep 1000");
    source.vm.command("migrate_cancel", json!({}));
    assert_eq!(source.vm.ends()["status"], "cancelled");
    source.stays_whole();
    nobody_panicked(folder.path());
}

#[test]
fn an_incomplete_stream_does_not_run() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("stream");
    let mut source = Source::new(folder.path());
    source.migrate(&format!("file:{}", path.display()));
    source.vm.completes();
    let stream = std::fs::read(&path).unwrap();
    for length in [0, 3, 100, stream.len() / 2, stream.len() - 1000] {
        std::fs::write(&path, &stream[..length]).unwrap();
        for uri in [format!("file:{}", path.display()), format!("exec:cat {}", path.display())] {
            let mut target = target(folder.path(), &[]);
            let answered = target.try_command("migrate-incoming", json!({"uri": uri}));
            answered.unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(target.exit_status().code(), Some(1), "{length} bytes of {uri}");
        }
        nobody_panicked(folder.path());
    }
}
