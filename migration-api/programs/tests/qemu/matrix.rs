//! The interop matrix: every way to migrate, in both directions, with each QEMU at hand.
//!
//! `QAPI_QEMU` names the program of a second QEMU, such as 11.1.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::time::Instant;

use serde_json::{Value, json};

use crate::certificates::{Authority, CLIENT, SERVER};
use crate::multifd::set_up;
use crate::peer::{DEFAULT, with_program};
use crate::tls::{Keys, prepare, x509};
use crate::vm::Vm;
use crate::{passes_through, postcopy, refused_by, to_engine, to_qemu, xbzrle};

/// Cells that run at once: they mostly wait.
const WORKERS: usize = 4;

/// The other side of a migration.
#[derive(Clone)]
struct Peer {
    program: String,
    version: (u64, u64),
}

impl Peer {
    /// Asks a QEMU for its version.
    fn new(program: String) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let version = with_program(&program, || {
            let mut vm = Vm::qemu(folder.path(), "version", &["-machine", "none"]);
            vm.command("query-version", json!({}))["qemu"].clone()
        });
        let number = |name: &str| version[name].as_u64().unwrap();
        Self { program, version: (number("major"), number("minor")) }
    }
}

/// The direction of a migration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    FromQemu,
    ToQemu,
}

use Way::{FromQemu, ToQemu};

/// One row: its name, and the migration, which panics if it does not come out as it should.
type Row = (&'static str, fn(&Peer, Way));

const ROWS: &[Row] = &[
    ("tcp", |_, way| moves(way, "tcp", &["return-path"], |_, _| {})),
    ("unix", |_, way| moves(way, "unix", &[], |_, _| {})),
    ("exec", |_, way| moves(way, "exec", &[], |_, _| {})),
    ("file", |_, way| moves(way, "file", &[], |_, _| {})),
    ("multifd", |_, way| channels(way, "none", &["multifd"])),
    ("multifd zlib", |_, way| channels(way, "zlib", &["multifd", "return-path"])),
    ("multifd zstd", |_, way| channels(way, "zstd", &["multifd"])),
    ("multifd zero-copy", |_, way| channels(way, "none", &["multifd", "zero-copy-send"])),
    ("xbzrle", |_, way| match way {
        FromQemu => xbzrle::from_qemu(),
        ToQemu => xbzrle::to_qemu(),
    }),
    ("postcopy", |_, way| late(way, &["postcopy-ram"], &[])),
    ("postcopy preempt", |_, way| late(way, &["postcopy-ram", "postcopy-preempt"], &[])),
    ("cut and recover", |_, way| late(way, &["postcopy-ram"], &[true, false])),
    ("TLS x509 multifd", |_, way| certificates(way)),
    ("TLS anonymous", anonymous),
    ("TLS anonymous dh-params", |_, way| dh_parameters(way)),
    ("switchover-ack", acknowledged),
    ("suppress-vmdesc", |_, way| undescribed(way)),
    ("relay pc", |_, way| relayed(way, "pc")),
    ("relay pc-i440fx-7.2", |_, way| relayed(way, "pc-i440fx-7.2")),
    ("relay pc-q35-8.2", |_, way| relayed(way, "pc-q35-8.2")),
];

fn moves(way: Way, transport: &str, capabilities: &[&str], set: impl Fn(&mut Vm, &mut Vm)) {
    match way {
        FromQemu => to_engine(transport, capabilities, set),
        ToQemu => to_qemu(transport, capabilities, set),
    }
}

fn channels(way: Way, compression: &str, capabilities: &[&str]) {
    moves(way, "tcp", capabilities, |source, target| {
        set_up(source, 3, compression, 1);
        set_up(target, 3, compression, 1);
    });
}

fn late(way: Way, capabilities: &[&str], pauses: &[bool]) {
    match way {
        FromQemu => postcopy::to_engine(capabilities, pauses, |_, _| {}),
        ToQemu => postcopy::to_qemu(capabilities, pauses, |_, _| {}),
    }
}

fn certificates(way: Way) {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new("ours");
    authority.issue(folder.path(), SERVER);
    authority.issue(folder.path(), CLIENT);
    let (keys, none) = (x509(folder.path()), json!({}));
    moves(way, "tcp", &["multifd", "return-path"], |source, target| {
        let keys = Keys { client: &keys, server: &keys, parameters: [&none, &none] };
        prepare(source, target, keys);
        set_up(source, 3, "none", 1);
        set_up(target, 3, "none", 1);
    });
}

/// Sets anonymous credentials; the server's have these further properties.
fn without_certificates(source: &mut Vm, target: &mut Vm, server: &Value) {
    let (client, none) = (json!({"qom-type": "tls-creds-anon"}), json!({}));
    prepare(source, target, Keys { client: &client, server, parameters: [&none, &none] });
}

fn anonymous(peer: &Peer, way: Way) {
    let server = json!({"qom-type": "tls-creds-anon"});
    let set = |source: &mut Vm, target: &mut Vm| without_certificates(source, target, &server);
    if way == FromQemu || peer.version < (10, 2) {
        return moves(way, "tcp", &["return-path"], set);
    }
    let error = refused_by(&["return-path"], set);
    assert!(error.contains("QEMU 10.2") && error.contains("dh-params.pem"), "{error}");
}

fn dh_parameters(way: Way) {
    use openssl::{bn::BigNum, dh::Dh};
    let folder = tempfile::tempdir().unwrap();
    let (prime, generator) = (BigNum::get_rfc3526_prime_2048(), BigNum::from_u32(2));
    let parameters = Dh::from_pqg(prime.unwrap(), None, generator.unwrap()).unwrap();
    let pem = parameters.params_to_pem().unwrap();
    std::fs::write(folder.path().join("dh-params.pem"), pem).unwrap();
    let server = json!({"qom-type": "tls-creds-anon", "dir": folder.path()});
    moves(way, "tcp", &["return-path"], |source, target| {
        without_certificates(source, target, &server);
    });
}

fn acknowledged(peer: &Peer, way: Way) {
    const CAPABILITIES: [&str; 2] = ["return-path", "switchover-ack"];
    if peer.version < (11, 1) {
        return moves(way, "tcp", &CAPABILITIES, |_, _| {});
    }
    match way {
        // The machine type tells.
        FromQemu => {
            for machine in ["pc-i440fx-11.0", "pc-i440fx-11.1"] {
                passes_through(machine, ("tcp", &CAPABILITIES), ("tcp", &CAPABILITIES));
            }
        }
        ToQemu => {
            let began = Instant::now();
            let error = refused_by(&CAPABILITIES, |source, _| {
                source.command("cont", json!({}));
            });
            assert!(error.contains("migration.switchover-ack-legacy"), "{error}");
            assert!(began.elapsed().as_secs() < 10, "{:?}", began.elapsed());
        }
    }
}

/// The peer alone leaves out the description.
fn undescribed(way: Way) {
    for capabilities in [&[][..], &["return-path"]] {
        for (source, target) in [(true, false), (false, true), (true, true)] {
            crate::undescribed(way == ToQemu, capabilities, [source, target]);
        }
    }
}

/// Takes a machine in and hands it back: one way in each direction.
fn relayed(way: Way, machine: &str) {
    let (tcp, unix) = (("tcp", &["return-path"][..]), ("unix", &[][..]));
    let (inward, onward) = if way == FromQemu { (tcp, unix) } else { (unix, tcp) };
    passes_through(machine, inward, onward);
}

/// Runs one cell. Returns the time in seconds, or the failure.
fn run(peer: &Peer, way: Way, row: &Row) -> Result<f64, String> {
    let began = Instant::now();
    let cell = || with_program(&peer.program, || (row.1)(peer, way));
    match catch_unwind(AssertUnwindSafe(cell)) {
        Ok(()) => Ok(began.elapsed().as_secs_f64()),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            Err(text
                .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).into()))
                .unwrap_or_default())
        }
    }
}

