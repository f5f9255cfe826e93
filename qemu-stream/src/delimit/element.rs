//! The elements of a run, and the positions where they end.

use crate::command::Command;
use crate::error::ErrorKind;
use crate::section::{BodyLength, COMMAND, EOF, FOOTER, FOOTER_LENGTH, FULL, SectionHeader};
use crate::wire::Fields;

/// The last element of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Last {
    /// The end of file: the rest of a stream.
    Eof,
    /// POSTCOPY_RUN or the end of file: a package.
    Run,
}

/// Tells where the body of a section ends.
pub(crate) struct Ends<'a> {
    /// Sections have footers.
    pub(crate) footers: bool,
    /// Returns the length of a body, or refuses the section.
    pub(crate) length: &'a dyn Fn(&SectionHeader) -> Result<BodyLength, ErrorKind>,
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

/// The element at some place.
pub(super) enum Element {
    Full { header: SectionHeader, body: usize },
    Command { end: usize },
    Last,
}

/// Parses the element at `at`. Commands are checked, but what they carry is not kept.
pub(super) fn element(bytes: &[u8], at: usize, last: Last) -> Option<Element> {
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

pub(super) fn known_end(
    bytes: &[u8],
    footers: bool,
    header: &SectionHeader,
    body: usize,
    length: BodyLength,
) -> Option<usize> {
    let length = usize::try_from(length.of(bytes.get(body..)?)?).ok()?;
    let end = body.checked_add(length)?;
    let fits = if footers { footer(bytes, end) == Some(header.id) } else { end <= bytes.len() };
    fits.then_some(end)
}

/// Returns the section id of the footer at `at`, if there is one.
pub(super) fn footer(bytes: &[u8], at: usize) -> Option<u32> {
    match bytes.get(at..)?.first_chunk::<FOOTER_LENGTH>()? {
        [FOOTER, id @ ..] => Some(u32::from_be_bytes(*id)),
        _ => None,
    }
}

pub(super) fn behind(footers: bool, end: usize) -> usize {
    if footers { end + FOOTER_LENGTH } else { end }
}
