//! What it costs to take over what a guest has dirtied: passes over next to nothing but the dirty log.

use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::json;

use super::Result;
use super::cell::{Activity, Host, Kind, Pair};

/// Dirties so few pages that passes are short, and dirties them so often that none is without any. QEMU's guest has a fault at each page
/// that it dirties anew, so it does not get much farther in a pass.
const TICKING: Activity = ("ticking", Some("dirty,start=256M,end=262400K,rate=max"));
/// How long passes are counted.
const TIME: Duration = Duration::from_secs(2);
/// How long the first pass, over all pages, may take.
const PATIENCE: Duration = Duration::from_secs(60);

pub const HEAD: &str = "
                                    |       QEMU             |      engine            | QEMU / engine
pass                                | number     us  us CPU  | number     us  us CPU  |  time   CPU";

/// The guest of so many GiB.
pub fn host(size: u64) -> Host {
    Host { size, content: ("zero", 100, 8), activity: TICKING }
}

/// The passes of one migration.
struct Passes {
    number: f64,
    /// Of one pass, in microseconds: by the clock, and of the migration's thread.
    time: f64,
    cpu: f64,
}

/// Measures both, and gives a row of the table.
pub fn row(host: Host, folder: &Path, payload: &Path) -> Result<String> {
    let mut row = String::new();
    let mut both = Vec::new();
    for kind in [Kind::Qemu, Kind::Engine] {
        let passes = measure(Pair::new(kind, folder, host, payload)?)?;
        row += &format!("| {:6.0} {:6.0} {:6.0}  ", passes.number, passes.time, passes.cpu);
        both.push(passes);
    }
    Ok(format!("{row}| {:5.2} {:5.2}", both[0].time / both[1].time, both[0].cpu / both[1].cpu))
}

fn measure(mut pair: Pair) -> Result<Passes> {
    let address = format!("unix:{}", pair.folder.join("passes").display());
    let _destination = pair.destination(&address)?;
    // The guest is handed over once less than a page is dirty, which should not come about.
    let never = json!({"downtime-limit": 1, "avail-switchover-bandwidth": 4_096_000});
    pair.source.command("migrate-set-parameters", never)?;
    pair.source.command("migrate", json!({"uri": address}))?;
    let end = Instant::now() + PATIENCE;
    while passes(&mut pair)? < 3.0 {
        if Instant::now() > end {
            return Err("no second pass".into());
        }
        sleep(Duration::from_millis(20));
    }
    let (first, began) = (passes(&mut pair)?, Instant::now());
    let before = pair.source.thread_cpu("mig/src/main")?;
    sleep(TIME);
    let cpu = pair.source.thread_cpu("mig/src/main")? - before;
    let time = began.elapsed();
    let number = passes(&mut pair)? - first;
    Ok(Passes { number, time: time.as_secs_f64() * 1e6 / number, cpu: cpu * 1e6 / number })
}

/// How many passes have begun.
fn passes(pair: &mut Pair) -> Result<f64> {
    let info = pair.source.command("query-migrate", json!({}))?;
    let number = info["ram"]["dirty-sync-count"].as_f64().unwrap_or(0.0);
    match info["status"].as_str() {
        Some("setup" | "active") => Ok(number),
        _ => Err(format!("nothing is dirty any more after {number} passes").into()),
    }
}
