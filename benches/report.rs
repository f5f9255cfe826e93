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
    Bench { name: "page_fault", arguments: &["-p", "migration-programs"] },
    Bench { name: "against_qemu", arguments: &["-p", "migration-programs", "--features", "qemu"] },
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
    let tail = format!("{} | {}", output("date", &["-u", "+%F"])?, machine()?);
    let mut passed = true;
    for bench in &BENCHES {
        if !wanted.is_empty() && wanted.iter().all(|name| name != bench.name) {
            continue;
        }
        match measure(bench)? {
            Some(ratios) => {
                let rows =
                    ratios.iter().map(|ratio| format!("| {} | {ratio} | {tail} |", bench.name));
                // After each: what ends a later one does not take these figures with it.
                let before = fs::read_to_string(&path).unwrap_or_default();
                fs::write(&path, replace(&before, bench, &rows.collect::<Vec<_>>()))?;
            }
            None => passed = false,
        }
    }
    println!("{}", path.display());
    Ok(passed)
}

/// Returns the table with these rows of one benchmark, and those of the others as they were.
fn replace(before: &str, bench: &Bench, rows: &[String]) -> String {
    let mut table = HEAD.to_owned();
    for other in &BENCHES {
        let start = format!("| {} |", other.name);
        let kept = before.lines().filter(|row| row.starts_with(&start));
        let new = rows.iter().map(String::as_str);
        let rows: Vec<&str> = if other.name == bench.name { new.collect() } else { kept.collect() };
        for row in rows {
            table.push_str(row);
            table.push('\n');
        }
    }
    table
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
