//! Errors in a stream: their kind, their position, and QEMU's text.

mod detail;
mod errno;
mod kind;

use std::fmt;

use crate::name::Name;

pub use detail::CommandFault;
pub use errno::Errno;
pub use kind::ErrorKind;

/// An error in a stream, with its position.
///
/// [`Display`](fmt::Display) is one line for a log. [`messages`](Self::messages) returns the lines
/// that QEMU prints to standard error, and [`errno`](Self::errno) the text after "load of migration
/// failed: ".
#[derive(Debug)]
pub struct Error(Box<Located>);

#[derive(Debug)]
struct Located {
    kind: ErrorKind,
    offset: u64,
    place: Option<Place>,
}

/// The section in which an error was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The section id, chosen by the source.
    pub id: u32,
    /// The section's name.
    pub name: Name,
    /// Distinguishes sections of the same name.
    pub instance: u32,
    /// The section started here (START or FULL), or continued (PART or END).
    pub begins: bool,
}

impl Error {
    /// Creates an error, for a caller that reads [records](crate::ram::RecordReader) without a
    /// [`Reader`](crate::Reader).
    pub fn new(kind: ErrorKind, offset: u64, place: Option<Place>) -> Self {
        Self(Box::new(Located { kind, offset, place }))
    }

    /// Returns the kind of error.
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// Returns the offset of the invalid data, in bytes from the start of the connection.
    pub fn offset(&self) -> u64 {
        self.0.offset
    }

    /// Returns the section that was being read, if any.
    pub fn place(&self) -> Option<&Place> {
        self.0.place.as_ref()
    }

    /// Returns the error number with which QEMU fails the load.
    pub fn errno(&self) -> Errno {
        self.0.kind.errno()
    }

    /// Returns the lines that QEMU prints to standard error, without the program's name.
    pub fn messages(&self) -> Vec<String> {
        let mut lines = Vec::new();
        // QEMU has no text of its own for these two.
        if !matches!(self.0.kind, ErrorKind::Closed | ErrorKind::UnknownSubsection(_)) {
            lines.extend(self.0.kind.to_string().lines().map(str::to_owned));
        }
        // An error of the element itself (its footer, its id) is not reported by the section's
        // loader.
        let by_loader = !matches!(
            self.0.kind,
            ErrorKind::FooterMissing { .. }
                | ErrorKind::FooterId { .. }
                | ErrorKind::SectionVersion { .. }
                | ErrorKind::SectionTooOld { .. }
        );
        match &self.0.place {
            Some(place) if by_loader && place.begins => lines.push(format!(
                "error while loading state for instance 0x{:x} of device '{}'",
                place.instance, place.name
            )),
            Some(place) if by_loader => lines
                .push(format!("error while loading state section id {}({})", place.id, place.name)),
            _ => {}
        }
        lines.push(format!("load of migration failed: {}", self.errno()));
        lines
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Located { kind, offset, place } = &*self.0;
        let text = kind.to_string();
        f.write_str(&text.replace('\n', ": "))?;
        match place {
            Some(Place { id, name, instance, .. }) => {
                write!(f, " (section {id} '{name}' instance {instance}, offset 0x{offset:x})")
            }
            None => write!(f, " (offset 0x{offset:x})"),
        }
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    fn ram(begins: bool) -> Option<Place> {
        Some(Place { id: 2, name: "ram".try_into().unwrap(), instance: 0, begins })
    }

    #[test]
    fn lines_as_on_standard_error() {
        let name = Name::try_from("mem").unwrap();
        let error = Error::new(ErrorKind::UnknownBlock(name.clone()), 0x40, ram(true));
        assert_eq!(
            error.messages(),
            [
                "Unknown ramblock \"mem\", cannot accept migration",
                "error while loading state for instance 0x0 of device 'ram'",
                "load of migration failed: Invalid argument",
            ]
        );
        let error = Error::new(ErrorKind::PageBlock { name, offset: 0 }, 0x40, ram(false));
        assert_eq!(
            error.messages(),
            [
                "Can't find block mem",
                "Illegal RAM offset 0",
                "error while loading state section id 2(ram)",
                "load of migration failed: Invalid argument",
            ]
        );
    }

    #[test]
    fn one_line_names_section_and_offset() {
        let error = Error::new(ErrorKind::NoBlockYet { offset: 0 }, 0x40, ram(false));
        assert_eq!(
            error.to_string(),
            "Ack, bad migration stream!: Illegal RAM offset 0 (section 2 'ram' instance 0, offset 0x40)"
        );
        let error = Error::new(ErrorKind::UnknownElement(42), 8, None);
        assert_eq!(error.to_string(), "Unknown savevm section type 42 (offset 0x8)");
    }
}
