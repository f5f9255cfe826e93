//! The return path: the destination's messages to the source, on the main channel.
//!
//! A message is its number, 2 bytes, the length of its payload, 2 bytes, and the payload (QEMU
//! 10.0: `enum mig_rp_message_type` in `migration/migration.h`, `migration/migration.c`):
//!
//! | number | message | payload, with lengths in bytes |
//! |---|---|---|
//! | 1 | SHUT | 0 for success 4 |
//! | 2 | PONG | value of the PING 4 |
//! | 3 | REQ_PAGES_ID | start 8, length 4, block 1 + n |
//! | 4 | REQ_PAGES | start 8, length 4; the block of the previous request |
//! | 5 | RECV_BITMAP | block 1 + n |
//! | 6 | RESUME_ACK | 1 4 |
//! | 7 | SWITCHOVER_ACK | |
//!
//! The bitmap of RECV_BITMAP follows its payload: size in bytes 8, bits, end mark 8
//! (`0123456789abcdef`).

use crate::name::Name;
use crate::wire::{Fields, Parsed, Stop, put_name, put_u16, put_u32, put_u64};

/// The longest payload of a message.
const MAX_PAYLOAD: u16 = 512;

/// Marks the end of a received-pages bitmap.
const BITMAP_END: u64 = 0x0123_4567_89ab_cdef;

/// A message of the destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// SHUT: the destination is finished, with 0 for success. The last message.
    Shut(u32),
    /// PONG: the answer to a PING, with the same value.
    Pong(u32),
    /// REQ_PAGES and REQ_PAGES_ID: requests pages.
    ReqPages {
        /// The block, unless it is the same as in the previous request.
        block: Option<Name>,
        /// The offset in the block, a multiple of the host's page size.
        start: u64,
        /// The length in bytes, a multiple of the host's page size.
        length: u32,
    },
    /// RECV_BITMAP: the received pages of a block.
    RecvBitmap {
        /// The block.
        block: Name,
        /// Bit `i % 8` of byte `i / 8` is set if page `i` was received; [`bitmap_length`] bytes.
        bitmap: Vec<u8>,
    },
    /// RESUME_ACK: the destination is ready to continue after a pause.
    ResumeAck,
    /// SWITCHOVER_ACK: the destination is ready for the switchover.
    SwitchoverAck,
}

/// Returns the length in bytes of the received-pages bitmap of `pages` pages: whole words of 64
/// bits.
pub fn bitmap_length(pages: u64) -> u64 {
    pages.div_ceil(64) * 8
}

const RESUME_ACK_VALUE: u32 = 1;

impl Message {
    fn number(&self) -> u16 {
        match self {
            Self::Shut(_) => 1,
            Self::Pong(_) => 2,
            Self::ReqPages { block: Some(_), .. } => 3,
            Self::ReqPages { block: None, .. } => 4,
            Self::RecvBitmap { .. } => 5,
            Self::ResumeAck => 6,
            Self::SwitchoverAck => 7,
        }
    }

    /// Appends the message.
    pub fn write(&self, out: &mut Vec<u8>) {
        put_u16(out, self.number());
        let at = out.len();
        put_u16(out, 0);
        match self {
            Self::Shut(value) | Self::Pong(value) => put_u32(out, *value),
            Self::ReqPages { block, start, length } => {
                put_u64(out, *start);
                put_u32(out, *length);
                if let Some(block) = block {
                    put_name(out, block);
                }
            }
            Self::RecvBitmap { block, .. } => put_name(out, block),
            Self::ResumeAck => put_u32(out, RESUME_ACK_VALUE),
            Self::SwitchoverAck => {}
        }
        let length = (out.len() - at - 2) as u16;
        out[at..at + 2].copy_from_slice(&length.to_be_bytes());
        if let Self::RecvBitmap { bitmap, .. } = self {
            put_u64(out, bitmap.len() as u64);
            out.extend_from_slice(bitmap);
            put_u64(out, BITMAP_END);
        }
    }
}

