//! Workloads of the built-in guest: the `-workload` language, and the steps of the work.

use std::fmt;
use std::str::FromStr;

use super::error::MachineError;
use crate::page::PAGE;

/// The workload of a built-in guest.
///
/// Text form: `idle`; `dirty,start=SIZE,end=SIZE,rate=PAGES|max`;
/// `pattern,seed=N[,start=SIZE][,end=SIZE][,zero=PERCENT][,bits=N]`. Sizes take the suffixes K, M,
/// G.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Workload {
    /// Does nothing.
    Idle,
    /// Adds 1 to one byte of each page of a region in turn, without end.
    Dirty {
        /// Offset of the region's first page in the RAM.
        start: u64,
        /// Offset of its end.
        end: u64,
        /// Pages dirtied per second.
        rate: Rate,
    },
    /// Fills memory once, at power-on.
    Pattern(Fill),
}

/// The speed at which a workload dirties pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rate {
    /// As fast as possible.
    Max,
    /// Pages per second, at least 1.
    PagesPerSecond(u64),
}

/// Pseudo-random contents for a region of memory. The same seed gives the same contents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fill {
    /// Seed of the generator.
    pub seed: u64,
    /// Offset of the region's first page in the RAM.
    pub start: u64,
    /// Offset of its end, or `None` for the end of the RAM.
    pub end: Option<u64>,
    /// Percentage of zero pages.
    pub zero: u8,
    /// Number of bits of each byte that vary, 1 to 8. With fewer than 8 the contents are
    /// compressible.
    pub bits: u8,
}

impl Fill {
    /// Generates page number `page` of the RAM. Returns false if it stays zero.
    pub(crate) fn page(&self, page: u64, buffer: &mut [u8]) -> bool {
        // Each page starts at its own position of the sequence, so that neighbours share nothing
        // that a compressor could find.
        let mut state = next(&mut (self.seed ^ page.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
        if next(&mut state) % 100 < u64::from(self.zero) {
            return false;
        }
        let mask = u64::from_ne_bytes([u8::MAX >> (8 - self.bits.clamp(1, 8)); 8]);
        for word in buffer.chunks_mut(8) {
            word.copy_from_slice(&(next(&mut state) & mask).to_le_bytes()[..word.len()]);
        }
        true
    }
}

/// The splitmix64 generator.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Error in a `-workload` text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorkloadError {
    /// Unknown workload.
    Kind(String),
    /// Unknown setting, or one that is not `name=value`.
    Setting(String),
    /// Missing setting.
    Missing(&'static str),
    /// Invalid value or value out of range.
    Value {
        /// The setting.
        name: &'static str,
        /// Its text.
        value: String,
    },
}

impl fmt::Display for WorkloadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kind(kind) => write!(f, "unknown workload '{kind}' (idle, dirty or pattern)"),
            Self::Setting(text) => write!(f, "unexpected workload setting '{text}'"),
            Self::Missing(name) => write!(f, "workload setting '{name}' is missing"),
            Self::Value { name, value } => {
                write!(f, "bad value '{value}' for workload setting '{name}'")
            }
        }
    }
}

impl std::error::Error for WorkloadError {}

impl FromStr for Workload {
    type Err = WorkloadError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (kind, rest) = text.split_once(',').unwrap_or((text, ""));
        let mut settings = Settings::parse(rest)?;
        let workload = match kind {
            "idle" => Self::Idle,
            "dirty" => {
                let start =
                    settings.take("start", parse_size)?.ok_or(WorkloadError::Missing("start"))?;
                let end = settings.take("end", parse_size)?.ok_or(WorkloadError::Missing("end"))?;
                let rate = settings.take("rate", parse_rate)?.unwrap_or(Rate::Max);
                Self::Dirty { start, end, rate }
            }
            "pattern" => Self::Pattern(Fill {
                seed: settings
                    .take("seed", |text| text.parse().ok())?
                    .ok_or(WorkloadError::Missing("seed"))?,
                start: settings.take("start", parse_size)?.unwrap_or(0),
                end: settings.take("end", parse_size)?,
                zero: settings
                    .take("zero", |text| text.parse().ok().filter(|&p| p <= 100))?
                    .unwrap_or(0),
                bits: settings
                    .take("bits", |text| text.parse().ok().filter(|b| (1..=8).contains(b)))?
                    .unwrap_or(8),
            }),
            _ => return Err(WorkloadError::Kind(kind.into())),
        };
        settings.finish()?;
        Ok(workload)
    }
}

