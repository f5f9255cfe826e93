//! Divides a sequence of device sections and commands, although sections do not contain their
//! lengths.
//!
//! Sections are parsed forward while their lengths are known, from the description or from the
//! caller. From the first section of unknown length on, if the caller allows it, each footer with
//! the section's id may be the section's end. Such a division is accepted only if it is the only
//! one that uses all bytes, so that device state that looks like a footer is not mistaken for one.
//! Elements are parsed only at positions where an element can start, and time and memory are linear
//! in the length of the sequence.

use std::collections::{BTreeMap, HashMap};

use super::command::Command;
use super::error::ErrorKind;
use super::limits::MAX_ELEMENTS;
use super::section::{COMMAND, Device, EOF, FOOTER, FOOTER_LENGTH, FULL, SectionHeader};
use super::wire::Fields;

/// The number of bytes between two questions whether to give up.
const INTERRUPT_INTERVAL: usize = 64 << 10;

/// The last element of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Last {
    /// The end of file: the rest of a stream.
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

/// Tells where the body of a section ends.
pub(crate) struct Ends<'a> {
    /// Sections have footers.
    pub(crate) footers: bool,
    /// Returns the length of a body where it is known, or refuses the section.
    pub(crate) length: &'a dyn Fn(&SectionHeader) -> Result<Option<u64>, ErrorKind>,
    /// A footer may tell the end where the length is not known.
    pub(crate) guess: bool,
    /// Returns true once the division has to be given up.
    pub(crate) interrupt: &'a dyn Fn() -> bool,
}

/// The reason why a run is not divided.
#[derive(Debug, PartialEq)]
pub(crate) enum Undivided {
    /// There is no division, or more than one.
    Content,
    /// There are more elements than are accepted.
    TooMany,
    /// A section is refused.
    Refused(ErrorKind),
    /// The division was interrupted.
    Interrupted,
}

/// Divides `bytes`. Returns the end of each section's body, in the order of the sections.
pub(crate) fn divide(bytes: &[u8], last: Last, ends: &Ends<'_>) -> Result<Vec<u32>, Undivided> {
    // Places are kept as 32-bit numbers; limits keep runs far below.
    if u32::try_from(bytes.len()).is_err() {
        return Err(Undivided::TooMany);
    }
    let (mut bodies, mut at) = (Vec::new(), 0);
    for count in 0..MAX_ELEMENTS {
        if count % 1024 == 0 && (ends.interrupt)() {
            return Err(Undivided::Interrupted);
        }
        let (body, header) = match element(bytes, at, last).ok_or(Undivided::Content)? {
            Element::Last => return Ok(bodies),
            Element::Command { end } => {
                at = end;
                continue;
            }
            Element::Full { header, body } => (body, header),
        };
        let Some(length) = (ends.length)(&header).map_err(Undivided::Refused)? else {
            if !(ends.guess && ends.footers) {
                return Err(Undivided::Content);
            }
            bodies.extend(Guess::new(bytes, at, last).run(ends)?);
            return Ok(bodies);
        };
        let end = known_end(bytes, ends.footers, &header, body, length);
        let end = end.ok_or(Undivided::Content)?;
        bodies.push(end as u32);
        at = behind(ends.footers, end);
    }
    Err(Undivided::TooMany)
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

/// The element at some place.
enum Element {
    Full { header: SectionHeader, body: usize },
    Command { end: usize },
    Last,
}

/// Parses the element at `at`. Commands are checked, but what they carry is not kept.
fn element(bytes: &[u8], at: usize, last: Last) -> Option<Element> {
    let mut fields = Fields::new(bytes.get(at..)?);
    match fields.u8().ok()? {
        EOF => (at + 1 == bytes.len()).then_some(Element::Last),
        FULL => {
            let header = SectionHeader::parse(&mut fields).ok()?;
            let is_name = !header.name.is_empty() && !header.name.contains(char::is_control);
            is_name.then(|| Element::Full { header, body: at + fields.used() })
        }
        COMMAND => {
            let number = Command::skip(&mut fields).ok()?;
            let end = at + fields.used();
            match number {
                Command::PACKAGED => None,
                Command::POSTCOPY_RUN if last == Last::Run => {
                    (end == bytes.len()).then_some(Element::Last)
                }
                _ => Some(Element::Command { end }),
            }
        }
        _ => None,
    }
}

fn known_end(
    bytes: &[u8],
    footers: bool,
    header: &SectionHeader,
    body: usize,
    length: u64,
) -> Option<usize> {
    let end = body.checked_add(usize::try_from(length).ok()?)?;
    let fits = if footers { footer(bytes, end) == Some(header.id) } else { end <= bytes.len() };
    fits.then_some(end)
}

/// Returns the section id of the footer at `at`, if there is one.
fn footer(bytes: &[u8], at: usize) -> Option<u32> {
    match bytes.get(at..)?.first_chunk::<FOOTER_LENGTH>()? {
        [FOOTER, id @ ..] => Some(u32::from_be_bytes(*id)),
        _ => None,
    }
}

fn behind(footers: bool, end: usize) -> usize {
    if footers { end + FOOTER_LENGTH } else { end }
}

/// The ways from the start of a run to some place.
#[derive(Clone, Copy, Default)]
struct Ways {
    /// Their number, counted up to two.
    count: u8,
    /// The place of the last element on the way, if there is one way.
    from: u32,
    /// The end of that element's body, if it is a section.
    body_end: Option<u32>,
}

impl Ways {
    fn add(&mut self, more: Self) {
        *self = Self { count: (self.count + more.count).min(2), ..more };
    }
}

/// Searches for the divisions of a sequence whose sections end at footers, from position to
/// position.
struct Guess<'a> {
    bytes: &'a [u8],
    start: usize,
    last: Last,
    /// Possible positions of elements that are not parsed yet.
    ahead: BTreeMap<u32, Ways>,
    /// Possible positions of elements that are parsed, in order.
    seen: Vec<(u32, Ways)>,
    /// Sections whose body starts further on, by the position of the body and their own, with their
    /// id and the number of divisions up to them.
    opening: BTreeMap<(u32, u32), (u32, u8)>,
    /// Sections whose body has started, by id.
    open: HashMap<u32, Ways>,
    /// The number of divisions of the whole sequence.
    whole: Ways,
}

