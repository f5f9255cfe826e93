//! Events of a reader of the main channel.

use crate::command::Command;
use crate::configuration::Configuration;
use crate::delimit::Piece;
use crate::dirty_bitmap::Chunk;
use crate::ram::Record;
use crate::section::{Device, SectionHeader};

/// An element of a stream, or a part of one. Only pages and bitmaps borrow from the input.
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
    /// A complete device section.
    Device(Device),
    /// A command other than PACKAGED.
    Command(Command),
    /// A package starts. Once it is complete, its devices and commands follow, of which the last is
    /// POSTCOPY_RUN.
    Package {
        /// Its size in bytes.
        length: u32,
    },
    /// The package ends.
    PackageEnd,
    /// The EOF element.
    Eof,
    /// The description of the devices, unparsed.
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

/// The result of a [`Reader::step`](super::Reader::step).
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "consume the bytes of a step"]
pub struct Step<'a> {
    /// The number of consumed bytes.
    pub used: usize,
    /// An event, or `None` if more bytes are needed.
    pub event: Option<Event<'a>>,
}
