//! The cost of a user's first build: CPU seconds of a clean debug build of `qapi-codegen`, and of
//! its third-party dependencies alone.
//!
//! `cargo bench -p qapi-benches --bench clean_build` builds the dependencies as those of an empty
//! crate with the same requirements. Both builds use this workspace's lock file and profile, are
//! offline, and start from an empty target folder.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use qapi_benches::{children_cpu, ratio};

/// The number of builds of each.
const RUNS: usize = 3;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result<()> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let scratch = std::env::temp_dir().join(format!("qapi-clean-build-{}", std::process::id()));
    let result = measure(&workspace, &scratch);
    fs::remove_dir_all(&scratch)?;
    result
}

fn measure(workspace: &Path, scratch: &Path) -> Result<()> {
    let empty = empty_crate(workspace, scratch)?;
    let mut ratios = Vec::new();
    for run in 1..=RUNS {
        let theirs = cpu(&empty, &scratch.join(format!("theirs-{run}")), &["build", "--offline"])?;
        let all = cpu(
            workspace,
            &scratch.join(format!("all-{run}")),
            &["build", "--offline", "-p", "qapi-codegen"],
        )?;
        println!(
            "run {run}: dependencies {theirs:.1} s, all {all:.1} s, ratio {:.2}",
            all / theirs
        );
        ratios.push(all / theirs);
    }
    ratios.sort_by(f64::total_cmp);
    ratio("clean debug build of qapi-codegen", "its dependencies, CPU time", ratios[RUNS / 2]);
    Ok(())
}

/// An empty crate with the dependencies of our crates.
fn empty_crate(workspace: &Path, scratch: &Path) -> Result<PathBuf> {
    let manifest = fs::read_to_string(workspace.join("Cargo.toml"))?;
    let profile = manifest.find("[profile.dev]").map_or("", |at| &manifest[at..]);
    let profile = profile.split("\n\n").next().unwrap_or_default();
    let wanted = third_party(workspace)?;
    let dependencies: Vec<&str> = manifest
        .lines()
        .filter(|line| line.split_once(" = ").is_some_and(|(name, _)| wanted.contains(name)))
        .collect();
    let head = "[package]\nname = \"dependencies\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n";
    let manifest = format!("{head}\n{profile}\n\n[dependencies]\n{}\n", dependencies.join("\n"));
    println!("dependencies: {}", dependencies.join(", "));
    let folder = scratch.join("dependencies");
    fs::create_dir_all(folder.join("src"))?;
    fs::write(folder.join("Cargo.toml"), manifest)?;
    fs::write(folder.join("src/lib.rs"), "")?;
    fs::copy(workspace.join("Cargo.lock"), folder.join("Cargo.lock"))?;
    Ok(folder)
}

/// Returns the direct third-party dependencies of our crates.
fn third_party(workspace: &Path) -> Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for ours in ["qapi-parser", "qapi-codegen"] {
        let output = Command::new("cargo")
            .args(["tree", "--offline", "-p", ours, "-e", "normal,build", "--depth", "1"])
            .args(["--prefix", "none", "--format", "{p}"])
            .current_dir(workspace)
            .stderr(Stdio::inherit())
            .output()?;
        let lines = String::from_utf8(output.stdout)?;
        names.extend(
            lines.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned),
        );
    }
    names.retain(|name| !name.starts_with("qapi-"));
    Ok(names)
}

/// Measures the CPU seconds of one cargo call.
fn cpu(workspace: &Path, target: &Path, arguments: &[&str]) -> Result<f64> {
    let account = || children_cpu().ok_or("no account of child processes on this system");
    let before = account()?;
    let status = Command::new("cargo")
        .args(arguments)
        .current_dir(workspace)
        .env("CARGO_TARGET_DIR", target)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    if !status.success() {
        return Err(format!("cargo {} failed", arguments.join(" ")).into());
    }
    Ok(account()? - before)
}
