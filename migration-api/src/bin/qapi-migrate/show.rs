//! What the operator sees: a bar while it lasts, or lines where there is no terminal, and a summary.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, HumanDuration, ProgressBar, ProgressStyle};

use crate::api::{MigrationInfo, MigrationStats, MigrationStatus as Status};

/// How often a line is printed where there is no terminal.
const LINE_PERIOD: Duration = Duration::from_secs(5);

/// Shows progress on standard error and a summary on standard output.
pub struct Show {
    kind: Kind,
    status: Option<Status>,
}

enum Kind {
    Quiet,
    Bar(ProgressBar),
    Lines { last: Option<Instant> },
}

impl Show {
    /// A bar on a terminal, lines elsewhere, nothing if `quiet`.
    pub fn new(quiet: bool) -> Self {
        let kind = match (quiet, std::io::stderr().is_terminal()) {
            (true, _) => Kind::Quiet,
            (false, true) => {
                let style =
                    ProgressStyle::with_template("{prefix} [{wide_bar}] {percent:>3} %\n{msg}");
                let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
                Kind::Bar(ProgressBar::new(1).with_style(style.progress_chars("=> ")))
            }
            (false, false) => Kind::Lines { last: None },
        };
        Self { kind, status: None }
    }

    /// Shows where the migration stands.
    pub fn progress(&mut self, status: &Status, info: &MigrationInfo) {
        let changed = self.status.as_ref() != Some(status);
        self.status = Some(status.clone());
        match &mut self.kind {
            Kind::Quiet => {}
            Kind::Bar(bar) => {
                if let Some(ram) = &info.ram {
                    bar.set_length(unsigned(ram.total));
                    bar.set_position(unsigned(ram.total - ram.remaining));
                }
                bar.set_prefix(status.to_string());
                bar.set_message(figures(info));
            }
            Kind::Lines { last } => {
                if changed || last.is_none_or(|last| last.elapsed() >= LINE_PERIOD) {
                    *last = Some(Instant::now());
                    // A reader that is gone must not end the migration's supervision.
                    let _ = writeln!(std::io::stderr(), "{status}: {}", figures(info));
                }
            }
        }
    }

    /// Takes the bar away.
    pub fn end(&self) {
        if let Kind::Bar(bar) = &self.kind {
            bar.finish_and_clear();
        }
    }

    /// Says how it went, once the guest has moved.
    pub fn summary(&self, info: &MigrationInfo) {
        if matches!(self.kind, Kind::Quiet) {
            return;
        }
        let millis =
            |value: Option<i64>| value.map_or("unknown".into(), |value| format!("{value} ms"));
        let total = Duration::from_millis(unsigned(info.total_time.unwrap_or(0)));
        let mut text = format!(
            "migrated in {:.3} s: downtime {}, setup {}\n",
            total.as_secs_f64(),
            millis(info.downtime),
            millis(info.setup_time)
        );
        if let Some(ram) = &info.ram {
            text += &sent(ram, total);
        }
        let _ = std::io::stdout().write_all(text.as_bytes());
    }
}

/// What was sent, in a line.
fn sent(ram: &MigrationStats, total: Duration) -> String {
    let bytes = unsigned(ram.transferred);
    let mut text =
        format!("memory {}, sent {}", HumanBytes(unsigned(ram.total)), HumanBytes(bytes));
    if let Some(passes) = ram.dirty_sync_count {
        text += &format!(" in {passes} passes");
    }
    if !total.is_zero() {
        text += &format!(", {}/s", HumanBytes((bytes as f64 / total.as_secs_f64()) as u64));
    }
    if let Some(requests @ 1..) = ram.postcopy_requests {
        text += &format!(", {requests} pages on request");
    }
    text + "\n"
}

/// The figures of the moment.
fn figures(info: &MigrationInfo) -> String {
    let mut parts = Vec::new();
    if let Some(ram) = &info.ram {
        parts.extend(ram.dirty_sync_count.map(|passes| format!("pass {passes}")));
        if let Some(rate) = ram.mbps.filter(|rate| *rate > 0.0) {
            let bytes = rate * 1e6 / 8.0;
            parts.push(format!("{}/s", HumanBytes(bytes as u64)));
            let left = Duration::from_secs_f64((ram.remaining.max(0) as f64 / bytes).min(1e9));
            parts.push(format!(
                "{} left ({})",
                HumanBytes(unsigned(ram.remaining)),
                HumanDuration(left)
            ));
        } else {
            parts.push(format!("{} left", HumanBytes(unsigned(ram.remaining))));
        }
        let dirtied = ram.dirty_pages_rate.filter(|rate| *rate > 0).map(unsigned);
        let page = ram.page_size.map_or(4096, unsigned);
        parts.extend(
            dirtied
                .map(|rate| format!("guest dirties {}/s", HumanBytes(rate.saturating_mul(page)))),
        );
    }
    parts.extend(info.expected_downtime.map(|millis| format!("downtime about {millis} ms")));
    let throttle = info.cpu_throttle_percentage.filter(|percent| *percent > 0);
    parts.extend(throttle.map(|percent| format!("throttled by {percent} %")));
    parts.join(", ")
}

/// QMP's signed numbers of what cannot be negative.
fn unsigned(value: i64) -> u64 {
    value.max(0).cast_unsigned()
}
