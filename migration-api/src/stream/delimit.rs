//! Cuts a run of device sections into pieces, although none of them says how long it is.
//!
//! A section's body is opaque. Its length comes from the description or the caller, where one of them knows it; otherwise, if
//! that is wanted, each footer with the section's id may be its end. A division is accepted only if it is the sole one which uses up all bytes, so
//! that device state which looks like a footer is not taken for one.

use std::collections::HashMap;

use super::command::Command;
use super::section::{COMMAND, Device, EOF, FOOTER, FOOTER_LENGTH, FULL, SectionHeader};
use super::wire::Fields;

/// What the last element is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Last {
    /// The end of file: all that is left of a stream.
    Eof,
    /// POSTCOPY_RUN or the end of file: a package.
    Run,
}

/// One element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Device(Device),
    Command(Command),
    Eof,
}

/// What tells where the body of a section ends.
pub(crate) struct Ends<'a> {
    /// Whether sections have footers.
    pub(crate) footers: bool,
    /// Tells the length of a body where it is known.
    pub(crate) length: &'a dyn Fn(&SectionHeader) -> Option<u64>,
    /// Whether a footer may tell the end where the length is not known.
    pub(crate) guess: bool,
}

/// Cuts `bytes`, or gives `None` if there is no division or more than one.
pub(crate) fn delimit(bytes: &[u8], last: Last, ends: Ends<'_>) -> Option<Vec<Piece>> {
    let mut division =
        Division { bytes, last, rules: ends, ways: vec![0; bytes.len()], ends: HashMap::new() };
    for at in (0..bytes.len()).rev() {
        division.look(at);
    }
    division.pieces()
}

/// From the end to the beginning: how many divisions of the rest begin at each place.
struct Division<'a> {
    bytes: &'a [u8],
    last: Last,
    rules: Ends<'a>,
    /// The number of divisions from here on, counted up to two.
    ways: Vec<u8>,
    /// The places of footers behind which there is a division, by section id; the foremost last.
    ends: HashMap<u32, Vec<usize>>,
}

/// The element at some place, with the places where the next one may begin.
enum Element {
    Full { header: SectionHeader, body: usize },
    Command { command: Command, end: usize },
    Eof,
}