/// A message that a source cannot accept. `Display` is QEMU's text for `error-desc`.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReturnPathError {
    /// An unknown message number.
    #[error("Received invalid message 0x{number:04x} length 0x{length:04x}")]
    Unknown {
        /// The number.
        number: u16,
        /// The length of its payload.
        length: u16,
    },
    /// The payload has a wrong length.
    #[error(
        "Received '{name}' message (0x{number:04x}) with\
         incorrect length {received} expecting {}",
        .expected.map_or(u64::MAX, u64::from)
    )]
    Length {
        /// The message's name.
        name: &'static str,
        /// Its number.
        number: u16,
        /// The length that came.
        received: u16,
        /// The right length, if there is only one.
        expected: Option<u16>,
    },
    /// A block's name does not fill its field.
    #[error("Received '{name}' message with a malformed block name")]
    BlockName {
        /// The message's name.
        name: &'static str,
    },
    /// RESUME_ACK with a value other than 1.
    #[error("illegal resume_ack value {0}")]
    ResumeAck(u32),
    /// A bitmap is longer than that of the largest block.
    #[error("ramblock '{block}' bitmap size mismatch (0x{received:x} > 0x{max:x})")]
    BitmapLength {
        /// The block.
        block: Name,
        /// The length that came, in bytes.
        received: u64,
        /// The largest accepted length, in bytes.
        max: u64,
    },
    /// A bitmap without its end mark.
    #[error("ramblock '{block}' end mark incorrect: 0x{received:x}")]
    BitmapEnd {
        /// The block.
        block: Name,
        /// The value in its place.
        received: u64,
    },
}

/// The result of a [`ReturnPathReader::step`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "consume the bytes of a step"]
pub struct ReturnPathStep {
    /// The number of consumed bytes.
    pub used: usize,
    /// A message, or `None` if more bytes are needed.
    pub message: Option<Message>,
}

/// Reads the return path.
#[derive(Debug)]
pub struct ReturnPathReader {
    bitmap_max: u64,
    bitmap: Option<PartialBitmap>,
}

/// A bitmap being received.
#[derive(Debug)]
struct PartialBitmap {
    block: Name,
    bytes: Vec<u8>,
    left: u64,
}

impl ReturnPathReader {
    /// Creates a reader that accepts bitmaps of at most `bitmap_max` bytes: the [`bitmap_length`]
    /// of the largest block.
    pub fn new(bitmap_max: u64) -> Self {
        Self { bitmap_max, bitmap: None }
    }

    /// Reads from the start of `input`. Consumed bytes must not be passed again; the rest must,
    /// followed by more bytes.
    pub fn step(&mut self, input: &[u8]) -> Result<ReturnPathStep, ReturnPathError> {
        let mut used = 0;
        loop {
            let mut fields = Fields::new(&input[used..]);
            let message = match &mut self.bitmap {
                Some(_) => self.bitmap(&mut fields)?,
                None => self.message(&mut fields)?,
            };
            used += fields.used();
            if message.is_some() || fields.used() == 0 {
                return Ok(ReturnPathStep { used, message });
            }
        }
    }

    fn bitmap(&mut self, fields: &mut Fields<'_>) -> Result<Option<Message>, ReturnPathError> {
        let Some(incoming) = &mut self.bitmap else { return Ok(None) };
        if incoming.left > 0 {
            if let Ok(piece) = fields.take_some(incoming.left) {
                incoming.bytes.extend_from_slice(piece);
                incoming.left -= piece.len() as u64;
            }
            return Ok(None);
        }
        let Ok(mark) = fields.u64() else { return Ok(None) };
        let Some(PartialBitmap { block, bytes, .. }) = self.bitmap.take() else { return Ok(None) };
        if mark != BITMAP_END {
            return Err(ReturnPathError::BitmapEnd { block, received: mark });
        }
        Ok(Some(Message::RecvBitmap { block, bitmap: bytes }))
    }

    fn message(&mut self, fields: &mut Fields<'_>) -> Result<Option<Message>, ReturnPathError> {
        let mut ahead = fields.clone();
        let (Ok(number), Ok(length)) = (ahead.u16(), ahead.u16()) else { return Ok(None) };
        let (name, expected) = match number {
            1 => ("SHUT", Some(4)),
            2 => ("PONG", Some(4)),
            3 => ("REQ_PAGES_ID", None),
            4 => ("REQ_PAGES", Some(12)),
            5 => ("RECV_BITMAP", None),
            6 => ("RESUME_ACK", Some(4)),
            7 => ("SWITCHOVER_ACK", Some(0)),
            _ => return Err(ReturnPathError::Unknown { number, length }),
        };
        if length > MAX_PAYLOAD || expected.is_some_and(|expected| expected != length) {
            return Err(ReturnPathError::Length { name, number, received: length, expected });
        }
        let Ok(payload) = ahead.take(usize::from(length)) else { return Ok(None) };
        let mut payload = Fields::new(payload);
        let message = match Self::payload(number, &mut payload) {
            Ok(message) if payload.rest().is_empty() => message,
            _ => return Err(ReturnPathError::BlockName { name }),
        };
        match message {
            Payload::Message(message) => {
                *fields = ahead;
                Ok(Some(message))
            }
            Payload::ResumeAck(RESUME_ACK_VALUE) => {
                *fields = ahead;
                Ok(Some(Message::ResumeAck))
            }
            Payload::ResumeAck(value) => Err(ReturnPathError::ResumeAck(value)),
            Payload::Bitmap(block) => {
                let Ok(left) = ahead.u64() else { return Ok(None) };
                if left > self.bitmap_max {
                    return Err(ReturnPathError::BitmapLength {
                        block,
                        received: left,
                        max: self.bitmap_max,
                    });
                }
                self.bitmap = Some(PartialBitmap { block, bytes: Vec::new(), left });
                *fields = ahead;
                Ok(None)
            }
        }
    }

