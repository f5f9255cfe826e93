//! The commands that a source sends on the main channel.
//!
//! A command is the element `08`, its number, 2 bytes, the length of its payload, 2 bytes, and the
//! payload (QEMU 10.0: `enum qemu_vm_cmd` in `migration/savevm.c`):
//!
//! | number | command | payload, with lengths in bytes |
//! |---|---|---|
//! | 1 | OPEN_RETURN_PATH | |
//! | 2 | PING | value 4 |
//! | 3 | POSTCOPY_ADVISE | none, or page sizes of all blocks 8, target page size 8 |
//! | 4 | POSTCOPY_LISTEN | |
//! | 5 | POSTCOPY_RUN | |
//! | 6 | POSTCOPY_RAM_DISCARD | version 0 1, block 1 + n, zero 1, then start 8 and length 8 each |
//! | 7 | PACKAGED | length 4 of the nested stream, which follows the command |
//! | 8 | ENABLE_COLO | |
//! | 9 | POSTCOPY_RESUME | |
//! | 10 | RECV_BITMAP | block 1 + n |
//! | 11 | SWITCHOVER_START (10.0 and newer) | |
//!
//! A package is a nested stream without header: commands and device sections up to POSTCOPY_RUN,
//! which a destination reads from memory, so that it can serve page faults meanwhile.

use crate::error::{CommandFault, ErrorKind};
use crate::name::Name;
use crate::section::COMMAND;
use crate::wire::{Fields, Parsed, put_name, put_u8, put_u16, put_u32, put_u64};

pub use crate::advise::Advise;

/// Largest number of ranges in one POSTCOPY_RAM_DISCARD of QEMU.
pub const DISCARD_RANGES: usize = 12;

/// A command of the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// OPEN_RETURN_PATH: the destination may send messages from now on.
    OpenReturnPath,
    /// PING: the destination answers with a PONG of the same value.
    Ping(u32),
    /// POSTCOPY_ADVISE: postcopy may follow. Without page sizes if only dirty bitmaps use it.
    PostcopyAdvise(Option<Advise>),
    /// POSTCOPY_LISTEN: pages arrive in parallel with the rest of the stream from now on.
    PostcopyListen,
    /// POSTCOPY_RUN: the destination runs the guest.
    PostcopyRun,
    /// POSTCOPY_RAM_DISCARD: these ranges of a RAM block have changed since they were sent.
    PostcopyRamDiscard {
        /// The block.
        block: Name,
        /// The ranges, at most [`DISCARD_RANGES`] from QEMU.
        ranges: Vec<Range>,
    },
    /// PACKAGED: a nested stream of this many bytes follows the command.
    Packaged(u32),
    /// ENABLE_COLO: checkpoints follow.
    EnableColo,
    /// POSTCOPY_RESUME: a paused postcopy continues over this connection.
    PostcopyResume,
    /// RECV_BITMAP: requests the bitmap of a block's received pages.
    RecvBitmap(Name),
    /// SWITCHOVER_START: the source's guest has stopped (10.0 and newer).
    SwitchoverStart,
}

/// A range of a RAM block, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The offset in the block.
    pub start: u64,
    /// The length.
    pub length: u64,
}

const RAM_DISCARD: &str = "POSTCOPY_RAM_DISCARD";
const RECV_BITMAP: &str = "RECV_BITMAP";