impl<'a> Guess<'a> {
    fn new(bytes: &'a [u8], start: usize, last: Last) -> Self {
        Self {
            bytes,
            start,
            last,
            ahead: BTreeMap::from([(start as u32, Ways { count: 1, ..Ways::default() })]),
            seen: Vec::new(),
            opening: BTreeMap::new(),
            open: HashMap::new(),
            whole: Ways::default(),
        }
    }

    /// Returns the ends of the bodies, if there is one division.
    fn run(mut self, ends: &Ends<'_>) -> Result<Vec<u32>, Undivided> {
        for at in self.start..self.bytes.len() {
            if at.is_multiple_of(INTERRUPT_INTERVAL) && (ends.interrupt)() {
                return Err(Undivided::Interrupted);
            }
            let place = at as u32;
            while let Some(entry) =
                self.opening.first_entry().filter(|entry| entry.key().0 <= place)
            {
                let ((_, from), (id, count)) = entry.remove_entry();
                self.open.entry(id).or_default().add(Ways { count, from, body_end: None });
            }
            if self.bytes[at] == FOOTER
                && let Some(open) = footer(self.bytes, at).and_then(|id| self.open.get(&id))
            {
                let way = Ways { body_end: Some(place), ..*open };
                self.reach(at + FOOTER_LENGTH, way);
            }
            if let Some(entry) = self.ahead.first_entry().filter(|entry| *entry.key() == place) {
                let ways = entry.remove();
                if self.seen.len() == MAX_ELEMENTS {
                    return Err(Undivided::TooMany);
                }
                self.seen.push((place, ways));
                self.look(at, ways, ends);
            }
        }
        self.bodies().ok_or(Undivided::Content)
    }

    /// Follows the element that may begin at `at`.
    fn look(&mut self, at: usize, ways: Ways, ends: &Ends<'_>) {
        let way = Ways { count: ways.count, from: at as u32, body_end: None };
        match element(self.bytes, at, self.last) {
            None => {}
            Some(Element::Last) => self.whole.add(way),
            Some(Element::Command { end }) => self.reach(end, way),
            Some(Element::Full { header, body }) => match (ends.length)(&header) {
                Ok(Some(length)) => {
                    if let Some(end) = known_end(self.bytes, true, &header, body, length) {
                        let way = Ways { body_end: Some(end as u32), ..way };
                        self.reach(end + FOOTER_LENGTH, way);
                    }
                }
                // A refused section is refused once it turns out to be one.
                Ok(None) | Err(_) => {
                    self.opening.insert((body as u32, at as u32), (header.id, ways.count));
                }
            },
        }
    }

    fn reach(&mut self, at: usize, way: Ways) {
        self.ahead.entry(at as u32).or_default().add(way);
    }

