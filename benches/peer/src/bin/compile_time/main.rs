//! CPU seconds that rustc takes for the full schema's code, ours and the peer's, and for programs
//! that use ten and all of its commands.
//!
//! Run by `cargo bench -p qapi-benches --bench compile_time`. Both generators read the same schema
//! with their defaults. Ours then generates both roles, the peer's a client only. The rows "for
//! clients" measure our code with `role = client`, the rows "without serde" the same code without
//! feature `serde` of the runtime, which implements serde's traits for each type. The peer's code
//! reads and writes by those traits alone.
//!
//! Each crate is built with cargo's profiles after its dependencies. The sides take turns, and the
//! best turn counts. A program that uses nothing shows the cost of starting cargo and rustc.

mod crates;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use nix::sys::resource::{UsageWho, getrusage};
use qapi_benches::corpus_root;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

const TURNS: usize = 2;

/// The programs, by the commands that they use.
const PROGRAMS: [&str; 3] = ["none", "ten", "all"];

/// How things are built.
const COLUMNS: [&[&str]; 3] = [&["check"], &["build"], &["build", "--release"]];

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if !arguments.is_empty() {
        return build(&arguments);
    }
    let scratch = std::env::temp_dir().join(format!("qapi-compile-time-{}", std::process::id()));
    fs::create_dir(&scratch)?;
    let result = measure(&scratch);
    fs::remove_dir_all(&scratch)?;
    result
}

fn measure(scratch: &Path) -> Result<()> {
    let root = corpus_root()?;
    println!("{}", root.display());
    for (name, lines) in
        ["ours", "ours for clients", "peer"].into_iter().zip(crates::write(&root, scratch)?)
    {
        println!("{name}: {lines} lines generated");
    }
    println!("{:<44}{:>24}{:>16}", "", "CPU seconds", "peak MiB");
    println!("{:<44}{:>8}{:>8}{:>8}{:>8}{:>8}", "", "ours", "peer", "ratio", "ours", "peer");
    for how in COLUMNS {
        // The dependencies, one set of features after the other: one build would unite them.
        for program in ["ours-none", "peer-none", "ours-client-without-serde"] {
            cost(scratch, program, how)?;
        }
        let crates = [
            "ours-types",
            "ours-client",
            "ours-types-without-serde",
            "ours-client-without-serde",
            "peer-types",
        ];
        let [ours @ .., peer] = compare(scratch, &crates.map(str::to_owned), how)?;
        let rows =
            ["types", "types for clients", "types without serde", "for clients, without serde"];
        for (row, ours) in rows.into_iter().zip(ours) {
            print_row(row, how, ours, peer);
        }
        for program in PROGRAMS {
            let crates = ["ours", "peer"].map(|side| format!("{side}-{program}"));
            let [ours, peer] = compare(scratch, &crates, how)?;
            print_row(program, how, ours, peer);
        }
    }
    Ok(())
}

fn print_row(name: &str, how: &[&str], ours: Cost, peer: Cost) {
    println!(
        "{:<44}{:>8.1}{:>8.1}{:>8.2}{:>8.0}{:>8.0}",
        format!("{name}, {}", how.join(" ")),
        ours.seconds,
        peer.seconds,
        ours.seconds / peer.seconds,
        ours.memory,
        peer.memory
    );
    let name = format!("compile {name}, {}", how.join(" "));
    qapi_benches::ratio(&name, "the peer's, CPU time", ours.seconds / peer.seconds);
}

/// What building each of some packages takes, the best of some turns.
fn compare<const COUNT: usize>(
    scratch: &Path,
    packages: &[String; COUNT],
    how: &[&str],
) -> Result<[Cost; COUNT]> {
    let mut best = [Cost { seconds: f64::INFINITY, memory: f64::INFINITY }; COUNT];
    for _ in 0..TURNS {
        for (package, best) in packages.iter().zip(&mut best) {
            let cost = cost(scratch, package, how)?;
            best.seconds = best.seconds.min(cost.seconds);
            best.memory = best.memory.min(cost.memory);
        }
    }
    Ok(best)
}

/// What a build takes.
#[derive(Clone, Copy)]
struct Cost {
    /// Of processor time, user and system.
    seconds: f64,
    /// MiB of the largest process at its largest.
    memory: f64,
}

/// The cost of building a package of the workspace, anew.
fn cost(workspace: &Path, package: &str, how: &[&str]) -> Result<Cost> {
    for source in ["lib.rs", "main.rs"] {
        let path = workspace.join(package).join("src").join(source);
        if path.is_file() {
            fs::File::options()
                .append(true)
                .open(path)?
                .set_modified(std::time::SystemTime::now())?;
        }
    }
    // In a process of its own: the kernel adds all children up, and keeps the largest.
    let output = Command::new(std::env::current_exe()?)
        .args(how)
        .args(["--quiet", "--package", package])
        .current_dir(workspace)
        .stderr(Stdio::piped())
        .output()?;
    if !output.status.success() {
        return Err(format!("{package}: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    let text = String::from_utf8(output.stdout)?;
    let (seconds, memory) = text.trim().split_once(' ').ok_or("a build tells its cost")?;
    Ok(Cost { seconds: seconds.parse()?, memory: memory.parse()? })
}

/// Runs cargo in a workspace, the current folder; tells what it took.
fn build(arguments: &[String]) -> Result<()> {
    let status = Command::new("cargo")
        .args(arguments)
        .env("CARGO_TARGET_DIR", "target")
        .env("CARGO_INCREMENTAL", "0")
        .stdout(Stdio::null())
        .status()?;
    if !status.success() {
        return Err(format!("cargo {}: {status}", arguments.join(" ")).into());
    }
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let seconds = [usage.user_time(), usage.system_time()]
        .iter()
        .map(|time| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6)
        .sum::<f64>();
    println!("{seconds} {}", usage.max_rss() as f64 / 1024.0);
    Ok(())
}
