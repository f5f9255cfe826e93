//! Measures the cost of a pass that finds one dirty page, which is mostly the scan of the dirty
//! log.
//!
//! The guest writes to one page all the time, and the destination never acknowledges the
//! switchover, so that passes repeat. The result is the CPU time of the migration thread per pass,
//! which depends least on the load of the host, and the pages sent per pass: while the guest gets
//! no CPU time, passes find no page, and the engine then waits a while.
//!
//! QEMU's guest is emulated, so neither program reads a log of the kernel. Instead, QEMU stops its
//! vCPU for a moment in each pass. That cost and the page's cost do not depend on the guest's size,
//! so the difference between two sizes is the cost of the log.

use std::fs;
use std::io;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::Result;
use super::cell::{Host, Kind, Pair};
use super::guest::Region;
use super::process::Process;

/// Time over which passes are counted.
const TIME: Duration = Duration::from_secs(1);
/// Limit for the first pass, over all pages.
const PATIENCE: Duration = Duration::from_secs(60);

/// Name of the migration thread in both programs.
const THREAD: &str = "mig/src/main";

pub const HEAD: &str = "
                                    |            QEMU              |            engine            | QEMU / engine
dirty log                           | passes/s us CPU/pass   pages | passes/s us CPU/pass   pages |   CPU";

/// Returns a guest of this many GiB.
pub fn host(size: u64) -> Host {
    Host { size, content: ("zero", 100, 8), activity: ("ticking", Some(Region(4096))) }
}

/// Averages over the passes of a migration.
struct Passes {
    per_second: f64,
    /// CPU time of the migration thread in microseconds.
    cpu: f64,
    /// Pages sent per pass.
    pages: f64,
}

/// Measures both in turns. Returns a row of the table, with the round of least CPU time per pass
/// for each.
pub fn row(host: Host, folder: &Path, rounds: usize) -> Result<String> {
    let mut least: [Option<Passes>; 2] = [None, None];
    for _ in 0..rounds {
        for (kind, least) in [Kind::Qemu, Kind::Engine].into_iter().zip(&mut least) {
            let passes = measure(Pair::new(kind, folder, host)?)?;
            if least.as_ref().is_none_or(|least| passes.cpu < least.cpu) {
                *least = Some(passes);
            }
        }
    }
    let [Some(qemu), Some(engine)] = least else { return Err("no rounds".into()) };
    let side = |Passes { per_second, cpu, pages }: &Passes| {
        format!("| {per_second:8.0} {cpu:11.1} {pages:7.1} ")
    };
    Ok(format!("{}{}| {:5.2}", side(&qemu), side(&engine), qemu.cpu / engine.cpu))
}

fn measure(Pair { folder, mut source, .. }: Pair) -> Result<Passes> {
    let path = folder.join("passes");
    // Left by the previous round.
    let _ = fs::remove_file(&path);
    let listener = UnixListener::bind(&path)?;
    // Reads everything and answers nothing, until the source closes.
    thread::spawn(move || io::copy(&mut listener.accept()?.0, &mut io::sink()));
    let source = &mut source;
    let switches =
        ["return-path", "switchover-ack"].map(|name| json!({"capability": name, "state": true}));
    source.command("migrate-set-capabilities", json!({"capabilities": switches}))?;
    source.command("migrate", json!({"uri": format!("unix:{}", path.display())}))?;
    let end = Instant::now() + PATIENCE;
    while count(&look(source)?) < 3.0 {
        if Instant::now() > end {
            return Err("no second pass".into());
        }
        sleep(Duration::from_millis(20));
    }
    let (before, cpu_before, began) = (look(source)?, source.threads_cpu(THREAD)?, Instant::now());
    sleep(TIME);
    let (after, cpu_after, ended) = (look(source)?, source.threads_cpu(THREAD)?, Instant::now());
    let number = count(&after) - count(&before);
    let pages = |info: &Value| info["ram"]["normal"].as_f64().unwrap_or(0.0);
    let sent = pages(&after) - pages(&before);
    if sent == 0.0 {
        return Err(format!("{number} passes, and the guest dirtied nothing").into());
    }
    Ok(Passes {
        per_second: number / (ended - began).as_secs_f64(),
        cpu: (cpu_after - cpu_before) * 1e6 / number,
        pages: sent / number,
    })
}

/// Queries the statistics of a running migration.
fn look(source: &mut Process) -> Result<Value> {
    let info = source.command("query-migrate", json!({}))?;
    match info["status"].as_str() {
        Some("setup" | "active") => Ok(info),
        _ => Err(format!("the migration ended: {info}").into()),
    }
}

/// Returns the number of passes begun.
fn count(info: &Value) -> f64 {
    info["ram"]["dirty-sync-count"].as_f64().unwrap_or(0.0)
}
