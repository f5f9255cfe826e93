//! Shared by the benchmarks: the material, repeated timing, and the resources of the process.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// Returns the root of the schema to measure: `QAPI_CORPUS/qapi/qapi-schema.json`, or that of
/// `schema/`.
pub fn schema_root() -> PathBuf {
    match std::env::var_os("QAPI_CORPUS") {
        Some(corpus) => PathBuf::from(corpus).join("qapi/qapi-schema.json"),
        None => PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../schema/qapi-schema.json"),
    }
}

/// Returns the folder of outside material that `QAPI_SHARED` names.
///
/// # Errors
/// If the variable is not set or does not name a folder.
pub fn shared() -> Result<PathBuf, Box<dyn Error>> {
    folder("QAPI_SHARED")
}

/// Returns the root of QEMU's full schema: of the tree that `QAPI_CORPUS` names, else of 10.0.2 in
/// `QAPI_SHARED`.
///
/// # Errors
/// If there is no such schema.
pub fn corpus_root() -> Result<PathBuf, Box<dyn Error>> {
    let tree = match std::env::var_os("QAPI_CORPUS") {
        Some(_) => folder("QAPI_CORPUS")?,
        None => shared()?.join("corpus/qemu-10.0.2"),
    };
    let root = tree.join("qapi/qapi-schema.json");
    if root.is_file() { Ok(root) } else { Err(format!("{} is no file", root.display()).into()) }
}

fn folder(variable: &str) -> Result<PathBuf, Box<dyn Error>> {
    let value = std::env::var_os(variable)
        .ok_or_else(|| format!("{variable} is not set: see CONTRIBUTING.md"))?;
    let folder = PathBuf::from(value);
    if folder.is_dir() {
        Ok(folder)
    } else {
        Err(format!("{variable}: {} is no folder", folder.display()).into())
    }
}

/// Builds and runs a program of the package `peer/`, which is not in the workspace.
///
/// # Errors
/// If it fails. It prints the reason.
pub fn run_beside_peer(program: &str) -> Result<(), Box<dyn Error>> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("peer/Cargo.toml");
    let mut cargo = Command::new("cargo");
    cargo.args(["run", "--quiet", "--release", "--bin", program, "--manifest-path"]).arg(manifest);
    let status = cargo.status()?;
    if status.success() { Ok(()) } else { Err(format!("{program}: {status}").into()) }
}

/// Prints a ratio of this run. `report` collects these lines for `RESULTS.md`.
pub fn ratio(measured: &str, beside: &str, value: f64) {
    println!("ratio | {measured} | {beside} | {value:.2}");
}

/// Measures the minimum and median of `runs` runs of `work`.
pub fn time<T>(runs: usize, mut work: impl FnMut() -> T) -> (Duration, Duration) {
    let mut times: Vec<Duration> = (0..runs.max(1))
        .map(|_| {
            let start = Instant::now();
            let product = work();
            let time = start.elapsed();
            drop(product);
            time
        })
        .collect();
    times.sort();
    (times[0], times[times.len() / 2])
}

/// Converts to milliseconds.
pub fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Returns the peak memory of the process in MiB; `None` on systems other than Linux.
pub fn peak_memory() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<f64>().ok()? / 1024.0)
}

/// Returns the CPU seconds, user and system, of all children that have ended. Needs Linux.
pub fn children_cpu() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The process name may contain spaces, so start after its closing parenthesis. The fields are
    // 16 and 17 of proc(5), in ticks of 1/100 s on every Linux that runs Rust.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |index: usize| fields.get(index)?.parse::<f64>().ok();
    Some((ticks(13)? + ticks(14)?) / 100.0)
}