impl Command {
    /// Returns QEMU's name of the command.
    pub fn name(&self) -> &'static str {
        match self {
            Self::OpenReturnPath => "OPEN_RETURN_PATH",
            Self::Ping(_) => "PING",
            Self::PostcopyAdvise(_) => "POSTCOPY_ADVISE",
            Self::PostcopyListen => "POSTCOPY_LISTEN",
            Self::PostcopyRun => "POSTCOPY_RUN",
            Self::PostcopyRamDiscard { .. } => RAM_DISCARD,
            Self::Packaged(_) => "PACKAGED",
            Self::EnableColo => "ENABLE_COLO",
            Self::PostcopyResume => "POSTCOPY_RESUME",
            Self::RecvBitmap(_) => RECV_BITMAP,
            Self::SwitchoverStart => "SWITCHOVER_START",
        }
    }

    fn number(&self) -> u16 {
        match self {
            Self::OpenReturnPath => 1,
            Self::Ping(_) => 2,
            Self::PostcopyAdvise(_) => 3,
            Self::PostcopyListen => 4,
            Self::PostcopyRun => 5,
            Self::PostcopyRamDiscard { .. } => 6,
            Self::Packaged(_) => 7,
            Self::EnableColo => 8,
            Self::PostcopyResume => 9,
            Self::RecvBitmap(_) => 10,
            Self::SwitchoverStart => 11,
        }
    }

    /// Appends the command. The caller appends the nested stream of [`Packaged`](Self::Packaged).
    pub fn write(&self, out: &mut Vec<u8>) {
        put_u8(out, COMMAND);
        put_u16(out, self.number());
        let at = out.len();
        put_u16(out, 0);
        match self {
            Self::Ping(value) => put_u32(out, *value),
            Self::PostcopyAdvise(Some(advise)) => {
                put_u64(out, advise.block_page_sizes);
                put_u64(out, advise.target_page_size);
            }
            Self::PostcopyRamDiscard { block, ranges } => {
                put_u8(out, 0);
                put_name(out, block);
                put_u8(out, 0);
                for range in ranges {
                    put_u64(out, range.start);
                    put_u64(out, range.length);
                }
            }
            Self::Packaged(length) => put_u32(out, *length),
            Self::RecvBitmap(block) => put_name(out, block),
            _ => {}
        }
        let length = (out.len() - at - 2) as u16;
        out[at..at + 2].copy_from_slice(&length.to_be_bytes());
    }

    /// The number of PACKAGED.
    pub(crate) const PACKAGED: u16 = 7;
    /// The number of POSTCOPY_RUN.
    pub(crate) const POSTCOPY_RUN: u16 = 5;

    /// Checks the command after its element byte, and returns its number without its payload.
    pub(crate) fn skip(fields: &mut Fields<'_>) -> Parsed<u16> {
        let (number, payload) = split(fields)?;
        match number {
            6 => discard(payload).map(drop)?,
            10 => bitmap_block(payload).map(drop)?,
            _ => {}
        }
        Ok(number)
    }

    /// Parses what follows the element byte.
    pub(crate) fn parse(fields: &mut Fields<'_>) -> Parsed<Self> {
        let (number, payload) = split(fields)?;
        let mut payload_fields = Fields::new(payload);
        Ok(match number {
            1 => Self::OpenReturnPath,
            2 => Self::Ping(payload_fields.u32()?),
            3 if payload.is_empty() => Self::PostcopyAdvise(None),
            3 => Self::PostcopyAdvise(Some(Advise {
                block_page_sizes: payload_fields.u64()?,
                target_page_size: payload_fields.u64()?,
            })),
            4 => Self::PostcopyListen,
            Self::POSTCOPY_RUN => Self::PostcopyRun,
            6 => {
                let (block, mut rest) = discard(payload)?;
                let block = block.try_into().map_err(|_| block_name(RAM_DISCARD))?;
                let mut ranges = Vec::with_capacity(rest.rest().len() / 16);
                while !rest.rest().is_empty() {
                    ranges.push(Range { start: rest.u64()?, length: rest.u64()? });
                }
                Self::PostcopyRamDiscard { block, ranges }
            }
            Self::PACKAGED => Self::Packaged(payload_fields.u32()?),
            8 => Self::EnableColo,
            9 => Self::PostcopyResume,
            10 => {
                let block = bitmap_block(payload)?;
                Self::RecvBitmap(block.try_into().map_err(|_| block_name(RECV_BITMAP))?)
            }
            _ => Self::SwitchoverStart,
        })
    }
}

