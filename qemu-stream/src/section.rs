//! Elements of the main channel: header, sections with footers, EOF, description.
//!
//! A stream starts with the four bytes `QEVM` and the version 3, 4 bytes. Elements follow, each
//! with its kind in the first byte (QEMU 10.0: `migration/savevm.h`, `migration/savevm.c`):
//!
//! | byte | element | fields after it, with their length in bytes |
//! |---|---|---|
//! | `00` | EOF, the last one but for the description | |
//! | `01` | START: first part of a section | id 4, name 1 + n, instance 4, version 4, body |
//! | `02` | PART: further part | id 4, body |
//! | `03` | END: last part | id 4, body |
//! | `04` | FULL: a section of one part, for a device | as START |
//! | `05` | subsection, within the configuration and device state | name 1 + n, version 4, fields |
//! | `06` | description of the devices, after EOF | length 4, JSON |
//! | `07` | [configuration](crate::Configuration), after the header | see there |
//! | `08` | [command](crate::Command) | number 2, length 2, payload |
//! | `7e` | footer, at the end of each part of a section | id 4 |
//!
//! The length of a body is not in the stream. A body of `ram` or `dirty-bitmap` ends with a record
//! that says so. That of a device has the length that its code reads; the [description] has it,
//! too.
//!
//! [description]: crate::description

use crate::error::ErrorKind;
use crate::name::Name;
use crate::wire::{Fields, Parsed, put_name, put_u8, put_u32};

const MAGIC: u32 = 0x5145_564d;
const VERSION: u32 = 3;
const OBSOLETE_VERSION: u32 = 2;

/// The element that ends the sections; only the description may follow.
pub const EOF: u8 = 0x00;
pub(crate) const START: u8 = 0x01;
pub(crate) const PART: u8 = 0x02;
pub(crate) const END: u8 = 0x03;
pub(crate) const FULL: u8 = 0x04;
pub(crate) const DESCRIPTION: u8 = 0x06;
pub(crate) const COMMAND: u8 = 0x08;
pub(crate) const FOOTER: u8 = 0x7e;

/// The length of a footer in bytes.
pub(crate) const FOOTER_LENGTH: usize = 5;

/// The header of a section: its id in this stream, and its kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SectionHeader {
    /// Id chosen by the source. Later parts of the section refer to it.
    pub id: u32,
    /// The kind of data, e.g. `ram` or `0000:00:01.1/ide`.
    pub name: Name,
    /// Distinguishes sections of the same name.
    pub instance: u32,
    /// The version of the section's format.
    pub version: u32,
}

impl SectionHeader {
    /// Appends the start of an iterable section's first part. Its body and [`write_footer`] follow.
    pub fn write_start(&self, out: &mut Vec<u8>) {
        self.write(START, out);
    }

    /// Appends the start of a section with only one part. Its body and [`write_footer`] follow.
    pub fn write_full(&self, out: &mut Vec<u8>) {
        self.write(FULL, out);
    }

    fn write(&self, element: u8, out: &mut Vec<u8>) {
        put_u8(out, element);
        put_u32(out, self.id);
        put_name(out, &self.name);
        put_u32(out, self.instance);
        put_u32(out, self.version);
    }

    /// Parses the header after its element byte.
    pub(crate) fn parse(fields: &mut Fields<'_>) -> Parsed<Self> {
        let id = fields.u32()?;
        let name = fields.name("section")?;
        Ok(Self { id, name, instance: fields.u32()?, version: fields.u32()? })
    }
}

/// The length of a device section's body, which QEMU's streams do not contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyLength {
    /// This many bytes.
    Known(u64),
    /// A number of bytes that stands before them, as 32 bits: an addition of this package, for
    /// states of variable length. The body that a reader returns begins with it.
    Prefixed,
    /// To be found out by the reader.
    Unknown,
}

impl BodyLength {
    /// Returns the length of a body that begins with `bytes`, including its prefix; `None` if it is
    /// not known from them.
    pub(crate) fn of(self, bytes: &[u8]) -> Option<u64> {
        match self {
            Self::Known(length) => Some(length),
            Self::Prefixed => {
                let prefix = u32::from_be_bytes(*bytes.first_chunk()?);
                Some(PREFIX as u64 + u64::from(prefix))
            }
            Self::Unknown => None,
        }
    }
}

/// The length of the prefix of a [`BodyLength::Prefixed`] body.
const PREFIX: usize = 4;

/// Puts the length before a body, for [`BodyLength::Prefixed`]. Returns `None` for a body of 4 GiB
/// or more.
pub fn with_length(body: &[u8]) -> Option<Vec<u8>> {
    let length = u32::try_from(body.len()).ok()?;
    Some([&length.to_be_bytes(), body].concat())
}

/// Takes the length off a body that was [read](BodyLength::Prefixed) with it. Returns `None` if it
/// does not fit.
pub fn without_length(body: &[u8]) -> Option<&[u8]> {
    let whole = BodyLength::Prefixed.of(body)? == body.len() as u64;
    body.get(PREFIX..).filter(|_| whole)
}

/// A section with one part: the state of a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Name, instance and version.
    pub header: SectionHeader,
    /// The device's state, opaque.
    pub body: Vec<u8>,
}

