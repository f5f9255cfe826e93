//! The states of a reader of the main channel.

use super::tail::Tail;
use crate::delimit::Pieces;
use crate::dirty_bitmap;
use crate::error::ErrorKind;
use crate::ram;
use crate::section::SectionHeader;
use crate::wire::{Fields, Parsed};

#[derive(Debug)]
pub(super) enum State {
    Header,
    Configuration,
    Element,
    Records,
    Bitmap,
    Footer,
    Body {
        header: SectionHeader,
        gathered: Gathered,
    },
    Tail(Tail),
    Package(Gathered),
    /// The elements of a package or a tail.
    Pieces(Pieces, Behind),
    AfterEof,
    Description(Gathered),
    Done,
}

/// The element after a divided sequence.
#[derive(Debug)]
pub(super) enum Behind {
    /// The end of a package.
    Package,
    /// The end of the stream, with its description if it has one.
    Stream(Option<Vec<u8>>),
}

/// Bytes of a known number that come piece by piece.
#[derive(Debug)]
pub(super) struct Gathered {
    pub(super) bytes: Vec<u8>,
    pub(super) left: u64,
}

impl Gathered {
    pub(super) fn new(what: &'static str, size: u64, max: u64) -> Result<Self, ErrorKind> {
        if size > max {
            return Err(ErrorKind::TooLarge { what, size, max });
        }
        Ok(Self { bytes: Vec::new(), left: size })
    }

    /// Takes the available bytes. Returns `true` once all bytes are there.
    pub(super) fn take(&mut self, fields: &mut Fields<'_>) -> Parsed<bool> {
        let piece = fields.take_some(self.left)?;
        self.bytes.extend_from_slice(piece);
        self.left -= piece.len() as u64;
        Ok(self.left == 0)
    }
}

/// A section whose parts can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Iterable {
    Ram,
    DirtyBitmap,
}

impl Iterable {
    pub(super) fn of(header: &SectionHeader) -> Result<Option<Self>, ErrorKind> {
        let (iterable, local) = match &*header.name {
            ram::NAME => (Self::Ram, ram::VERSION),
            dirty_bitmap::NAME => (Self::DirtyBitmap, dirty_bitmap::VERSION),
            _ => return Ok(None),
        };
        let SectionHeader { name, instance, version, .. } = header.clone();
        if instance != 0 {
            return Err(ErrorKind::UnknownSection { name, instance });
        }
        if version != local {
            return Err(ErrorKind::SectionVersion { name, received: version, local });
        }
        Ok(Some(iterable))
    }

    /// Returns the state that reads the section's body.
    pub(super) fn body(self) -> State {
        match self {
            Self::Ram => State::Records,
            Self::DirtyBitmap => State::Bitmap,
        }
    }
}

/// The state of packages. The numbers are those of QEMU's postcopy states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packages {
    /// Postcopy was not advised.
    None = 0,
    /// One may follow.
    One = 1,
    /// One has arrived.
    Over = 4,
}
