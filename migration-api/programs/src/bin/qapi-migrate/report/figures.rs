//! The figures of a migration, with those that the server does not know set apart.

use std::time::Duration;

use indicatif::{HumanBytes, HumanDuration};
use serde_json::{Map, Value};

use crate::api::MigrationInfo;

/// The page size of servers that do not report theirs, in bytes.
const PAGE: u64 = 4096;

/// INT64_MAX, rounded to the nearest double.
const LARGEST: f64 = i64::MAX as f64;

/// A figure of a reply.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Figure {
    /// The reply does not have it.
    Absent,
    /// The server could not compute it: QEMU sends INT64_MAX, NaN or a negative number.
    Unknown,
    /// Its value.
    Known(u64),
}

use Figure::{Absent, Known, Unknown};

impl Figure {
    fn of(value: Option<f64>) -> Figure {
        match value {
            None => Absent,
            Some(number) if (0.0..LARGEST).contains(&number) => Known(number as u64),
            Some(_) => Unknown,
        }
    }

    pub fn known(self) -> Option<u64> {
        match self {
            Known(number) => Some(number),
            Absent | Unknown => None,
        }
    }

    /// Leaves out a zero, which says nothing.
    fn unless_zero(self) -> Figure {
        if self == Known(0) { Absent } else { self }
    }

    /// Prints the figure, `unknown`, or nothing if it is absent.
    fn text(self, print: impl Fn(u64) -> String) -> Option<String> {
        match self {
            Absent => None,
            Unknown => Some("unknown".into()),
            Known(number) => Some(print(number)),
        }
    }
}

/// The figures of one reply to `query-migrate`. Sizes are in bytes, rates in bytes per second,
/// times in milliseconds.
#[derive(Debug, PartialEq)]
pub struct Figures {
    pub total: Figure,
    pub remaining: Figure,
    pub transferred: Figure,
    /// Pages sent, with those of zeros.
    pub pages: Figure,
    rate: Figure,
    pub dirty_rate: Figure,
    pub pass: Figure,
    postcopy_requests: Figure,
    throttle: Figure,
    pub total_time: Figure,
    setup_time: Figure,
    downtime: Figure,
    expected_downtime: Figure,
}

impl Figures {
    /// Takes the figures out of a reply.
    pub fn new(info: &MigrationInfo) -> Self {
        let ram = info.ram.as_ref();
        let page = Figure::of(ram.and_then(|ram| ram.page_size)).known().unwrap_or(PAGE);
        let dirty_pages = Figure::of(ram.and_then(|ram| ram.dirty_pages_rate));
        let megabits = ram.and_then(|ram| ram.mbps);
        Self {
            total: Figure::of(ram.map(|ram| ram.total)),
            remaining: Figure::of(ram.map(|ram| ram.remaining)),
            transferred: Figure::of(ram.map(|ram| ram.transferred)),
            pages: Figure::of(ram.and_then(|ram| Some(ram.normal? + ram.duplicate?))),
            rate: Figure::of(megabits.map(|megabits| megabits * 1e6 / 8.0)),
            dirty_rate: match dirty_pages {
                Known(pages) => Known(pages.saturating_mul(page)),
                other => other,
            },
            pass: Figure::of(ram.and_then(|ram| ram.dirty_sync_count)),
            postcopy_requests: Figure::of(ram.and_then(|ram| ram.postcopy_requests)),
            throttle: Figure::of(info.cpu_throttle_percentage),
            total_time: Figure::of(info.total_time),
            setup_time: Figure::of(info.setup_time),
            downtime: Figure::of(info.downtime),
            expected_downtime: Figure::of(info.expected_downtime),
        }
    }