    /// Follows the one way back from the end.
    fn bodies(&self) -> Option<Vec<u32>> {
        let mut ways = self.whole;
        let mut bodies = Vec::new();
        if ways.count != 1 {
            return None;
        }
        loop {
            bodies.extend(ways.body_end);
            let at = ways.from;
            if at as usize == self.start {
                bodies.reverse();
                return Some(bodies);
            }
            let seen = self.seen.binary_search_by_key(&at, |(place, _)| *place).ok()?;
            ways = self.seen[seen].1;
        }
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

    /// The elements of `bytes`, if there is one division.
    fn delimit(bytes: &[u8], last: Last, ends: Ends<'_>) -> Option<Vec<Piece>> {
        let bodies = divide(bytes, last, &ends).ok()?;
        let mut pieces = Pieces::new(bytes.to_vec(), ends.footers, bodies);
        Some(std::iter::from_fn(|| pieces.next()).collect())
    }

    fn ends<'a>(
        footers: bool,
        length: &'a dyn Fn(&SectionHeader) -> Result<Option<u64>, ErrorKind>,
        guess: bool,
    ) -> Ends<'a> {
        Ends { footers, length, guess, interrupt: &|| false }
    }

    fn cut(bytes: &[u8], length: Option<u64>) -> Option<Vec<Piece>> {
        delimit(bytes, Last::Eof, ends(true, &|_| Ok(length), true))
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
            |header: &SectionHeader| Ok(Some(if header.id == 3 { inner.len() as u64 } else { 3 }));
        assert_eq!(delimit(&bytes, Last::Eof, ends(true, &lengths, false)), Some(pieces(&devices)));
    }

    #[test]
    fn lengths_alone() {
        let devices = [device(3, "a", b"xyz"), device(4, "b", b"123")];
        let bytes = stream(&devices, false);
        let plain =
            |length: Option<u64>| delimit(&bytes, Last::Eof, ends(false, &|_| Ok(length), true));
        assert_eq!(plain(Some(3)), Some(pieces(&devices)));
        assert_eq!(plain(Some(2)), None);
        assert_eq!(plain(Some(u64::MAX)), None);
        assert_eq!(cut(&stream(&devices, true), Some(2)), None);
    }

    #[test]
    fn a_package_ends_with_run() {
        let package = |bytes: &[u8]| delimit(bytes, Last::Run, ends(true, &|_| Ok(None), true));
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

    /// Commands that hold commands, at each of which a whole command could be parsed.
    fn nested_discards(length: usize) -> Vec<u8> {
        b"\x08\0\x06\xff\xf3\0\0\0".iter().copied().cycle().take(length).collect()
    }

    #[test]
    fn elements_are_parsed_only_where_one_can_begin() {
        let parsed = std::cell::Cell::new(0);
        let count = |_: &SectionHeader| {
            parsed.set(parsed.get() + 1);
            Ok(None)
        };
        let mut bytes = Vec::new();
        device(3, "a", &nested_discards(1 << 20)).write(true, &mut bytes);
        // Looks like a thousand sections, none of which begins behind a footer of the first one.
        let inner = stream(&vec![device(9, "b", b""); 1000], true);
        device(4, "c", &inner).write(true, &mut bytes);
        bytes.push(EOF);
        let bodies = divide(&bytes, Last::Eof, &ends(true, &count, true)).unwrap();
        assert_eq!(bodies.len(), 2);
        assert!(parsed.get() <= 4, "{} sections were parsed", parsed.get());
    }

    #[test]
    fn a_division_can_be_interrupted() {
        let mut bytes = Vec::new();
        device(3, "a", &nested_discards(1 << 20)).write(true, &mut bytes);
        bytes.push(EOF);
        let asked = std::cell::Cell::new(0);
        let interrupt = || {
            asked.set(asked.get() + 1);
            asked.get() > 3
        };
        let ends =
            Ends { footers: true, length: &|_| Ok(None), guess: true, interrupt: &interrupt };
        assert_eq!(divide(&bytes, Last::Eof, &ends), Err(Undivided::Interrupted));
    }

    #[test]
    fn the_number_of_elements_is_bounded() {
        let mut pings = Vec::new();
        (0..MAX_ELEMENTS + 1).for_each(|_| Command::Ping(1).write(&mut pings));
        Command::PostcopyRun.write(&mut pings);
        let package = |bytes: &[u8]| divide(bytes, Last::Run, &ends(true, &|_| Ok(None), true));
        assert_eq!(package(&pings), Err(Undivided::TooMany));
        assert_eq!(package(&pings[9 * 2..]), Ok(Vec::new()));
        // The same behind a section of unknown length.
        let mut bytes = Vec::new();
        device(3, "a", b"").write(true, &mut bytes);
        bytes.extend(&pings);
        assert_eq!(package(&bytes), Err(Undivided::TooMany));
    }
}
