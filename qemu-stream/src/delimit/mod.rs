//! Divides a sequence of device sections and commands, although sections do not contain their
//! lengths.
//!
//! Sections are parsed forward while their lengths are known, from the description or from the
//! caller. From the first section of unknown length on, if the caller allows it, each footer with
//! the section's id may be the section's end. Such a division is accepted only if it is the only
//! one that uses all bytes, so that device state that looks like a footer is not mistaken for one.
//! Elements are parsed only at positions where an element can start, and time and memory are linear
//! in the length of the sequence.

mod element;
mod guess;
mod pieces;

use element::{Element, behind, element, known_end};
use guess::Guess;

use super::limits::MAX_ELEMENTS;
use super::section::BodyLength;

pub(crate) use element::{Ends, Last, Undivided};
pub(crate) use pieces::{Piece, Pieces};

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
        let length = (ends.length)(&header).map_err(Undivided::Refused)?;
        if length == BodyLength::Unknown {
            if !(ends.guess && ends.footers) {
                return Err(Undivided::Content);
            }
            bodies.extend(Guess::new(bytes, at, last).run(ends)?);
            return Ok(bodies);
        }
        let end = known_end(bytes, ends.footers, &header, body, length);
        let end = end.ok_or(Undivided::Content)?;
        bodies.push(end as u32);
        at = behind(ends.footers, end);
    }
    Err(Undivided::TooMany)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::Command;
    use crate::error::ErrorKind;
    use crate::section::{Device, EOF, SectionHeader, with_length, write_eof};

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
        length: &'a dyn Fn(&SectionHeader) -> Result<BodyLength, ErrorKind>,
        guess: bool,
    ) -> Ends<'a> {
        Ends { footers, length, guess, interrupt: &|| false }
    }

    fn cut(bytes: &[u8], length: Option<u64>) -> Option<Vec<Piece>> {
        let length = length.map_or(BodyLength::Unknown, BodyLength::Known);
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
        let lengths = |header: &SectionHeader| {
            Ok(BodyLength::Known(if header.id == 3 { inner.len() as u64 } else { 3 }))
        };
        assert_eq!(delimit(&bytes, Last::Eof, ends(true, &lengths, false)), Some(pieces(&devices)));
    }

    #[test]
    fn lengths_alone() {
        let devices = [device(3, "a", b"xyz"), device(4, "b", b"123")];
        let bytes = stream(&devices, false);
        let plain = |length: u64| {
            let length = BodyLength::Known(length);
            delimit(&bytes, Last::Eof, ends(false, &|_| Ok(length), true))
        };
        assert_eq!(plain(3), Some(pieces(&devices)));
        assert_eq!(plain(2), None);
        assert_eq!(plain(u64::MAX), None);
        assert_eq!(cut(&stream(&devices, true), Some(2)), None);
    }

    #[test]
    fn a_body_may_begin_with_its_length() {
        let json = with_length(b"\x7e\0\0\0\x03{}").unwrap();
        let devices = [device(3, "a", &json), device(4, "b", b"\0\0\0\0")];
        for footers in [false, true] {
            let bytes = stream(&devices, footers);
            let ends = ends(footers, &|_| Ok(BodyLength::Prefixed), false);
            assert_eq!(delimit(&bytes, Last::Eof, ends), Some(pieces(&devices)));
        }
        let ends = ends(true, &|_| Ok(BodyLength::Prefixed), true);
        let short = stream(&[device(3, "a", b"\xff\xff\xff\xff{}")], true);
        assert_eq!(delimit(&short, Last::Eof, ends), None);
    }

    #[test]
    fn a_package_ends_with_run() {
        let package = |bytes: &[u8]| {
            delimit(bytes, Last::Run, ends(true, &|_| Ok(BodyLength::Unknown), true))
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

    /// Commands that hold commands, at each of which a whole command could be parsed.
    fn nested_discards(length: usize) -> Vec<u8> {
        b"\x08\0\x06\xff\xf3\0\0\0".iter().copied().cycle().take(length).collect()
    }

    #[test]
    #[cfg_attr(miri, ignore = "takes minutes")]
    fn elements_are_parsed_only_where_one_can_begin() {
        let parsed = std::cell::Cell::new(0);
        let count = |_: &SectionHeader| {
            parsed.set(parsed.get() + 1);
            Ok(BodyLength::Unknown)
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
    #[cfg_attr(miri, ignore = "takes minutes")]
    fn a_division_can_be_interrupted() {
        let mut bytes = Vec::new();
        device(3, "a", &nested_discards(1 << 20)).write(true, &mut bytes);
        bytes.push(EOF);
        let asked = std::cell::Cell::new(0);
        let interrupt = || {
            asked.set(asked.get() + 1);
            asked.get() > 3
        };
        let ends = Ends {
            footers: true,
            length: &|_| Ok(BodyLength::Unknown),
            guess: true,
            interrupt: &interrupt,
        };
        assert_eq!(divide(&bytes, Last::Eof, &ends), Err(Undivided::Interrupted));
    }

    #[test]
    #[cfg_attr(miri, ignore = "takes minutes")]
    fn the_number_of_elements_is_bounded() {
        let mut pings = Vec::new();
        (0..MAX_ELEMENTS + 1).for_each(|_| Command::Ping(1).write(&mut pings));
        Command::PostcopyRun.write(&mut pings);
        let package = |bytes: &[u8]| {
            divide(bytes, Last::Run, &ends(true, &|_| Ok(BodyLength::Unknown), true))
        };
        assert_eq!(package(&pings), Err(Undivided::TooMany));
        assert_eq!(package(&pings[9 * 2..]), Ok(Vec::new()));
        // The same behind a section of unknown length.
        let mut bytes = Vec::new();
        device(3, "a", b"").write(true, &mut bytes);
        bytes.extend(&pings);
        assert_eq!(package(&bytes), Err(Undivided::TooMany));
    }
}