    /// Formats the figures of the moment for people.
    pub fn moment(&self) -> String {
        let rate = self.rate.unless_zero();
        let left = match (self.remaining, rate) {
            (Known(bytes @ 1..), Known(rate)) => {
                let time = Duration::from_secs_f64((bytes as f64 / rate as f64).min(1e9));
                Some(format!("{} left ({})", HumanBytes(bytes), HumanDuration(time)))
            }
            (Unknown, _) => Some("unknown amount left".into()),
            (remaining, _) => {
                remaining.text(|bytes| HumanBytes(bytes).to_string()).map(|text| text + " left")
            }
        };
        let per_second = |bytes| format!("{}/s", HumanBytes(bytes));
        let parts = [
            self.pass.text(|pass| format!("pass {pass}")),
            match rate {
                Unknown => Some("rate unknown".into()),
                rate => rate.text(per_second),
            },
            left,
            match self.dirty_rate.unless_zero() {
                Unknown => Some("dirty rate unknown".into()),
                rate => prefixed("guest dirties ", rate.text(per_second)),
            },
            match self.expected_downtime {
                Unknown => Some("downtime unknown".into()),
                figure => figure.text(|millis| format!("downtime about {millis} ms")),
            },
            prefixed("throttled by ", self.throttle.unless_zero().text(|part| format!("{part} %"))),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }

    /// Formats the figures of a migration that is done for people.
    pub fn summary(&self) -> String {
        let millis = |figure: Figure| {
            figure.text(|millis| format!("{millis} ms")).unwrap_or_else(|| "unknown".into())
        };
        let time = self.total_time.known().map(Duration::from_millis);
        let mut text = match time {
            Some(time) => format!("migrated in {:.3} s", time.as_secs_f64()),
            None => "migrated in unknown time".into(),
        };
        text +=
            &format!(": downtime {}, setup {}\n", millis(self.downtime), millis(self.setup_time));
        let size = |bytes| HumanBytes(bytes).to_string();
        let Some(total) = self.total.text(size) else { return text };
        text += &format!("memory {total}");
        text += &prefixed(", sent ", self.transferred.text(size)).unwrap_or_default();
        if let Some(passes) = self.pass.known() {
            text += &format!(" in {passes} pass{}", if passes == 1 { "" } else { "es" });
        }
        if let (Some(bytes), Some(time)) = (self.transferred.known(), time)
            && !time.is_zero()
        {
            text += &format!(", {}/s", HumanBytes((bytes as f64 / time.as_secs_f64()) as u64));
        }
        if let Some(requests @ 1..) = self.postcopy_requests.known() {
            text += &format!(", {requests} pages on request");
        }
        text + "\n"
    }

    /// Returns the figures as members of a JSON object: unknown ones are null, absent ones missing.
    pub fn members(&self) -> Map<String, Value> {
        let all = [
            ("total", self.total),
            ("remaining", self.remaining),
            ("transferred", self.transferred),
            ("rate", self.rate),
            ("dirty-rate", self.dirty_rate),
            ("pass", self.pass),
            ("postcopy-requests", self.postcopy_requests),
            ("throttle-percentage", self.throttle),
            ("total-time", self.total_time),
            ("setup-time", self.setup_time),
            ("downtime", self.downtime),
            ("expected-downtime", self.expected_downtime),
        ];
        let present = all.into_iter().filter(|(_, figure)| *figure != Absent);
        present.map(|(name, figure)| (name.to_owned(), figure.known().into())).collect()
    }
}

fn prefixed(prefix: &str, text: Option<String>) -> Option<String> {
    text.map(|text| format!("{prefix}{text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(reply: &str) -> Figures {
        let info: MigrationInfo = qapi::from_text(reply, &qapi::Rules::STRICT).unwrap();
        Figures::new(&info)
    }

    const KNOWN: &str = r#"{"status": "active", "expected-downtime": 300, "total-time": 2000,
        "ram": {"transferred": 2097152, "remaining": 8388608, "total": 16777216, "mbps": 8.388608,
        "dirty-pages-rate": 256, "dirty-sync-count": 2, "page-size": 4096}}"#;

    #[test]
    fn known_figures_have_units() {
        assert_eq!(
            figures(KNOWN).moment(),
            "pass 2, 1.00 MiB/s, 8.00 MiB left (8 seconds), guest dirties 1.00 MiB/s, downtime about 300 ms"
        );
    }

    #[test]
    fn unknown_figures_are_called_unknown() {
        let mut unknown = figures(
            r#"{"expected-downtime": 9223372036854775807, "downtime": 18446744073709551615,
            "total-time": 10, "ram": {"transferred": 0, "remaining": 9223372036854775807,
            "total": 9223372036854775807, "mbps": 0, "dirty-pages-rate": 9223372036854775807}}"#,
        );
        unknown.rate = Figure::of(Some(f64::NAN));
        assert_eq!(
            unknown.moment(),
            "rate unknown, unknown amount left, dirty rate unknown, downtime unknown"
        );
        assert_eq!(
            unknown.summary(),
            "migrated in 0.010 s: downtime unknown, setup unknown\nmemory unknown, sent 0 B, 0 B/s\n"
        );
        let members = Value::from(unknown.members());
        assert_eq!(members["rate"], Value::Null);
        assert_eq!(members["expected-downtime"], Value::Null);
        assert_eq!(members["transferred"], 0);
        assert!(members.get("pass").is_none());
        assert_eq!(Figure::of(Some(f64::INFINITY)), Unknown);
        assert_eq!(Figure::of(Some(-1.0)), Unknown);
    }

    #[test]
    fn a_summary_counts_passes_and_requests() {
        let done = figures(
            r#"{"total-time": 2000, "downtime": 12, "setup-time": 3, "ram": {"transferred": 2097152,
            "remaining": 0, "total": 16777216, "dirty-sync-count": 1, "postcopy-requests": 5}}"#,
        );
        assert_eq!(
            done.summary(),
            "migrated in 2.000 s: downtime 12 ms, setup 3 ms\n\
             memory 16.00 MiB, sent 2.00 MiB in 1 pass, 1.00 MiB/s, 5 pages on request\n"
        );
    }
}
