//! Benchmarks precopy migrations of 1 or 4 GiB, from engine to engine and from QEMU to QEMU in
//! turns, and the cost of a pass over the dirty log.
//!
//! `QAPI_SHARED=... cargo bench -p migration-programs --features qemu --bench against_qemu --
//! [ROUNDS] [WORD ...]` measures the cells with every WORD in their names, such as
//! `random/1G/paused/tcp/plain` or `dirty-sync`. QEMU's running guest is built from `tools/guest`
//! of `QAPI_SHARED`.
//!
//! The host may be busy, so both take turns within each round. The table has the best time of all
//! rounds, the median downtime, the least CPU time (without the guest's own), and the highest
//! memory use. Throughput is guest RAM by total time; memory sent again was dirtied by the guest
//! meanwhile.

mod cell;
mod dirty_sync;
mod guest;
mod process;

use std::error::Error;
use std::fs;

use cell::{Cell, Host, Kind, Pair, Run, SIZES};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Default number of rounds per cell.
const ROUNDS: usize = 5;

fn main() -> Result<()> {
    // Cargo adds options of its own.
    let words: Vec<String> =
        std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let rounds = words.first().and_then(|word| word.parse().ok());
    let wanted = &words[usize::from(rounds.is_some())..];
    let rounds = rounds.unwrap_or(ROUNDS);
    let folder = tempfile::tempdir()?;
    println!("load average: {}", fs::read_to_string("/proc/loadavg")?.trim());
    let chosen = |name: &str| wanted.iter().all(|word| name.contains(word));
    let cells =
        |host: Host| host.cells().filter(|cell| chosen(&cell.to_string())).collect::<Vec<Cell>>();
    let hosts: Vec<_> = Host::all()
        .map(|host| (host, cells(host)))
        .filter(|(_, cells)| !cells.is_empty())
        .collect();
    if !hosts.is_empty() {
        println!("{}", Row::HEAD);
    }
    for (host, cells) in hosts {
        let mut pairs = [Kind::Qemu, Kind::Engine].map(|kind| Pair::new(kind, folder.path(), host));
        for cell in cells {
            let mut runs = [const { Vec::new() }; 2];
            for _ in 0..rounds {
                for (pair, runs) in pairs.iter_mut().zip(&mut runs) {
                    let pair = pair.as_mut().map_err(|error| error.to_string())?;
                    runs.push(pair.migrate(cell.transport, &cell.way)?);
                }
            }
            let [qemu, engine] = runs.map(|runs| Row::of(host.size, runs));
            println!("{:<36}{qemu}{engine}{}", cell.to_string(), engine.against(&qemu));
            // Read by the program `report` in benches/.
            println!("ratio | migration, {cell} | QEMU, time | {:.2}", engine.total / qemu.total);
        }
    }
    let logs = SIZES.map(dirty_sync::host).map(|host| (format!("{host}/dirty-sync"), host));
    let logs: Vec<_> = logs.into_iter().filter(|(name, _)| chosen(name)).collect();
    if !logs.is_empty() {
        println!("{}", dirty_sync::HEAD);
    }
    for (name, host) in logs {
        println!("{name:<36}{}", dirty_sync::row(host, folder.path(), rounds)?);
    }
    println!("load average: {}", fs::read_to_string("/proc/loadavg")?.trim());
    Ok(())
}

/// Results of one side, over all rounds of a cell.
struct Row {
    /// The guest's RAM in GiB.
    size: u64,
    /// Best and median in milliseconds.
    total: f64,
    median: f64,
    downtime: f64,
    /// Medians of the data sent, and of that sent again because the guest dirtied it, in MiB.
    sent: f64,
    again: f64,
    /// CPU seconds of the source and of the destination.
    cpu: [f64; 2],
    /// Peak memory of source and destination beyond the guest's RAM, in MiB.
    beyond: [f64; 2],
}

impl Row {
    const HEAD: &str = "
                                    |                        QEMU                             |                       engine                            | QEMU / engine
cell                                |    ms  MiB/s  sent again  down  cpu src, dst  MiB s, d  |    ms  MiB/s  sent again  down  cpu src, dst  MiB s, d  |  best median   cpu  sent  down";

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
            again: median(|run| run.again),
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
        let Self {
            total,
            sent,
            again,
            downtime,
            cpu: [source, destination],
            beyond: [kept, taken],
            ..
        } = self;
        let speed = (self.size << 10) as f64 / total * 1000.0;
        write!(
            f,
            "| {total:5.0} {speed:6.0} {sent:5.0} {again:5.0} {downtime:5.0}   {source:5.2} {destination:5.2}   {kept:4.0} {taken:4.0}  "
        )
    }
}
