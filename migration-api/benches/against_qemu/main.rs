//! A precopy migration of 1 or 4 GiB, from engine to engine and from QEMU to QEMU, in turns.
//!
//! `QAPI_SHARED=... cargo bench -p migration-api --features qemu --bench against_qemu -- [ROUNDS] [WORD ...]` measures the cells that
//! have every WORD in their names, such as `random/1G/paused/tcp/plain`. QEMU's running guest is built from `tools/guest` of `QAPI_SHARED`.
//!
//! The machine may be busy with other things, so both take turns within each round: the table has the best time of all rounds, the
//! median downtime, the least CPU time, and the most memory. Throughput is guest RAM by total time.

mod cell;
mod process;

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::Command;

use cell::{Cell, Host, Kind, Pair, Run};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// How often each cell is measured unless it is said.
const ROUNDS: usize = 5;

fn main() -> Result<()> {
    // Cargo adds its own.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let rounds = words.first().and_then(|word| word.parse().ok());
    let wanted = &words[usize::from(rounds.is_some())..];
    let folder = tempfile::tempdir()?;
    let payload = payload(folder.path())?;
    println!("load average: {}", fs::read_to_string("/proc/loadavg")?.trim());
    println!("{}", Row::HEAD);
    for host in Host::all() {
        let chosen = |cell: &Cell| wanted.iter().all(|word| cell.to_string().contains(word));
        let cells: Vec<Cell> = host.cells().filter(chosen).collect();
        if cells.is_empty() {
            continue;
        }
        let mut pairs = [Kind::Qemu, Kind::Engine].map(|kind| Pair::new(kind, folder.path(), host, &payload));
        for cell in cells {
            let mut runs = [const { Vec::new() }; 2];
            for _ in 0..rounds.unwrap_or(ROUNDS) {
                for (pair, runs) in pairs.iter_mut().zip(&mut runs) {
                    let pair = pair.as_mut().map_err(|error| error.to_string())?;
                    runs.push(pair.migrate(cell.transport, &cell.way)?);
                }
            }
            let [qemu, engine] = runs.map(|runs| Row::of(host.size, runs));
            println!("{:<36}{qemu}{engine}{}", cell.to_string(), engine.against(&qemu));
        }
    }
    println!("load average: {}", fs::read_to_string("/proc/loadavg")?.trim());
    Ok(())
}

/// Builds a guest that dirties 4 MiB over and over at some pace.
fn payload(folder: &Path) -> Result<std::path::PathBuf> {
    let shared = std::env::var("QAPI_SHARED").map_err(|_| "QAPI_SHARED names no folder")?;
    let from = Path::new(&shared).join("tools/guest");
    for file in ["Makefile", "dirty.S"] {
        fs::copy(from.join(file), folder.join(file))
            .map_err(|error| format!("{}: {error}", from.join(file).display()))?;
    }
    let name = "light1g.elf";
    let made = Command::new("make").current_dir(folder).arg(name).output()?;
    if !made.status.success() {
        return Err(String::from_utf8_lossy(&made.stderr).into());
    }
    Ok(folder.join(name))
}

/// What one side did in all rounds of a cell.
struct Row {
    /// The guest's RAM in GiB.
    size: u64,
    /// The best, and the median, in milliseconds.
    total: f64,
    median: f64,
    downtime: f64,
    /// The median of what was sent, in MiB.
    sent: f64,
    /// Of the source and of the destination, in seconds.
    cpu: [f64; 2],
    /// The most memory beyond the guest's RAM, in MiB: of the source and of the destination.
    beyond: [f64; 2],
}

impl Row {
    const HEAD: &str = "                                    |                    QEMU                          |                   engine                         | QEMU / engine
cell                                |    ms  MiB/s  sent  down  cpu src, dst  MiB s, d |    ms  MiB/s  sent  down  cpu src, dst  MiB s, d |  best median   cpu  sent  down";

    fn of(size: u64, runs: Vec<Run>) -> Self {
        let sorted = |of: fn(&Run) -> f64| {
            let mut all: Vec<f64> = runs.iter().map(of).collect();
            all.sort_by(f64::total_cmp);
            all
        };
        let least = |of| sorted(of)[0];
        let most = |of| sorted(of)[runs.len() - 1];
        let median = |of| sorted(of)[runs.len() / 2];
        Self {
            size,
            total: least(|run| run.total),
            median: median(|run| run.total),
            downtime: median(|run| run.downtime),
            sent: median(|run| run.sent),
            cpu: [least(|run| run.source.cpu), least(|run| run.destination.cpu)],
            beyond: [most(|run| run.source.beyond), most(|run| run.destination.beyond)],
        }
    }

    fn against(&self, peer: &Self) -> String {
        format!(
            "| {:5.2} {:6.2} {:5.2} {:5.2} {:2.0}:{:<2.0}",
            peer.total / self.total,
            peer.median / self.median,
            peer.cpu.iter().sum::<f64>() / self.cpu.iter().sum::<f64>(),
            peer.sent / self.sent,
            peer.downtime,
            self.downtime
        )
    }
}

impl std::fmt::Display for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { total, sent, downtime, cpu: [source, destination], beyond: [kept, taken], .. } = self;
        let speed = (self.size << 10) as f64 / total * 1000.0;
        write!(
            f,
            "| {total:5.0} {speed:6.0} {sent:5.0} {downtime:5.0}   {source:5.2} {destination:5.2}   {kept:4.0} {taken:4.0} "
        )
    }
}