/// Splits a command into its number, which exists, and its payload, whose length fits the number.
fn split<'a>(fields: &mut Fields<'a>) -> Parsed<(u16, &'a [u8])> {
    let number = fields.u16()?;
    let length = fields.u16()?;
    let (name, fixed) = match number {
        1 => ("OPEN_RETURN_PATH", Some(0)),
        2 => ("PING", Some(4)),
        3 => ("POSTCOPY_ADVISE", None),
        4 => ("POSTCOPY_LISTEN", Some(0)),
        Command::POSTCOPY_RUN => ("POSTCOPY_RUN", Some(0)),
        6 => (RAM_DISCARD, None),
        Command::PACKAGED => ("PACKAGED", Some(4)),
        8 => ("ENABLE_COLO", Some(0)),
        9 => ("POSTCOPY_RESUME", Some(0)),
        10 => (RECV_BITMAP, None),
        11 => ("SWITCHOVER_START", Some(0)),
        _ => return Err(ErrorKind::UnknownCommand { command: number, length }.into()),
    };
    match fixed {
        Some(expected) if expected != length => {
            return Err(
                ErrorKind::CommandLength { command: name, expected, received: length }.into()
            );
        }
        None if (number == 3 && !matches!(length, 0 | 16))
            || (number == 6 && length < MIN_DISCARD) =>
        {
            let what = CommandFault::Length(length);
            return Err(ErrorKind::CommandPayload { command: name, what }.into());
        }
        _ => {}
    }
    Ok((number, fields.take(usize::from(length))?))
}

/// The shortest payload of POSTCOPY_RAM_DISCARD: version, empty name, the byte after it, and one
/// range.
const MIN_DISCARD: u16 = 1 + 1 + 1 + 16;

fn block_name(command: &'static str) -> ErrorKind {
    ErrorKind::CommandPayload { command, what: CommandFault::BlockName }
}

/// Checks the payload of POSTCOPY_RAM_DISCARD. Returns the block's name and the ranges of 16 bytes
/// each.
fn discard(payload: &[u8]) -> Parsed<(&str, Fields<'_>)> {
    let fault = |what| ErrorKind::CommandPayload { command: RAM_DISCARD, what };
    let length = payload.len() as u16;
    let mut payload = Fields::new(payload);
    let version = payload.u8()?;
    if version != 0 {
        return Err(fault(CommandFault::Version(version)).into());
    }
    let block = payload.counted().ok().and_then(|block| std::str::from_utf8(block).ok());
    let block = block.ok_or(fault(CommandFault::BlockName))?;
    let nil = payload.u8().or(Err(fault(CommandFault::BlockName)))?;
    if nil != 0 {
        return Err(fault(CommandFault::Nil(nil)).into());
    }
    if !payload.rest().len().is_multiple_of(16) {
        return Err(fault(CommandFault::Length(length)).into());
    }
    Ok((block, Fields::new(payload.rest())))
}

