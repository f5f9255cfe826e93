//! What a pass costs that finds one dirty page: next to nothing but looking through the dirty log.
//!
//! The guest writes to one page all the time, and the destination never agrees to the switchover, so pass follows upon pass. Told is the
//! CPU time of the migration's thread by the passes that began meanwhile, which depends least on who else wants the processor, and how
//! many pages a pass sent: where the guest does not get it, passes find nothing, and the engine then waits a while.
//!
//! QEMU's guest is emulated, so neither program asks a kernel for its log. Instead, QEMU stops its vCPU for a moment in each pass. That
//! and the page cost the same whatever the guest's size is: what is more for a larger guest is what its log costs.

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

/// How long passes are counted.
const TIME: Duration = Duration::from_secs(1);
/// How long the first pass, over all pages, may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// The migration's thread, in both programs.
const THREAD: &str = "mig/src/main";

pub const HEAD: &str = "
                                    |            QEMU              |            engine            | QEMU / engine
dirty log                           | passes/s us CPU/pass   pages | passes/s us CPU/pass   pages |   CPU";

/// The guest of so many GiB.
pub fn host(size: u64) -> Host {
    Host { size, content: ("zero", 100, 8), activity: ("ticking", Some(Region(4096))) }
}

/// The passes of one migration, on the average.
struct Passes {
    per_second: f64,
    /// In microseconds, of the migration's thread.
    cpu: f64,
    /// How many pages each sent.
    pages: f64,
}

/// Measures both in turns, and gives a row of the table: for each, the round whose passes took the least CPU time.
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
    // Of the round before.
    let _ = fs::remove_file(&path);
    let listener = UnixListener::bind(&path)?;
    // It hears everything and answers nothing, until the source is gone.
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

/// What a migration that goes on says of itself.
fn look(source: &mut Process) -> Result<Value> {
    let info = source.command("query-migrate", json!({}))?;
    match info["status"].as_str() {
        Some("setup" | "active") => Ok(info),
        _ => Err(format!("the migration ended: {info}").into()),
    }
}

/// How many passes have begun.
fn count(info: &Value) -> f64 {
    info["ram"]["dirty-sync-count"].as_f64().unwrap_or(0.0)
}