impl Division<'_> {
    fn ways(&self, at: usize) -> u8 {
        self.ways.get(at).copied().unwrap_or(0)
    }

    fn look(&mut self, at: usize) {
        if self.rules.footers
            && self.bytes[at] == FOOTER
            && self.ways(at + FOOTER_LENGTH) > 0
            && let Ok(id) = Fields::new(&self.bytes[at + 1..]).u32()
        {
            self.ends.entry(id).or_default().push(at);
        }
        self.ways[at] = match self.element(at) {
            None => 0,
            Some(Element::Eof) => 1,
            Some(Element::Command { command: Command::PostcopyRun, end })
                if self.last == Last::Run =>
            {
                u8::from(end == self.bytes.len())
            }
            Some(Element::Command { end, .. }) => self.ways(end),
            Some(Element::Full { header, body }) => {
                let mut ways = 0;
                for end in self.ends(&header, body) {
                    ways += self.ways(self.behind(end));
                    if ways > 1 {
                        break;
                    }
                }
                ways.min(2)
            }
        };
    }

    fn element(&self, at: usize) -> Option<Element> {
        let mut fields = Fields::new(&self.bytes[at..]);
        match fields.u8().ok()? {
            EOF => (at + 1 == self.bytes.len()).then_some(Element::Eof),
            FULL => {
                let header = SectionHeader::parse(&mut fields).ok()?;
                let is_name = !header.name.is_empty() && !header.name.contains(char::is_control);
                is_name.then(|| Element::Full { header, body: at + fields.used() })
            }
            COMMAND => {
                let command = Command::parse(&mut fields).ok()?;
                let nested = matches!(command, Command::Packaged(_));
                (!nested).then(|| Element::Command { command, end: at + fields.used() })
            }
            _ => None,
        }
    }

    /// The places where a body that begins at `body` may end, the foremost first.
    fn ends<'b>(
        &'b self,
        header: &SectionHeader,
        body: usize,
    ) -> Box<dyn Iterator<Item = usize> + 'b> {
        match (self.rules.length)(header) {
            Some(length) => {
                let end = usize::try_from(length).ok().and_then(|length| body.checked_add(length));
                let end = end.filter(|end| !self.rules.footers || self.is_footer(*end, header.id));
                Box::new(end.into_iter())
            }
            None if self.rules.guess => {
                let footers = self.ends.get(&header.id).map_or(&[][..], |ends| ends);
                Box::new(footers.iter().rev().copied().skip_while(move |end| *end < body))
            }
            None => Box::new(std::iter::empty()),
        }
    }

    fn is_footer(&self, at: usize, id: u32) -> bool {
        let footer = self.bytes.get(at..).and_then(|bytes| bytes.get(..FOOTER_LENGTH));
        footer.is_some_and(|footer| footer[0] == FOOTER && footer[1..] == id.to_be_bytes())
    }

    fn behind(&self, end: usize) -> usize {
        if self.rules.footers { end + FOOTER_LENGTH } else { end }
    }

    fn pieces(&self) -> Option<Vec<Piece>> {
        let mut pieces = Vec::new();
        let mut at = 0;
        if self.ways(0) != 1 {
            return None;
        }
        while at < self.bytes.len() {
            match self.element(at)? {
                Element::Eof => {
                    pieces.push(Piece::Eof);
                    at += 1;
                }
                Element::Command { command, end } => {
                    pieces.push(Piece::Command(command));
                    at = end;
                }
                Element::Full { header, body } => {
                    let end =
                        self.ends(&header, body).find(|end| self.ways(self.behind(*end)) == 1)?;
                    pieces.push(Piece::Device(Device {
                        header,
                        body: self.bytes[body..end].to_vec(),
                    }));
                    at = self.behind(end);
                }
            }
        }
        Some(pieces)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::section::write_eof;

    fn device(id: u32, name: &str, body: &[u8]) -> Device {
        let header = SectionHeader { id, name: name.try_into().unwrap(), instance: 0, version: 1 };
        Device { header, body: body.to_vec() }
    }

    fn stream(devices: &[Device], footers: bool) -> Vec<u8> {
        let mut out = Vec::new();
        devices.iter().for_each(|device| device.write(footers, &mut out));
        write_eof(&mut out);
        out
    }

    fn cut(bytes: &[u8], length: Option<u64>) -> Option<Vec<Piece>> {
        delimit(bytes, Last::Eof, Ends { footers: true, length: &|_| length, guess: true })
    }

    fn pieces(devices: &[Device]) -> Vec<Piece> {
        devices.iter().cloned().map(Piece::Device).chain([Piece::Eof]).collect()
    }

    #[test]
    fn footers_alone() {
        let devices = [
            device(3, "timer", &[0; 24]),
            device(9, "cpu", b""),
            device(40, "rtc", b"\x7e\0\0\0\x28x"),
        ];
        assert_eq!(cut(&stream(&devices, true), None), Some(pieces(&devices)));
    }

    #[test]
    fn a_section_inside_of_a_section_is_ambiguous_without_lengths() {
        let mut inner = b"\x7e\0\0\0\x03".to_vec();
        device(4, "inner", b"abc").header.write_full(&mut inner);
        let devices = [device(3, "outer", &inner), device(4, "inner", b"abc")];
        let bytes = stream(&devices, true);
        assert_eq!(cut(&bytes, None), None);
        let lengths =
            |header: &SectionHeader| Some(if header.id == 3 { inner.len() as u64 } else { 3 });
        assert_eq!(
            delimit(&bytes, Last::Eof, Ends { footers: true, length: &lengths, guess: false }),
            Some(pieces(&devices))
        );
    }

    #[test]
    fn lengths_alone() {
        let devices = [device(3, "a", b"xyz"), device(4, "b", b"123")];
        let bytes = stream(&devices, false);
        let plain = |length: Option<u64>| {
            delimit(&bytes, Last::Eof, Ends { footers: false, length: &|_| length, guess: true })
        };
        assert_eq!(plain(Some(3)), Some(pieces(&devices)));
        assert_eq!(plain(Some(2)), None);
        assert_eq!(plain(Some(u64::MAX)), None);
        assert_eq!(cut(&stream(&devices, true), Some(2)), None);
    }

    #[test]
    fn a_package_ends_with_run() {
        let package = |bytes: &[u8]| {
            delimit(bytes, Last::Run, Ends { footers: true, length: &|_| None, guess: true })
        };
        let mut out = Vec::new();
        Command::PostcopyListen.write(&mut out);
        device(3, "a", b"xyz").write(true, &mut out);
        Command::PostcopyRun.write(&mut out);
        let read = package(&out).unwrap();
        assert_eq!(read.len(), 3);
        assert_eq!(read[2], Piece::Command(Command::PostcopyRun));
        assert_eq!(cut(&out, None), None);
        out.push(EOF);
        assert_eq!(package(&out), None);
    }

    #[test]
    fn truncations_have_no_division() {
        let bytes = stream(&[device(3, "timer", &[7; 24]), device(9, "cpu", b"abc")], true);
        for end in 0..bytes.len() {
            assert_eq!(cut(&bytes[..end], None), None, "{end}");
        }
    }
}
