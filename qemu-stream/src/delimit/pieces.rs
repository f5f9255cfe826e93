//! Returns the elements of a run whose division is known.

use super::element::behind;
use crate::command::Command;
use crate::section::{COMMAND, Device, EOF, SectionHeader};
use crate::wire::Fields;

/// One element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Device(Device),
    Command(Command),
    Eof,
}

/// Returns the elements of a divided run one after the other.
#[derive(Debug)]
pub(crate) struct Pieces {
    bytes: Vec<u8>,
    footers: bool,
    at: usize,
    bodies: std::vec::IntoIter<u32>,
}

impl Pieces {
    /// The elements of `bytes`, whose sections' bodies end at `bodies`.
    pub(crate) fn new(bytes: Vec<u8>, footers: bool, bodies: Vec<u32>) -> Self {
        Self { bytes, footers, at: 0, bodies: bodies.into_iter() }
    }

    /// Returns the offset of the next element.
    pub(crate) fn position(&self) -> u64 {
        self.at as u64
    }

    /// Returns the next element, or `None` behind the last one.
    pub(crate) fn next(&mut self) -> Option<Piece> {
        let mut fields = Fields::new(self.bytes.get(self.at..)?);
        match fields.u8().ok()? {
            EOF => {
                self.at += 1;
                Some(Piece::Eof)
            }
            COMMAND => {
                let command = Command::parse(&mut fields).ok()?;
                self.at += fields.used();
                Some(Piece::Command(command))
            }
            _ => {
                let header = SectionHeader::parse(&mut fields).ok()?;
                let end = self.bodies.next()? as usize;
                let body = self.bytes.get(self.at + fields.used()..end)?.to_vec();
                self.at = behind(self.footers, end);
                Some(Piece::Device(Device { header, body }))
            }
        }
    }
}
