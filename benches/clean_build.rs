//! What a user's first build pays: CPU seconds of a clean debug build of `qapi-codegen` beside its
//! third-party dependencies alone.
//!
//! `cargo bench -p qapi-benches --bench clean_build`. Both builds are of this workspace with its lock
//! file, offline, each from an empty target folder, one after the other.

use std::path::Path;
use std::process::{Command, Stdio};

use qapi_benches::children_cpu;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let target = std::env::temp_dir().join(format!("qapi-build-{}", std::process::id()));
    let dependencies = third_party(&workspace)?;
    println!("third-party dependencies: {}", dependencies.join(" "));
    let mut ratios = Vec::new();
    for run in 1..=3 {
        let mut parts: Vec<&str> = vec!["build", "--offline"];
        for dependency in &dependencies {
            parts.extend(["-p", dependency]);
        }
        let theirs = cpu(&workspace, &target, &parts)?;
        let ours = cpu(&workspace, &target, &["build", "--offline", "-p", "qapi-codegen"])?;
        let ratio = (theirs + ours) / theirs;
        println!(
            "run {run}: dependencies {theirs:.1} s, ours on top {ours:.1} s, whole / dependencies {ratio:.2}"
        );
        ratios.push(ratio);
        std::fs::remove_dir_all(&target)?;
    }
    ratios.sort_by(f64::total_cmp);
    println!("median {:.2}", ratios[1]);
    Ok(())
}

/// The packages that `qapi-codegen` is built from, ours left out, as `name@version`.
fn third_party(workspace: &Path) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let output = Command::new("cargo")
        .args([
            "tree",
            "--offline",
            "-p",
            "qapi-codegen",
            "-e",
            "normal,build",
            "--prefix",
            "none",
            "--format",
            "{p}",
        ])
        .current_dir(workspace)
        .stderr(Stdio::inherit())
        .output()?;
    let mut names: Vec<String> = String::from_utf8(output.stdout)?
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            let (name, version) = (words.next()?, words.next()?);
            (!name.starts_with("qapi-")).then(|| format!("{name}@{}", version.trim_start_matches('v')))
        })
        .collect();
    names.sort();
    names.dedup();
    Ok(names)
}

/// CPU seconds of one cargo call.
fn cpu(workspace: &Path, target: &Path, arguments: &[&str]) -> Result<f64, Box<dyn std::error::Error>> {
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