fn peers() -> Vec<Peer> {
    let mut programs = vec![DEFAULT.to_owned()];
    if let Some(second) = std::env::var_os("QAPI_QEMU") {
        let second = second.into_string().unwrap();
        assert!(std::path::Path::new(&second).is_file(), "QAPI_QEMU: {second} is not there");
        programs.push(second);
    }
    programs.into_iter().map(Peer::new).collect()
}

#[test]
fn every_way_works_in_both_directions_with_every_qemu() {
    let peers = peers();
    let rows = 0..ROWS.len();
    let columns = (0..peers.len()).flat_map(|peer| [(peer, FromQemu), (peer, ToQemu)]);
    let cells: Vec<(usize, usize, Way)> =
        rows.flat_map(|row| columns.clone().map(move |(peer, way)| (row, peer, way))).collect();
    let (queue, done) = (Mutex::new(VecDeque::from(cells.clone())), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                loop {
                    let next = queue.lock().unwrap().pop_front();
                    let Some((row, peer, way)) = next else { return };
                    let outcome = run(&peers[peer], way, &ROWS[row]);
                    done.lock().unwrap().push(((row, peer, way), outcome));
                }
            });
        }
    });
    let done = done.into_inner().unwrap();
    let heads = peers.iter().flat_map(|peer| {
        let (major, minor) = peer.version;
        [format!("from {major}.{minor}"), format!("to {major}.{minor}")]
    });
    println!("{:<26}{}", "", heads.map(|head| format!("{head:>12}")).collect::<String>());
    for (row, (name, _)) in ROWS.iter().enumerate() {
        let line = cells.iter().filter(|cell| cell.0 == row).map(|cell| {
            match &done.iter().find(|known| known.0 == *cell).unwrap().1 {
                Ok(seconds) => format!("{:>12}", format!("{seconds:.1} s")),
                Err(_) => format!("{:>12}", "FAILED"),
            }
        });
        println!("{name:<26}{}", line.collect::<String>());
    }
    let failed: Vec<String> = done
        .into_iter()
        .filter_map(|((row, peer, way), outcome)| {
            let (name, version) = (ROWS[row].0, peers[peer].version);
            outcome.err().map(|error| format!("{name}, {way:?} {version:?}: {error}"))
        })
        .collect();
    assert!(failed.is_empty(), "{failed:#?}");
}
