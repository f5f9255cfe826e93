//! Reads the main channel.
//!
//! ```text
//!  Header --> Configuration --> Element <-------------------------------------+
//!                                |  |  |                                      |
//!             START PART END ram |  |  | COMMAND (PACKAGED: + nested stream)  |
//!                    v           |  |  +--------------------------------------+
//!                 Records -- EOS |  |                                         |
//!                    |           |  | FULL, length known                      |
//!                    v           |  v                                         |
//!                  Footer <------+ Body ------------------> Footer -----------+
//!                                |
//!                                | FULL, length unknown          | EOF
//!                                v                               v
//!                               Tail --> Done <-- Description <-- AfterEof
//! ```
//!
//! From the first device section of unknown length on, all data is kept (Tail) until a description
//! has arrived that has all the lengths. Without one, [`Reader::finish`] divides the data by the
//! footers. A package is kept until it is complete. The events of both are then returned one at a
//! time (Pieces).

mod advance;
mod event;
mod options;
mod state;
mod tail;

use std::collections::HashSet;

pub use event::{Event, Step};
pub use options::{AdmitDevice, Interrupt, Options};

use super::error::{Error, ErrorKind, Place};
use super::ram::{BlockTable, Record, RecordReader};
use super::section::{self, SectionHeader};
use super::wire::{Fields, Stop};
use crate::name::Name;
use state::{Gathered, Iterable, Packages, State};

/// Largest input of one event in bytes: a command with the longest payload, or a page with its
/// header.
pub const MIN_INPUT: usize = 128 << 10;

/// Reads the main channel from slices.
///
/// [`step`](Self::step) takes the data that has arrived and returns an event, or asks for more. It
/// needs at most [`MIN_INPUT`] bytes at a time, so a [`Buffer`](super::Buffer) of that size never
/// fills up without an event.
#[derive(Debug)]
pub struct Reader {
    options: Options,
    state: State,
    records: RecordReader,
    position: u64,
    /// Position of the last event.
    event_at: u64,
    /// Position of the first byte of the package or tail that is collected.
    collected_at: u64,
    place: Option<Place>,
    /// The iterable sections that were introduced.
    iterables: Vec<(SectionHeader, Iterable)>,
    /// The device sections that came, by name and instance.
    devices: HashSet<(Name, u32)>,
    /// The memory in bytes for which they count.
    kept: u64,
    packages: Packages,
}

impl Reader {
    /// Creates a reader for a stream from its first byte.
    pub fn new(options: Options) -> Self {
        Self {
            records: RecordReader::new(options.rules),
            options,
            state: State::Header,
            position: 0,
            event_at: 0,
            collected_at: 0,
            place: None,
            iterables: Vec::new(),
            devices: HashSet::new(),
            kept: 0,
            packages: Packages::None,
        }
    }

    /// Returns the RAM blocks, resized or adopted according to the stream.
    #[inline]
    pub fn blocks(&self) -> &BlockTable {
        &self.options.blocks
    }

    /// Returns the number of consumed bytes since the start of the connection. A page left to the
    /// caller counts once it is announced.
    #[inline]
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Returns the offset of the last event's first byte, from the start of the connection.
    pub fn event_position(&self) -> u64 {
        self.event_at
    }

    /// Returns true if the stream is complete, including the description. A destination must not
    /// answer SHUT before.
    #[inline]
    pub fn is_complete(&self) -> bool {
        matches!(self.state, State::Done)
    }

    /// Returns true if nothing but the description may be missing, as at the end of a stream from a
    /// source with machine option `suppress-vmdesc`.
    pub fn awaits_description(&self) -> bool {
        match &self.state {
            State::AfterEof => true,
            State::Tail(tail) => tail.bytes().ends_with(&[section::EOF]),
            _ => false,
        }
    }

