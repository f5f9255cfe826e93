//! Multifd and xbzrle between the engine and QEMU.

use std::path::Path;

use serde_json::{Value, json};

use super::vm::Vm;
use super::{PATTERN, SIZE, migrate, ram, with};

/// Channels, compression and its level, and the machine properties for syncs and zero pages.
const WAYS: [(u8, &str, u8, &[&str]); 9] = [
    (2, "none", 0, &[]),
    (4, "none", 0, &[]),
    (2, "zlib", 1, &[]),
    (4, "zlib", 9, &[]),
    (2, "zstd", 1, &[]),
    (4, "zstd", 12, &[]),
    (1, "none", 0, &["-global", "migration.multifd-flush-after-each-section=on"]),
    (2, "zlib", 0, &["-global", "migration.zero-page-detection=multifd"]),
    (
        3,
        "zstd",
        3,
        &[
            "-global",
            "migration.zero-page-detection=legacy",
            "-global",
            "migration.multifd-flush-after-each-section=on",
        ],
    ),
];

/// Sets the channels of one side, and their compression.
pub fn set_up(vm: &mut Vm, channels: u8, compression: &str, level: u8) {
    let mut parameters = json!({"multifd-channels": channels, "multifd-compression": compression});
    if compression != "none" {
        parameters[format!("multifd-{compression}-level")] = Value::from(level);
    }
    vm.command("migrate-set-parameters", parameters);
}

fn capabilities(transport: &str) -> &'static [&'static str] {
    if transport == "tcp" { &["multifd"] } else { &["multifd", "return-path"] }
}

#[test]
fn the_engine_migrates_to_qemu_over_several_channels() {
    for (channels, compression, level, form) in WAYS {
        for transport in ["tcp", "unix"] {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("ram");
            let backend = ram(&file);
            let mut sending = with(&backend, &["-S", "-workload", PATTERN]);
            let mut waiting = vec!["-machine", "none", "-m", "32", "-incoming", "defer"];
            sending.extend(form);
            waiting.extend(form);
            let mut source = Vm::engine(folder.path(), "source", &sending);
            let mut target = Vm::qemu(folder.path(), "target", &waiting);
            set_up(&mut source, channels, compression, level);
            set_up(&mut target, channels, compression, level);
            migrate(&mut source, &mut target, transport, capabilities(transport), folder.path());
            assert!(
                target.memory(folder.path(), SIZE) == std::fs::read(&file).unwrap(),
                "{channels} {compression} {form:?} {transport}"
            );
            let info = source.command("query-migrate", json!({}));
            assert!(info["ram"]["multifd-bytes"].as_u64() > Some(64 << 10), "{info}");
        }
    }
}

#[test]
fn qemu_migrates_to_the_engine_over_several_channels() {
    for (channels, compression, level, form) in WAYS {
        for transport in ["tcp", "unix"] {
            let folder = tempfile::tempdir().unwrap();
            let (from, to) = (folder.path().join("from"), folder.path().join("to"));
            let bytes = mixed();
            std::fs::write(&from, &bytes).unwrap();
            let (sending, receiving) = (ram(&from), ram(&to));
            let mut sending = with(&sending, &["-S"]);
            let mut receiving = with(&receiving, &["-incoming", "defer"]);
            sending.extend(form);
            receiving.extend(form);
            let mut source = Vm::qemu(folder.path(), "source", &sending);
            let mut target = Vm::engine(folder.path(), "target", &receiving);
            set_up(&mut source, channels, compression, level);
            set_up(&mut target, channels, compression, level);
            migrate(&mut source, &mut target, transport, capabilities(transport), folder.path());
            assert!(same(&to, &bytes), "{channels} {compression} {form:?} {transport}");
        }
    }
}

/// Regions that zstd cannot shrink, with one between them that it can.
const REGIONS: [&str; 3] = [
    "pattern,seed=1,end=12M",
    "pattern,seed=2,start=12M,end=20M,bits=2",
    "pattern,seed=3,start=20M",
];

#[test]
fn qemu_reads_pages_that_zstd_does_not_shrink() {
    for (channels, transport) in [(1, "unix"), (3, "tcp")] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ram");
        let backend = ram(&file);
        let mut sending = with(&backend, &["-S"]);
        sending.extend(REGIONS.iter().flat_map(|region| ["-workload", region]));
        let mut source = Vm::engine(folder.path(), "source", &sending);
        let target = ["-machine", "none", "-m", "32", "-incoming", "defer"];
        let mut target = Vm::qemu(folder.path(), "target", &target);
        set_up(&mut source, channels, "zstd", 1);
        set_up(&mut target, channels, "zstd", 1);
        migrate(&mut source, &mut target, transport, capabilities(transport), folder.path());
        assert!(
            target.memory(folder.path(), SIZE) == std::fs::read(&file).unwrap(),
            "{channels} {transport}"
        );
        // Two bits of each byte vary in 8 MiB, which take a good quarter of that.
        let sent = source.command("query-migrate", json!({}))["ram"]["multifd-bytes"].clone();
        assert!((24 << 20..28 << 20).contains(&sent.as_u64().unwrap()), "{channels}: {sent}");
    }
}

/// Makes zero pages, compressible pages and incompressible pages.
fn mixed() -> Vec<u8> {
    let mut state = 1u64;
    let mut noise = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 56) as u8
    };
    (0..SIZE)
        .map(|at| match at >> 12 {
            page if page % 3 == 0 => 0,
            page if page % 3 == 1 => page as u8,
            _ => noise(),
        })
        .collect()
}

fn same(file: &Path, bytes: &[u8]) -> bool {
    std::fs::read(file).unwrap() == bytes
}

#[test]
fn several_channels_have_a_session_each() {
    for engine_sends in [true, false] {
        for compression in ["none", "zstd"] {
            let folder = tempfile::tempdir().unwrap();
            let files = ["from", "to"].map(|name| folder.path().join(name));
            let bytes = mixed();
            std::fs::write(&files[0], &bytes).unwrap();
            let [from, to] = [0, 1].map(|at| ram(&files[at]));
            let (out, back) = (with(&from, &["-S"]), with(&to, &["-incoming", "defer"]));
            let (mut source, mut target) = if engine_sends {
                (
                    Vm::engine(folder.path(), "source", &out),
                    Vm::qemu(folder.path(), "target", &back),
                )
            } else {
                (
                    Vm::qemu(folder.path(), "source", &out),
                    Vm::engine(folder.path(), "target", &back),
                )
            };
            for (vm, endpoint) in [(&mut source, "client"), (&mut target, "server")] {
                let tls = json!({"qom-type": "tls-creds-anon", "id": "tls", "endpoint": endpoint});
                vm.command("object-add", tls);
                vm.command("migrate-set-parameters", json!({"tls-creds": "tls"}));
                set_up(vm, 3, compression, 1);
            }
            migrate(&mut source, &mut target, "tcp", capabilities("unix"), folder.path());
            assert!(same(&files[1], &bytes), "{engine_sends} {compression}");
        }
    }
}
