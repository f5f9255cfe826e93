//! Runs all benchmarks, or those named, and writes their ratios to `RESULTS.md`.
//!
//! `cargo run -p qapi-benches --bin report [NAME...]`. A benchmark prints a ratio as
//! `ratio | MEASURED | BESIDE | VALUE`. Rows of benchmarks that were not run stay.

use std::error::Error;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// A benchmark, and cargo's arguments to find it.
struct Bench {
    name: &'static str,
    arguments: &'static [&'static str],
}

const BENCHES: [Bench; 7] = [
    Bench { name: "front_end", arguments: &["-p", "qapi-benches"] },
    Bench { name: "clean_build", arguments: &["-p", "qapi-benches"] },
    Bench { name: "round_trips", arguments: &["-p", "qapi-benches"] },
    Bench { name: "payloads", arguments: &["-p", "qapi-benches"] },
    Bench { name: "compile_time", arguments: &["-p", "qapi-benches"] },
    Bench { name: "page_fault", arguments: &["-p", "migration-api"] },
    Bench { name: "against_qemu", arguments: &["-p", "migration-api", "--features", "qemu"] },
];

const HEAD: &str = "\
# Results

Written by `just bench` (`cargo run -p qapi-benches --bin report`). Each ratio is of one run, the
sides taking turns. A ratio of times or costs is better below 1, a ratio of rates above 1.

| benchmark | measured | beside | ratio | date | machine |
|---|---|---|---|---|---|
";

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("report: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs the benchmarks and writes the table. Returns false if one has failed.
fn run() -> Result<bool> {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    if let Some(unknown) =
        wanted.iter().find(|name| BENCHES.iter().all(|bench| bench.name != **name))
    {
        let names = BENCHES.map(|bench| bench.name).join(", ");
        return Err(format!("unknown benchmark '{unknown}'; expected some of {names}").into());
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("RESULTS.md");
    let before = fs::read_to_string(&path).unwrap_or_default();
    let tail = format!("{} | {}", output("date", &["-u", "+%F"])?, machine()?);
    let mut passed = true;
    let mut table = HEAD.to_owned();
    for bench in &BENCHES {
        let start = format!("| {} |", bench.name);
        let selected = wanted.is_empty() || wanted.iter().any(|name| name == bench.name);
        let ratios = if selected { measure(bench)? } else { None };
        passed &= !selected || ratios.is_some();
        let rows: Vec<String> = match ratios {
            Some(ratios) => {
                ratios.iter().map(|ratio| format!("{start} {ratio} | {tail} |")).collect()
            }
            None => {
                before.lines().filter(|row| row.starts_with(&start)).map(str::to_owned).collect()
            }
        };
        for row in rows {
            table.push_str(&row);
            table.push('\n');
        }
    }
    fs::write(&path, table)?;
    println!("{}", path.display());
    Ok(passed)
}

/// Runs a benchmark, printing what it prints. Returns its ratios, or none if it fails.
fn measure(bench: &Bench) -> Result<Option<Vec<String>>> {
    println!("== {}", bench.name);
    let mut cargo = Command::new(env!("CARGO"));
    cargo.arg("bench").args(bench.arguments).args(["--bench", bench.name]);
    let mut child = cargo.stdout(Stdio::piped()).spawn()?;
    let mut ratios = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).lines() {
            let line = line?;
            println!("{line}");
            ratios.extend(line.strip_prefix("ratio | ").map(str::to_owned));
        }
    }
    Ok(child.wait()?.success().then_some(ratios))
}

/// Returns the processors, the compiler and the system.
fn machine() -> Result<String> {
    let text = fs::read_to_string("/proc/cpuinfo")?;
    let models = || text.lines().filter_map(|line| line.strip_prefix("model name"));
    let model = models().next().map(|name| name.trim_start_matches([' ', '\t', ':']));
    let system = output("uname", &["-sr"])?;
    let system = system.split('-').next().unwrap_or_default();
    let compiler = output("rustc", &["--version"])?;
    let compiler = compiler.split(" (").next().unwrap_or_default();
    Ok(format!("{} x {}, {system}, {compiler}", models().count(), model.unwrap_or("unknown")))
}

/// Returns the first line that a program prints.
fn output(program: &str, arguments: &[&str]) -> Result<String> {
    let output = Command::new(program).args(arguments).output()?;
    let text = String::from_utf8(output.stdout)?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}