    /// Ends a stream that [awaits its description](Self::awaits_description) without one. Further
    /// events may be ready then, for which [`step`](Self::step) is called with nothing. Returns
    /// false if what has come may be only the beginning of a device section.
    pub fn end_without_description(&mut self) -> Result<bool, Error> {
        match &self.state {
            State::AfterEof => self.state = State::Done,
            State::Tail(_) => {
                return self.end_tail().map_err(|kind| self.located(kind, self.position));
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Gives a fault that the caller found in the last event its place in the stream.
    pub fn fault(&self, kind: ErrorKind) -> Error {
        self.located(kind, self.event_at)
    }

    fn located(&self, kind: ErrorKind, offset: u64) -> Error {
        Error::new(kind, offset, self.place.clone())
    }

    /// Returns the offset of the current element. A package or a tail as a whole has that of its
    /// start, so that the offset of a fault does not depend on the pieces in which it came.
    fn element_at(&self) -> u64 {
        match &self.state {
            State::Package(_) | State::Tail(_) => self.collected_at,
            State::Pieces(pieces, _) => self.collected_at + pieces.position(),
            _ => self.position,
        }
    }

    /// Continues on another connection of a paused postcopy, or after EOF, as at a COLO checkpoint:
    /// without header and configuration. Discards incomplete data.
    pub fn reconnect(&mut self) {
        self.state = State::Element;
        self.position = 0;
        self.place = None;
        self.records.forget_block();
    }

    /// Reads from the start of `input`. Consumed bytes must not be passed again; the rest must,
    /// followed by more bytes.
    ///
    /// After an error, the reader can only be dropped or [reconnected](Self::reconnect).
    pub fn step<'a>(&mut self, input: &'a [u8]) -> Result<Step<'a>, Error> {
        let mut used = 0;
        loop {
            let mut fields = Fields::new(&input[used..]);
            let at = self.element_at();
            let collects =
                matches!(self.state, State::Package(_) | State::Tail(_) | State::Pieces(..));
            let event = match self.advance(&mut fields) {
                Ok(event) => event,
                Err(Stop::Short) => return Ok(Step { used, event: None }),
                Err(Stop::Bad(kind)) => return Err(self.located(kind, at)),
            };
            used += fields.used();
            self.event_at = at;
            self.position += fields.used() as u64;
            if !collects {
                self.collected_at = self.position;
            }
            if let Some(Event::Record(Record::PageAhead { .. })) = event {
                self.position += self.records.rules().page_size;
            }
            if event.is_some() {
                return Ok(Step { used, event });
            }
        }
    }

    /// Called at EOF with the unconsumed bytes. Further events may be ready then: call
    /// [`step`](Self::step) with an empty input.
    pub fn finish(&mut self, rest: &[u8]) -> Result<(), Error> {
        let closed = |kind| self.located(kind, self.position);
        match &self.state {
            State::Done | State::AfterEof if rest.is_empty() => Ok(()),
            State::Header if rest.len() < 4 => Err(closed(ErrorKind::NotAStream)),
            State::Header => Err(closed(ErrorKind::UnsupportedVersion)),
            State::Configuration if rest.is_empty() => Err(closed(ErrorKind::ConfigurationMissing)),
            State::Package(Gathered { bytes, left }) => {
                let received = bytes.len() as u64;
                let length = (received + left) as u32;
                Err(closed(ErrorKind::PackageCut { received, length }))
            }
            State::Tail(tail) => {
                // Only EOF distinguishes a cut stream from one without a description.
                let cut = !tail.bytes().ends_with(&[section::EOF]);
                let name = SectionHeader::parse(&mut Fields::new(&tail.bytes()[1..]))
                    .map(|header| header.name);
                let divided = self.end_tail().map_err(|kind| self.located(kind, self.position))?;
                if divided {
                    return Ok(());
                }
                Err(self.located(
                    match name {
                        Ok(name) if !cut => ErrorKind::Undelimited { name },
                        _ => ErrorKind::Closed,
                    },
                    self.position,
                ))
            }
            _ => Err(closed(ErrorKind::Closed)),
        }
    }
}