/// Checks the payload of RECV_BITMAP. Returns the block's name.
fn bitmap_block(payload: &[u8]) -> Parsed<&str> {
    let mut payload = Fields::new(payload);
    let block = payload.counted().ok().filter(|_| payload.rest().is_empty());
    let block = block.and_then(|block| std::str::from_utf8(block).ok());
    block.ok_or(block_name(RECV_BITMAP).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Stop;

    fn parse(bytes: &[u8]) -> Parsed<Command> {
        let mut fields = Fields::new(bytes);
        let command = Command::parse(&mut fields)?;
        assert_eq!(fields.rest(), b"");
        Ok(command)
    }

    fn all() -> Vec<Command> {
        let ram = Name::try_from("pc.ram").unwrap();
        vec![
            Command::OpenReturnPath,
            Command::Ping(0x42),
            Command::PostcopyAdvise(None),
            Command::PostcopyAdvise(Some(Advise {
                block_page_sizes: 0x20_1000,
                target_page_size: 4096,
            })),
            Command::PostcopyListen,
            Command::PostcopyRun,
            Command::PostcopyRamDiscard {
                block: ram.clone(),
                ranges: vec![Range { start: 0, length: 4096 }, Range { start: 8192, length: 4096 }],
            },
            Command::Packaged(77),
            Command::EnableColo,
            Command::PostcopyResume,
            Command::RecvBitmap(ram),
            Command::SwitchoverStart,
        ]
    }

    #[test]
    fn reads_what_it_writes() {
        for command in all() {
            let mut out = Vec::new();
            command.write(&mut out);
            assert_eq!(out[0], 8);
            for end in 1..out.len() {
                assert_eq!(parse(&out[1..end]), Err(Stop::Short), "{command:?} cut at {end}");
            }
            assert_eq!(parse(&out[1..]), Ok(command));
        }
    }

    #[test]
    fn skipping_checks_as_much_as_parsing() {
        for command in all() {
            let mut out = Vec::new();
            command.write(&mut out);
            for byte in 1..out.len() {
                for flip in [1, 0x80, 0xff] {
                    let mut damaged = out[1..].to_vec();
                    damaged[byte - 1] ^= flip;
                    let (mut skipped, mut parsed) = (Fields::new(&damaged), Fields::new(&damaged));
                    let (skip, parse) = (Command::skip(&mut skipped), Command::parse(&mut parsed));
                    assert_eq!(skip, parse.map(|command| command.number()), "{command:?} {byte}");
                    assert!(skip.is_err() || skipped.used() == parsed.used());
                }
            }
        }
    }

    #[test]
    fn layout() {
        let mut out = Vec::new();
        Command::Ping(1).write(&mut out);
        Command::RecvBitmap("ram".try_into().unwrap()).write(&mut out);
        assert_eq!(out, b"\x08\0\x02\0\x04\0\0\0\x01\x08\0\x0a\0\x04\x03ram");
    }

    #[test]
    fn faults_in_qemu_words() {
        let text = |bytes: &[u8]| match parse(bytes) {
            Err(Stop::Bad(kind)) => kind.to_string(),
            other => panic!("{other:?}"),
        };
        assert_eq!(text(b"\0\x0c\0\0"), "MIG_CMD 0xc unknown (len 0x0)");
        assert_eq!(text(b"\0\0\0\x03"), "MIG_CMD 0x0 unknown (len 0x3)");
        assert_eq!(text(b"\0\x02\0\x02ab"), "PING received with bad length - expecting 4, got 2");
        assert_eq!(
            text(b"\0\x05\0\x01a"),
            "POSTCOPY_RUN received with bad length - expecting 0, got 1"
        );
        assert_eq!(text(b"\0\x03\0\x08abcdefgh"), "CMD_POSTCOPY_ADVISE invalid length (8)");
        assert_eq!(text(b"\0\x06\0\x02ab"), "CMD_POSTCOPY_RAM_DISCARD invalid length (2)");
        let discard = |head: &[u8]| {
            let mut payload = head.to_vec();
            payload.resize(21, 0);
            let mut bytes = b"\0\x06\0\x15".to_vec();
            bytes.extend(payload);
            text(&bytes)
        };
        assert_eq!(discard(b"\x01\x01a\0"), "CMD_POSTCOPY_RAM_DISCARD invalid version (1)");
        assert_eq!(
            discard(b"\0\xffa\0"),
            "CMD_POSTCOPY_RAM_DISCARD failed to read the RAM block name"
        );
        assert_eq!(discard(b"\0\x01a\x09"), "CMD_POSTCOPY_RAM_DISCARD missing nil (9)");
        assert_eq!(discard(b"\0\x01a\0"), "CMD_POSTCOPY_RAM_DISCARD invalid length (21)");
        assert_eq!(text(b"\0\x0a\0\x02\x05a"), "CMD_RECV_BITMAP failed to read the RAM block name");
    }
}