    fn payload(number: u16, payload: &mut Fields<'_>) -> Parsed<Payload> {
        let mut request = |named: bool| {
            let (start, length) = (payload.u64()?, payload.u32()?);
            let block = if named { Some(payload.name("RAM block")?) } else { None };
            Ok::<_, Stop>(Message::ReqPages { block, start, length })
        };
        Ok(Payload::Message(match number {
            1 => Message::Shut(payload.u32()?),
            2 => Message::Pong(payload.u32()?),
            3 => request(true)?,
            4 => request(false)?,
            5 => return Ok(Payload::Bitmap(payload.name("RAM block")?)),
            6 => return Ok(Payload::ResumeAck(payload.u32()?)),
            _ => Message::SwitchoverAck,
        }))
    }
}

/// A parsed payload; two kinds are not a message yet.
enum Payload {
    Message(Message),
    ResumeAck(u32),
    Bitmap(Name),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<Message> {
        let ram = Name::try_from("ram").unwrap();
        vec![
            Message::Pong(1),
            Message::SwitchoverAck,
            Message::ReqPages { block: Some(ram.clone()), start: 0x1000, length: 4096 },
            Message::ReqPages { block: None, start: 0x2000, length: 4096 },
            Message::RecvBitmap { block: ram.clone(), bitmap: vec![0xff; 24] },
            Message::RecvBitmap { block: ram, bitmap: vec![] },
            Message::ResumeAck,
            Message::Shut(0),
        ]
    }

    fn error(bytes: &[u8]) -> String {
        ReturnPathReader::new(64).step(bytes).unwrap_err().to_string()
    }

    #[test]
    fn reads_what_it_writes_in_pieces() {
        let mut out = Vec::new();
        all().iter().for_each(|message| message.write(&mut out));
        for piece in [1, 3, 7, out.len()] {
            let mut reader = ReturnPathReader::new(64);
            let (mut read, mut at, mut end) = (Vec::new(), 0, 0);
            while end < out.len() {
                end = (end + piece).min(out.len());
                loop {
                    let step = reader.step(&out[at..end]).unwrap();
                    at += step.used;
                    match step.message {
                        Some(message) => read.push(message),
                        None => break,
                    }
                }
            }
            assert_eq!(read, all(), "in pieces of {piece}");
            assert_eq!(at, out.len());
        }
    }

    #[test]
    fn layout() {
        let mut out = Vec::new();
        Message::RecvBitmap {
            block: "a".try_into().unwrap(),
            bitmap: vec![1, 0, 0, 0, 0, 0, 0, 0],
        }
        .write(&mut out);
        assert_eq!(
            out,
            b"\0\x05\0\x02\x01a\0\0\0\0\0\0\0\x08\x01\0\0\0\0\0\0\0\x01\x23\x45\x67\x89\xab\xcd\xef"
        );
        assert_eq!([0, 1, 64, 65].map(bitmap_length), [0, 8, 8, 16]);
    }

    #[test]
    fn faults_in_qemu_words() {
        assert_eq!(error(b"\0\x63\0\0"), "Received invalid message 0x0063 length 0x0000");
        assert_eq!(
            error(b"\0\x02\0\x02"),
            "Received 'PONG' message (0x0002) withincorrect length 2 expecting 4"
        );
        assert_eq!(
            error(b"\0\x03\x02\x01"),
            "Received 'REQ_PAGES_ID' message (0x0003) withincorrect length 513 expecting 18446744073709551615"
        );
        assert!(
            error(b"\0\x03\0\x0d\0\0\0\0\0\0\0\0\0\0\0\0\x01").contains("malformed block name")
        );
        assert!(error(b"\0\x05\0\x00").contains("malformed block name"));
        assert_eq!(error(b"\0\x06\0\x04\0\0\0\x02"), "illegal resume_ack value 2");
        assert!(
            error(b"\0\x05\0\x02\x01a\xff\xff\xff\xff\xff\xff\xff\xff")
                .contains("0xffffffffffffffff > 0x40")
        );
        assert_eq!(
            error(b"\0\x05\0\x02\x01a\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x09"),
            "ramblock 'a' end mark incorrect: 0x9"
        );
    }
}
