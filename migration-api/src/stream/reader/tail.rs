//! The rest of a stream from the first device section of unknown length on, kept until the
//! description gives its length.
//!
//! While the connection is open, only a description of all sections ends the tail: data that looks
//! like the end of a stream without one may be the state of a device.

use std::ops::Range;

use crate::stream::delimit::{Ends, Last, Piece, delimit};
use crate::stream::description::Description;
use crate::stream::section::{DESCRIPTION, EOF, FOOTER, FOOTER_LENGTH, SectionHeader};

/// Largest number of positions that are tried as the start of the description. Device state has
/// almost none.
const MAX_CANDIDATES: usize = 64;

/// Distance from EOF to the first byte of the description after its length.
const EOF_TO_JSON: usize = 6;

/// The elements of a tail, and the description behind them.
pub(super) struct Cut {
    pub(super) pieces: Vec<Piece>,
    pub(super) description: Option<Vec<u8>>,
}

/// Collects the bytes.
#[derive(Debug)]
pub(super) struct Tail {
    bytes: Vec<u8>,
    footers: bool,
    scanned: usize,
    /// Possible positions of the description, and those that are not completely received yet.
    found: Vec<Range<usize>>,
    pending: Vec<Range<usize>>,
}

impl Tail {
    pub(super) fn new(footers: bool) -> Self {
        Self { bytes: Vec::new(), footers, scanned: 0, found: Vec::new(), pending: Vec::new() }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Takes the input. If the description is complete now, gives the division with the number of bytes of the input that belong
    /// to it.
    pub(super) fn feed(
        &mut self,
        input: &[u8],
        max_description: u64,
        length: &dyn Fn(&SectionHeader) -> Option<u64>,
    ) -> Option<(usize, Cut)> {
        let before = self.bytes.len();
        self.bytes.extend_from_slice(input);
        self.scan(max_description);
        let (complete, pending): (Vec<_>, Vec<_>) =
            self.pending.drain(..).partition(|json| json.end <= self.bytes.len());
        self.pending = pending;
        complete.into_iter().find_map(|json| {
            let end = json.end;
            Some((end - before, self.cut(json, length, false)?))
        })
    }

    /// The division at the end of the connection, without a description or with one that says too little.
    pub(super) fn end(&self, length: &dyn Fn(&SectionHeader) -> Option<u64>) -> Option<Cut> {
        let described = self.found.iter().filter(|json| json.end == self.bytes.len());
        described.clone().find_map(|json| self.cut(json.clone(), length, true)).or_else(|| {
            let ends = Ends { footers: self.footers, length, guess: true };
            Some(Cut { pieces: delimit(&self.bytes, Last::Eof, ends)?, description: None })
        })
    }

    fn cut(
        &self,
        json: Range<usize>,
        length: &dyn Fn(&SectionHeader) -> Option<u64>,
        guess: bool,
    ) -> Option<Cut> {
        let description = Description::parse(&self.bytes[json.clone()])?;
        let known = |header: &SectionHeader| description.length(header).or_else(|| length(header));
        let ends = Ends { footers: self.footers, length: &known, guess };
        let pieces = delimit(&self.bytes[..=json.start - EOF_TO_JSON], Last::Eof, ends)?;
        Some(Cut { pieces, description: Some(self.bytes[json].to_vec()) })
    }

    /// Searches for EOF with a description after it.
    fn scan(&mut self, max_description: u64) {
        // EOF, element byte, length, and two bytes of JSON.
        const WINDOW: usize = EOF_TO_JSON + 2;
        while let Some(window) = self.bytes.get(self.scanned..self.scanned + WINDOW) {
            let eof = self.scanned;
            self.scanned += 1;
            let [EOF, DESCRIPTION, l0, l1, l2, l3, b'{', b'"' | b'}'] = *window else { continue };
            let behind_footer = eof >= FOOTER_LENGTH && self.bytes[eof - FOOTER_LENGTH] == FOOTER;
            let length = u32::from_be_bytes([l0, l1, l2, l3]);
            if (self.footers && !behind_footer) || u64::from(length) > max_description {
                continue;
            }
            if self.found.len() < MAX_CANDIDATES {
                let start = eof + EOF_TO_JSON;
                self.found.push(start..start + length as usize);
                self.pending.push(start..start + length as usize);
            }
        }
    }
}