struct Settings<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Settings<'a> {
    fn parse(text: &'a str) -> Result<Self, WorkloadError> {
        let pair =
            |item: &'a str| item.split_once('=').ok_or_else(|| WorkloadError::Setting(item.into()));
        text.split(',')
            .filter(|item| !item.is_empty())
            .map(pair)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    fn take<T>(
        &mut self,
        name: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, WorkloadError> {
        let Some(at) = self.0.iter().position(|setting| setting.0 == name) else { return Ok(None) };
        let value = self.0.remove(at).1;
        parse(value).map(Some).ok_or_else(|| WorkloadError::Value { name, value: value.into() })
    }

    fn finish(self) -> Result<(), WorkloadError> {
        match self.0.first() {
            Some((name, _)) => Err(WorkloadError::Setting((*name).into())),
            None => Ok(()),
        }
    }
}

fn parse_size(text: &str) -> Option<u64> {
    crate::size::parse(text, 0).ok()
}

fn parse_rate(text: &str) -> Option<Rate> {
    match text {
        "max" => Some(Rate::Max),
        _ => text.parse().ok().filter(|&rate| rate > 0).map(Rate::PagesPerSecond),
    }
}

/// The state of a dirtying workload. It is the vCPU state that is migrated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Progress {
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) rate: Rate,
    /// Number of pages dirtied. The next page is this number modulo the number of pages of the
    /// region.
    pub(crate) count: u64,
}

impl Progress {
    /// Length of the encoded state in bytes.
    pub(crate) const LENGTH: usize = 32;

    /// Creates a workload at its start, in RAM of `size` bytes.
    pub(crate) fn new(start: u64, end: u64, rate: Rate, size: u64) -> Result<Self, MachineError> {
        if start >= end || end > size || !start.is_multiple_of(PAGE) || !end.is_multiple_of(PAGE) {
            return Err(MachineError::Region { start, end, size });
        }
        Ok(Self { start, end, rate, count: 0 })
    }

    /// Returns the offset of the next byte to change.
    pub(crate) fn next_byte(&self) -> u64 {
        self.start + self.count % ((self.end - self.start) / PAGE) * PAGE
    }

    pub(crate) fn write(&self) -> Vec<u8> {
        let rate = match self.rate {
            Rate::Max => 0,
            Rate::PagesPerSecond(rate) => rate,
        };
        [self.start, self.end, rate, self.count].into_iter().flat_map(u64::to_be_bytes).collect()
    }

    pub(crate) fn read(body: &[u8], size: u64) -> Result<Self, MachineError> {
        let mut words = [0; 4];
        for (word, bytes) in words.iter_mut().zip(body.chunks(8)) {
            *word = bytes.iter().fold(0, |value, &byte| value << 8 | u64::from(byte));
        }
        let [start, end, rate, count] = words;
        let rate = if rate == 0 { Rate::Max } else { Rate::PagesPerSecond(rate) };
        Ok(Self { count, ..Self::new(start, end, rate, size)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read() {
        assert_eq!("idle".parse(), Ok(Workload::Idle));
        assert_eq!(
            "dirty,start=16M,end=16388K,rate=20".parse(),
            Ok(Workload::Dirty {
                start: 16 << 20,
                end: 16388 << 10,
                rate: Rate::PagesPerSecond(20)
            })
        );
        assert_eq!(
            "dirty,rate=max,end=8192,start=0".parse(),
            Ok(Workload::Dirty { start: 0, end: 8192, rate: Rate::Max })
        );
        assert_eq!(
            "pattern,seed=7,zero=50".parse(),
            Ok(Workload::Pattern(Fill { seed: 7, start: 0, end: None, zero: 50, bits: 8 }))
        );
    }

    #[test]
    fn wrong_texts_say_what_is_wrong() {
        let error = |text: &str| text.parse::<Workload>().unwrap_err().to_string();
        assert_eq!(error("busy"), "unknown workload 'busy' (idle, dirty or pattern)");
        assert_eq!(error("dirty,start=0"), "workload setting 'end' is missing");
        assert_eq!(error("dirty,start=0,end=1X"), "bad value '1X' for workload setting 'end'");
        assert_eq!(
            error("dirty,start=0,end=4K,rate=0"),
            "bad value '0' for workload setting 'rate'"
        );
        assert_eq!(error("idle,fast"), "unexpected workload setting 'fast'");
        assert_eq!(error("idle,fast=1"), "unexpected workload setting 'fast'");
        assert_eq!(error("pattern,seed=1,zero=101"), "bad value '101' for workload setting 'zero'");
        assert_eq!(
            error("dirty,start=0,end=99999999999999999999G"),
            "bad value '99999999999999999999G' for workload setting 'end'"
        );
    }

    #[test]
    fn progress_travels_and_regions_are_checked() {
        let mut progress = Progress::new(4096, 12288, Rate::PagesPerSecond(5), 1 << 20).unwrap();
        progress.count = 3;
        assert_eq!(progress.next_byte(), 8192);
        assert_eq!(progress.write().len(), Progress::LENGTH);
        assert_eq!(Progress::read(&progress.write(), 1 << 20).unwrap(), progress);
        assert!(Progress::read(&progress.write(), 8192).is_err());
        for (start, end) in [(0, 0), (8192, 4096), (1, 4096), (0, 4097)] {
            assert!(Progress::new(start, end, Rate::Max, 1 << 20).is_err());
        }
    }
}
