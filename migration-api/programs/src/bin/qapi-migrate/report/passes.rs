//! The record of each pass over memory, derived from the figures at its begin and at its end.

use std::time::Duration;

use indicatif::HumanBytes;
use serde_json::{Value, json};

use super::figures::Figures;

/// Follows the passes of a migration.
#[derive(Debug)]
pub struct Passes {
    /// The figures at the begin of the present pass, or `None` until the first reply.
    begin: Option<Moment>,
}

/// The sums of a migration at the begin of a pass; `None` if the server does not report one.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Moment {
    pass: u64,
    pages: Option<u64>,
    bytes: Option<u64>,
    millis: Option<u64>,
}

/// A pass, or several that were too short to be told apart.
#[derive(Debug, PartialEq)]
pub struct PassRecord {
    /// The number of the first one.
    first: u64,
    /// The number of the last one.
    last: u64,
    /// Pages sent.
    pages: Option<u64>,
    /// Bytes sent.
    bytes: Option<u64>,
    /// Duration in milliseconds.
    millis: Option<u64>,
    /// Bytes that the guest dirties per second, as measured at the end of the last one.
    dirty_rate: Option<u64>,
}

impl Passes {
    /// Follows a migration from its begin, or from the next reply on.
    pub fn new(from_begin: bool) -> Self {
        let zero = Moment { pass: 1, pages: Some(0), bytes: Some(0), millis: Some(0) };
        Self { begin: from_begin.then_some(zero) }
    }

    /// Takes the figures of a reply. Returns the record of the passes that have ended before it,
    /// or, at the `end` of the migration, with it.
    pub fn note(&mut self, figures: &Figures, end: bool) -> Option<PassRecord> {
        let now = Moment {
            pass: figures.pass.known().filter(|pass| *pass > 0)?,
            pages: figures.pages.known(),
            bytes: figures.transferred.known(),
            millis: figures.total_time.known(),
        };
        let begin = *self.begin.get_or_insert(now);
        if now.pass <= begin.pass && !end {
            return None;
        }
        self.begin = Some(now);
        let last = if end { now.pass } else { now.pass - 1 };
        let since = |now: Option<u64>, begin: Option<u64>| now?.checked_sub(begin?);
        Some(PassRecord {
            first: begin.pass,
            last,
            pages: since(now.pages, begin.pages),
            bytes: since(now.bytes, begin.bytes),
            millis: since(now.millis, begin.millis),
            dirty_rate: figures.dirty_rate.known(),
        })
    }
}

impl PassRecord {
    /// Formats the record for people.
    pub fn text(&self) -> String {
        let size = |bytes| HumanBytes(bytes).to_string();
        let time = |millis| format!("{:.3} s", Duration::from_millis(millis).as_secs_f64());
        let parts = [
            self.pages.map(|pages| format!("{pages} page{}", if pages == 1 { "" } else { "s" })),
            self.bytes.map(|bytes| format!("{} sent", size(bytes))),
            self.millis.map(|millis| format!("in {}", time(millis))),
            self.dirty_rate.map(|rate| format!("guest dirties {}/s", size(rate))),
        ];
        let parts: Vec<_> = parts.into_iter().flatten().collect();
        let which = match self.first == self.last {
            true => format!("pass {}", self.last),
            false => format!("passes {} to {}", self.first, self.last),
        };
        format!("{which}: {}", parts.join(", "))
    }

    /// Returns the record as a JSON object: unknown figures are null.
    pub fn json(&self) -> Value {
        json!({
            "pass": self.last,
            "passes": self.last - self.first + 1,
            "pages": self.pages,
            "transferred": self.bytes,
            "time": self.millis,
            "dirty-rate": self.dirty_rate,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::MigrationInfo;

    /// The figures of a reply.
    fn reply(pass: u64, pages: u64, millis: u64) -> Figures {
        let bytes = pages * 4104;
        let text = format!(
            r#"{{"total-time": {millis}, "ram": {{"transferred": {bytes}, "remaining": 0,
            "total": 1048576, "normal": {pages}, "duplicate": 0, "dirty-sync-count": {pass},
            "dirty-pages-rate": 256}}}}"#
        );
        let info: MigrationInfo = qapi::from_text(&text, &qapi::Rules::STRICT).unwrap();
        Figures::new(&info)
    }

    fn record(pages: u64, millis: u64, [first, last]: [u64; 2]) -> PassRecord {
        PassRecord {
            first,
            last,
            pages: Some(pages),
            bytes: Some(pages * 4104),
            millis: Some(millis),
            dirty_rate: Some(1 << 20),
        }
    }

    #[test]
    fn a_record_is_the_difference_between_begin_and_end() {
        let mut passes = Passes::new(true);
        assert_eq!(passes.note(&reply(1, 100, 50), false), None);
        assert_eq!(passes.note(&reply(2, 256, 100), false), Some(record(256, 100, [1, 1])));
        assert_eq!(passes.note(&reply(2, 280, 110), false), None);
        assert_eq!(passes.note(&reply(5, 300, 120), false), Some(record(44, 20, [2, 4])));
        assert_eq!(passes.note(&reply(5, 310, 150), true), Some(record(10, 30, [5, 5])));
    }

    #[test]
    fn a_migration_that_goes_on_is_followed_from_its_first_reply() {
        let mut passes = Passes::new(false);
        assert_eq!(passes.note(&reply(3, 100, 50), false), None);
        assert_eq!(passes.note(&reply(3, 150, 70), true), Some(record(50, 20, [3, 3])));
    }

    #[test]
    fn figures_that_the_server_does_not_report_are_left_out() {
        let unknown = |first| PassRecord {
            first,
            last: 4,
            pages: None,
            bytes: None,
            millis: Some(5),
            dirty_rate: None,
        };
        assert_eq!(unknown(4).text(), "pass 4: in 0.005 s");
        assert_eq!(unknown(2).text(), "passes 2 to 4: in 0.005 s");
        assert_eq!(unknown(2).json()["passes"], 3);
        assert_eq!(unknown(2).json()["pages"], Value::Null);
        let text = "pass 1: 256 pages, 1.00 MiB sent, in 0.100 s, guest dirties 1.00 MiB/s";
        assert_eq!(record(256, 100, [1, 1]).text(), text);
    }
}
