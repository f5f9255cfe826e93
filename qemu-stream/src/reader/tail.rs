//! The rest of a stream from the first device section of unknown length on, kept until the
//! description gives its length.
//!
//! While the connection is open, only a description of all sections ends the tail: data that looks
//! like the end of a stream without one may be the state of a device.

use std::ops::Range;

use crate::delimit::{Ends, Last, Pieces, Undivided, divide};
use crate::description::{Description, Interrupted};
use crate::error::ErrorKind;
use crate::limits::Limits;
use crate::section::{BodyLength, DESCRIPTION, EOF, FOOTER, FOOTER_LENGTH, SectionHeader};

/// Largest number of positions that are tried as the start of the description. Device state has
/// almost none.
const MAX_CANDIDATES: usize = 64;

/// Largest number of descriptions by which the tail is divided while the connection is open: each
/// division takes time in proportion to the tail.
const MAX_DIVISIONS: usize = 4;

/// Distance from EOF to the first byte of the description after its length.
const EOF_TO_JSON: usize = 6;

/// The elements of a tail, and the description behind them.
pub(super) struct Cut {
    pub(super) pieces: Pieces,
    pub(super) description: Option<Vec<u8>>,
}

/// Callbacks of a tail to its reader.
#[derive(Clone, Copy)]
pub(super) struct Callbacks<'a> {
    /// Returns the length of a section's body.
    pub(super) length: &'a dyn Fn(&SectionHeader) -> BodyLength,
    /// Returns true if the division has to stop.
    pub(super) interrupt: &'a dyn Fn() -> bool,
}

/// A division that was found, none so far, or an interruption.
type Found<T> = Result<Option<T>, ErrorKind>;

/// Collects the bytes.
#[derive(Debug)]
pub(super) struct Tail {
    bytes: Vec<u8>,
    footers: bool,
    scanned: usize,
    /// Possible positions of the description, and those that are not completely received yet.
    found: Vec<Range<usize>>,
    pending: Vec<Range<usize>>,
    /// The number of descriptions by which the tail was divided without success.
    divisions: usize,
}

impl Tail {
    pub(super) fn new(footers: bool) -> Self {
        Self {
            bytes: Vec::new(),
            footers,
            scanned: 0,
            found: Vec::new(),
            pending: Vec::new(),
            divisions: 0,
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Takes the input. If the description is complete now, returns the division, with the number
    /// of bytes of the input that belong to it.
    ///
    /// # Errors
    /// More bytes than `limits` allow before a description, or an interruption.
    pub(super) fn feed(
        &mut self,
        input: &[u8],
        limits: &Limits,
        callbacks: Callbacks<'_>,
    ) -> Found<(usize, Cut)> {
        let before = self.bytes.len();
        self.bytes.extend_from_slice(input);
        self.scan(limits.description);
        let (complete, pending): (Vec<_>, Vec<_>) =
            self.pending.drain(..).partition(|json| json.end <= self.bytes.len());
        self.pending = pending;
        for json in complete {
            let end = json.end;
            if let Some(cut) = self.cut(json, callbacks, false)? {
                return Ok(Some((end - before, cut)));
            }
        }
        let max = limits.devices;
        if self.bytes.len() as u64 > max
            && !self.pending.iter().any(|json| json.start as u64 <= max)
        {
            // The same however the bytes come.
            return Err(ErrorKind::TooLarge { what: "device state", size: max + 1, max });
        }
        Ok(None)
    }

    /// Divides the tail at EOF, without a description or with an incomplete one.
    ///
    /// # Errors
    /// An interruption.
    pub(super) fn end(&mut self, callbacks: Callbacks<'_>) -> Found<Cut> {
        let length = self.bytes.len();
        let described: Vec<_> =
            self.found.iter().filter(|json| json.end == length).cloned().collect();
        for json in described {
            if let Some(cut) = self.cut(json, callbacks, true)? {
                return Ok(Some(cut));
            }
        }
        let Callbacks { length, interrupt } = callbacks;
        let bodies =
            divided(&self.bytes, self.footers, &|header| Ok(length(header)), true, interrupt)?;
        Ok(bodies.map(|bodies| Cut { pieces: self.pieces(bodies), description: None }))
    }

    fn cut(&mut self, json: Range<usize>, callbacks: Callbacks<'_>, guess: bool) -> Found<Cut> {
        let text = &self.bytes[json.clone()];
        let Some(description) = Description::parse_interruptibly(text, callbacks.interrupt)
            .map_err(|Interrupted| ErrorKind::Closed)?
        else {
            return Ok(None);
        };
        let known = |header: &SectionHeader| {
            let described = description.length(header).map(BodyLength::Known);
            Ok(described.unwrap_or_else(|| (callbacks.length)(header)))
        };
        if !guess {
            if self.divisions == MAX_DIVISIONS {
                return Ok(None);
            }
            self.divisions += 1;
        }
        let elements = &self.bytes[..=json.start - EOF_TO_JSON];
        let Some(bodies) = divided(elements, self.footers, &known, guess, callbacks.interrupt)?
        else {
            return Ok(None);
        };
        let description = Some(self.bytes[json.clone()].to_vec());
        self.bytes.truncate(json.start - EOF_TO_JSON + 1);
        Ok(Some(Cut { pieces: self.pieces(bodies), description }))
    }

    fn pieces(&mut self, bodies: Vec<u32>) -> Pieces {
        Pieces::new(std::mem::take(&mut self.bytes), self.footers, bodies)
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

fn divided(
    bytes: &[u8],
    footers: bool,
    length: &dyn Fn(&SectionHeader) -> Result<BodyLength, ErrorKind>,
    guess: bool,
    interrupt: &dyn Fn() -> bool,
) -> Found<Vec<u32>> {
    match divide(bytes, Last::Eof, &Ends { footers, length, guess, interrupt }) {
        Ok(bodies) => Ok(Some(bodies)),
        Err(Undivided::Interrupted) => Err(ErrorKind::Closed),
        Err(_) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::section::Device;

    #[test]
    fn a_tail_with_many_descriptions_is_divided_a_few_times() {
        const JSON: &[u8] =
            br#"{"devices": [{"name": "a", "instance_id": 0, "fields": [{"size": 0}]}]}"#;
        // Not described, so that a division asks for its length.
        let header =
            SectionHeader { id: 1, name: "b".try_into().unwrap(), instance: 0, version: 1 };
        let mut bytes = Vec::new();
        Device { header, body: Vec::new() }.write(true, &mut bytes);
        for _ in 0..MAX_CANDIDATES {
            bytes.extend([FOOTER, 0, 0, 0, 1, EOF, DESCRIPTION]);
            bytes.extend((JSON.len() as u32).to_be_bytes());
            bytes.extend(JSON);
        }
        let asked = Cell::new(0);
        let length = |_: &SectionHeader| {
            asked.set(asked.get() + 1);
            BodyLength::Unknown
        };
        let callbacks = Callbacks { length: &length, interrupt: &|| false };
        let fed = Tail::new(true).feed(&bytes, &Limits::default(), callbacks);
        assert!(fed.unwrap().is_none());
        assert_eq!(asked.get(), MAX_DIVISIONS, "divisions");
    }
}
