//! What a reader of the main channel gives.

use crate::stream::command::Command;
use crate::stream::configuration::Configuration;
use crate::stream::delimit::Piece;
use crate::stream::dirty_bitmap::Chunk;
use crate::stream::ram::Record;
use crate::stream::section::{Device, SectionHeader};

/// One element of a stream, or a piece of one. Only pages and bits borrow from the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// The header.
    Header,
    /// The configuration.
    Configuration(Configuration),
    /// The first part of an iterable section; its records or chunks follow.
    Start(SectionHeader),
    /// A further part of an iterable section; its records or chunks follow.
    Part {
        /// The section's id.
        id: u32,
    },
    /// The last part of an iterable section; its records or chunks follow.
    End {
        /// The section's id.
        id: u32,
    },
    /// A record of the `ram` section.
    Record(Record<'a>),
    /// A chunk of the `dirty-bitmap` section.
    DirtyBitmap(Chunk<'a>),
    /// A device section, whole.
    Device(Device),
    /// A command other than PACKAGED.
    Command(Command),
    /// The elements of a package, whole: devices and commands, the last of which is POSTCOPY_RUN.
    Package(Vec<Event<'static>>),
    /// The end of file.
    Eof,
    /// The description of the devices, as it came.
    Description(Vec<u8>),
}

impl From<Piece> for Event<'static> {
    fn from(piece: Piece) -> Self {
        match piece {
            Piece::Device(device) => Self::Device(device),
            Piece::Command(command) => Self::Command(command),
            Piece::Eof => Self::Eof,
        }
    }
}

/// What one [`Reader::step`](super::Reader::step) gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step<'a> {
    /// The bytes of the input that are done with.
    pub used: usize,
    /// An event, or `None` if more bytes are needed.
    pub event: Option<Event<'a>>,
}
