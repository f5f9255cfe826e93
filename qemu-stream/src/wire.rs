//! Integers and names in the stream's encoding: big-endian, with counted bytes, from slices that
//! may end early.

use crate::error::ErrorKind;
use crate::name::Name;

/// The reason for which a part of the stream cannot be parsed: it is incomplete, or invalid.
#[derive(Debug, PartialEq)]
pub(crate) enum Stop {
    Short,
    Bad(ErrorKind),
}

impl From<ErrorKind> for Stop {
    fn from(kind: ErrorKind) -> Self {
        Self::Bad(kind)
    }
}

/// The result of parsing a slice that may end early.
pub(crate) type Parsed<T> = Result<T, Stop>;

/// Parses fields from a slice, and counts the bytes used.
#[derive(Clone)]
pub(crate) struct Fields<'a> {
    bytes: &'a [u8],
    used: usize,
}

impl<'a> Fields<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, used: 0 }
    }

    pub(crate) fn used(&self) -> usize {
        self.used
    }

    pub(crate) fn rest(&self) -> &'a [u8] {
        &self.bytes[self.used..]
    }

    pub(crate) fn peek(&self) -> Parsed<u8> {
        self.rest().first().copied().ok_or(Stop::Short)
    }

    pub(crate) fn take(&mut self, length: usize) -> Parsed<&'a [u8]> {
        let piece = self.rest().get(..length).ok_or(Stop::Short)?;
        self.used += length;
        Ok(piece)
    }

    /// Takes at most `length` bytes, but at least one unless `length` is 0.
    pub(crate) fn take_some(&mut self, length: u64) -> Parsed<&'a [u8]> {
        let have = self.rest().len();
        if have == 0 && length > 0 {
            return Err(Stop::Short);
        }
        self.take(usize::try_from(length).map_or(have, |length| length.min(have)))
    }

    fn array<const N: usize>(&mut self) -> Parsed<[u8; N]> {
        let (head, _) = self.rest().split_first_chunk().ok_or(Stop::Short)?;
        self.used += N;
        Ok(*head)
    }

    pub(crate) fn u8(&mut self) -> Parsed<u8> {
        Ok(self.array::<1>()?[0])
    }

    pub(crate) fn u16(&mut self) -> Parsed<u16> {
        self.array().map(u16::from_be_bytes)
    }

    pub(crate) fn u32(&mut self) -> Parsed<u32> {
        self.array().map(u32::from_be_bytes)
    }

    pub(crate) fn u64(&mut self) -> Parsed<u64> {
        self.array().map(u64::from_be_bytes)
    }

    pub(crate) fn uuid(&mut self) -> Parsed<[u8; 16]> {
        self.array()
    }

    /// Takes the bytes of a counted name, without a check.
    pub(crate) fn counted(&mut self) -> Parsed<&'a [u8]> {
        let mut ahead = self.clone();
        let length = ahead.u8()?;
        let bytes = ahead.take(usize::from(length))?;
        *self = ahead;
        Ok(bytes)
    }

    /// Takes a counted name. `what` describes it in errors.
    pub(crate) fn name(&mut self, what: &'static str) -> Parsed<Name> {
        let text = std::str::from_utf8(self.counted()?).map_err(|_| ErrorKind::NotText { what })?;
        Name::try_from(text).map_err(|_| ErrorKind::NotText { what }.into())
    }
}

pub(crate) fn put_u8(out: &mut Vec<u8>, value: u8) {
    out.push(value);
}

pub(crate) fn put_u16(out: &mut Vec<u8>, value: u16) {
    out.extend_from_slice(&value.to_be_bytes());
}

pub(crate) fn put_u32(out: &mut Vec<u8>, value: u32) {
    out.extend_from_slice(&value.to_be_bytes());
}

pub(crate) fn put_u64(out: &mut Vec<u8>, value: u64) {
    out.extend_from_slice(&value.to_be_bytes());
}

pub(crate) fn put_name(out: &mut Vec<u8>, name: &Name) {
    // `Name` holds at most 255 bytes.
    put_u8(out, name.len() as u8);
    out.extend_from_slice(name.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_input_consumes_nothing() {
        let mut fields = Fields::new(&[3, b'a', b'b']);
        assert_eq!(fields.counted(), Err(Stop::Short));
        assert_eq!(fields.used(), 0);
        assert_eq!(fields.u32(), Err(Stop::Short));
        assert_eq!(fields.u16(), Ok(0x0361));
        assert_eq!(fields.used(), 2);
    }

    #[test]
    fn names_are_counted_by_one_byte() {
        let mut out = Vec::new();
        put_name(&mut out, &Name::try_from("ram").unwrap());
        assert_eq!(out, b"\x03ram");
        assert_eq!(Fields::new(&out).name("block").unwrap(), Name::try_from("ram").unwrap());
        assert_eq!(
            Fields::new(b"\x01\xff").name("RAM block"),
            Err(Stop::Bad(ErrorKind::NotText { what: "RAM block" }))
        );
    }
}