impl Device {
    /// Appends the whole section, with its footer unless `send-section-footer` is off.
    pub fn write(&self, footer: bool, out: &mut Vec<u8>) {
        self.header.write_full(out);
        out.extend_from_slice(&self.body);
        if footer {
            write_footer(out, self.header.id);
        }
    }
}

/// Appends the first bytes of a stream. A [`Configuration`](super::Configuration) follows.
pub fn write_header(out: &mut Vec<u8>) {
    put_u32(out, MAGIC);
    put_u32(out, VERSION);
}

/// Appends the start of a further part of an iterable section.
pub fn write_part(out: &mut Vec<u8>, id: u32) {
    put_u8(out, PART);
    put_u32(out, id);
}

/// Appends the start of the last part of an iterable section.
pub fn write_end(out: &mut Vec<u8>, id: u32) {
    put_u8(out, END);
    put_u32(out, id);
}

/// Appends the footer of a part of a section. Not used if `send-section-footer` is off.
pub fn write_footer(out: &mut Vec<u8>, id: u32) {
    put_u8(out, FOOTER);
    put_u32(out, id);
}

/// Appends the EOF element, after which only the description may follow.
pub fn write_eof(out: &mut Vec<u8>) {
    put_u8(out, EOF);
}

/// Appends the description of the devices, from
/// [`description::describe`](super::description::describe).
pub fn write_description(out: &mut Vec<u8>, json: &str) {
    put_u8(out, DESCRIPTION);
    // A description of 4 GiB would take a billion devices.
    put_u32(out, json.len() as u32);
    out.extend_from_slice(json.as_bytes());
}

pub(crate) fn parse_header(fields: &mut Fields<'_>) -> Parsed<()> {
    if fields.u32()? != MAGIC {
        return Err(ErrorKind::NotAStream.into());
    }
    match fields.u32()? {
        VERSION => Ok(()),
        OBSOLETE_VERSION => Err(ErrorKind::ObsoleteVersion.into()),
        _ => Err(ErrorKind::UnsupportedVersion.into()),
    }
}

pub(crate) fn parse_footer(fields: &mut Fields<'_>, id: u32, name: &Name) -> Parsed<()> {
    if fields.peek()? != FOOTER {
        return Err(ErrorKind::FooterMissing { name: name.clone() }.into());
    }
    fields.u8()?;
    let received = fields.u32()?;
    if received != id {
        return Err(ErrorKind::FooterId { name: name.clone(), received, expected: id }.into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Stop;

    fn timer() -> SectionHeader {
        SectionHeader { id: 3, name: "timer".try_into().unwrap(), instance: 0, version: 2 }
    }

    #[test]
    fn layout() {
        let mut out = Vec::new();
        Device { header: timer(), body: b"state".to_vec() }.write(true, &mut out);
        assert_eq!(out, b"\x04\0\0\0\x03\x05timer\0\0\0\0\0\0\0\x02state\x7e\0\0\0\x03");

        let mut out = Vec::new();
        write_header(&mut out);
        write_part(&mut out, 2);
        write_end(&mut out, 2);
        write_eof(&mut out);
        write_description(&mut out, "{}");
        assert_eq!(out, b"QEVM\0\0\0\x03\x02\0\0\0\x02\x03\0\0\0\x02\0\x06\0\0\0\x02{}");
    }

    #[test]
    fn a_length_stands_before_its_body() {
        assert_eq!(with_length(b"{}").unwrap(), b"\0\0\0\x02{}");
        assert_eq!(without_length(b"\0\0\0\x02{}"), Some(&b"{}"[..]));
        for wrong in [&b""[..], b"\0\0\0", b"\0\0\0\x01{}", b"\0\0\0\x03{}"] {
            assert_eq!(without_length(wrong), None);
        }
        assert_eq!(BodyLength::Prefixed.of(b"\0\0\x01\0rest"), Some(260));
        assert_eq!(BodyLength::Prefixed.of(b"\0\0\x01"), None);
        assert_eq!(BodyLength::Known(7).of(b""), Some(7));
        assert_eq!(BodyLength::Unknown.of(b"\0\0\0\0"), None);
    }

    #[test]
    fn header_versions() {
        let parse = |bytes: &[u8]| parse_header(&mut Fields::new(bytes));
        assert_eq!(parse(b"QEVM\0\0\0\x03"), Ok(()));
        assert_eq!(parse(b"QEVM\0\0\0"), Err(Stop::Short));
        assert_eq!(parse(b"QEVM\0\0\0\x02"), Err(ErrorKind::ObsoleteVersion.into()));
        assert_eq!(parse(b"QEVM\0\0\0\x04"), Err(ErrorKind::UnsupportedVersion.into()));
        assert_eq!(parse(b"HTTP"), Err(ErrorKind::NotAStream.into()));
    }

    #[test]
    fn footers() {
        let name = Name::try_from("ram").unwrap();
        let parse = |bytes: &[u8]| parse_footer(&mut Fields::new(bytes), 2, &name);
        assert_eq!(parse(b"\x7e\0\0\0\x02"), Ok(()));
        let text = |bytes| match parse(bytes) {
            Err(Stop::Bad(kind)) => kind.to_string(),
            other => panic!("{other:?}"),
        };
        assert_eq!(text(b"\x02"), "Missing section footer for ram");
        assert_eq!(
            text(b"\x7e\0\0\0\x09"),
            "Mismatched section id in footer for ram - read 0x9 expected 0x2"
        );
    }
}
