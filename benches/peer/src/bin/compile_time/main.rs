//! Seconds of processor time that rustc takes for the full schema's code, ours and the peer's, and for programs
//! that use ten and all commands of it.
//!
//! Run by `cargo bench -p qapi-benches --bench compile_time`. Both generators read the same schema with their
//! defaults. Each crate is built with cargo's profiles, its dependencies beforehand; the two sides take turns, and the
//! best of some turns counts.

mod crates;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use qapi_benches::{children_cpu, corpus_root};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

const TURNS: usize = 2;

/// What is built, and how.
const COLUMNS: [(&str, &[&str]); 8] = [
    ("types", &["check"]),
    ("types", &["build"]),
    ("types", &["build", "--release"]),
    ("ten", &["build"]),
    ("ten", &["build", "--release"]),
    ("all", &["check"]),
    ("all", &["build"]),
    ("all", &["build", "--release"]),
];

fn main() -> Result<()> {
    let scratch = std::env::temp_dir().join(format!("qapi-compile-time-{}", std::process::id()));
    fs::create_dir(&scratch)?;
    let result = measure(&scratch);
    fs::remove_dir_all(&scratch)?;
    result
}

fn measure(scratch: &Path) -> Result<()> {
    let root = corpus_root()?;
    println!("{}", root.display());
    for (side, lines) in ["ours", "peer"].into_iter().zip(crates::write(&root, scratch)?) {
        println!("{side}: {lines} lines generated");
    }
    println!("{:<28}{:>8}{:>8}   CPU seconds; ours / peer", "", "ours", "peer");
    for (name, how) in COLUMNS {
        let mut best = [f64::INFINITY; 2];
        // Of what the programs depend on, the types have been built in an earlier column.
        cpu(scratch, &["qapi", "qapi-spec", "serde", "serde_json"], how)?;
        for _ in 0..TURNS {
            for (side, best) in ["ours", "peer"].into_iter().zip(&mut best) {
                *best = best.min(cpu(scratch, &[&format!("{side}-{name}")], how)?);
            }
        }
        let [ours, peer] = best;
        println!("{:<28}{ours:>8.1}{peer:>8.1}   {:.2}", format!("{name}, {}", how.join(" ")), ours / peer);
    }
    Ok(())
}

/// CPU seconds of building packages, anew if they are the workspace's own.
fn cpu(workspace: &Path, names: &[&str], how: &[&str]) -> Result<f64> {
    let account = || children_cpu().ok_or("no account of child processes on this system");
    for (name, source) in names.iter().flat_map(|name| [(name, "lib.rs"), (name, "main.rs")]) {
        let path = workspace.join(name).join("src").join(source);
        if path.is_file() {
            fs::File::options().append(true).open(path)?.set_modified(std::time::SystemTime::now())?;
        }
    }
    let before = account()?;
    let output = Command::new("cargo")
        .args(how)
        .arg("--quiet")
        .args(names.iter().flat_map(|name| ["--package", name]))
        .current_dir(workspace)
        .env("CARGO_TARGET_DIR", workspace.join("target"))
        .env("CARGO_INCREMENTAL", "0")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .output()?;
    if !output.status.success() {
        return Err(format!("{}: {}", names.join(", "), String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(account()? - before)
}
