//! The `dirty-bitmap` section: bitmaps of block nodes, for capability `dirty-bitmaps`.
//!
//! A body is a sequence of chunks. A chunk starts with a byte of flags. The names of the node and
//! the bitmap follow if their flags are set, 1 + n bytes each; otherwise those of the previous
//! chunk apply (QEMU 10.0: `migration/block-dirty-bitmap.c`).
//!
//! | flag | meaning | fields after the names, with lengths in bytes |
//! |---|---|---|
//! | `01` | end of the body | |
//! | `02` | with `40`: all bits are zero | |
//! | `04` | has the bitmap's name | |
//! | `08` | has the node's name | |
//! | `10` | a bitmap starts | bytes per bit 4, flags 1: 1 enabled, 2 persistent |
//! | `20` | the bitmap is complete | |
//! | `40` | bits | first sector 8, sectors 4; then size 8 and bits, unless all are zero |
//! | `80` | more flags follow; no release sends any | |

use crate::error::ErrorKind;
use crate::name::Name;
use crate::wire::{Fields, Parsed, put_name, put_u8, put_u32, put_u64};

/// The only version of the section.
pub const VERSION: u32 = 1;

/// The section's name.
pub const NAME: &str = "dirty-bitmap";

const EOS: u8 = 0x01;
const ZEROES: u8 = 0x02;
const BITMAP_NAME: u8 = 0x04;
const NODE_NAME: u8 = 0x08;
const START: u8 = 0x10;
const COMPLETE: u8 = 0x20;
const BITS: u8 = 0x40;
const EXTENDED: u8 = 0x80;
const ZERO_BITS: u8 = BITS | ZEROES;

const ENABLED: u8 = 0x01;
const PERSISTENT: u8 = 0x02;

/// Largest accepted bitmap in a chunk, in bytes. QEMU sends about a thousand.
const MAX_BITS: u64 = 64 << 10;

/// A part of the section's body. The last one of a body has [`eos`](Self::eos) set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chunk<'a> {
    /// Name or alias of the node, unless it is the same as in the previous chunk.
    pub node: Option<Name>,
    /// Name or alias of the bitmap, unless it is the same as in the previous chunk.
    pub bitmap: Option<Name>,
    /// The chunk's content.
    pub content: Content<'a>,
    /// The section's body ends here.
    pub eos: bool,
}

/// Content of a [`Chunk`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Content<'a> {
    /// None.
    #[default]
    Nothing,
    /// A bitmap begins.
    Start {
        /// Bytes per bit.
        granularity: u32,
        /// The bitmap records writes.
        enabled: bool,
        /// The bitmap is stored in the image.
        persistent: bool,
    },
    /// The bitmap is complete.
    Complete,
    /// Bits of the bitmap.
    Bits {
        /// The first sector of 512 bytes.
        first_sector: u64,
        /// The number of sectors.
        sectors: u32,
        /// The bits in QEMU's layout, or `None` if all are zero.
        bits: Option<&'a [u8]>,
    },
}

impl<'a> Chunk<'a> {
    /// Appends the chunk.
    pub fn write(&self, out: &mut Vec<u8>) {
        let content = match self.content {
            Content::Nothing => 0,
            Content::Start { .. } => START,
            Content::Complete => COMPLETE,
            Content::Bits { bits: Some(_), .. } => BITS,
            Content::Bits { bits: None, .. } => ZERO_BITS,
        };
        let flag = |on, flag| if on { flag } else { 0 };
        put_u8(
            out,
            content
                | flag(self.eos, EOS)
                | flag(self.node.is_some(), NODE_NAME)
                | flag(self.bitmap.is_some(), BITMAP_NAME),
        );
        for name in [&self.node, &self.bitmap].into_iter().flatten() {
            put_name(out, name);
        }
        match self.content {
            Content::Start { granularity, enabled, persistent } => {
                put_u32(out, granularity);
                put_u8(out, flag(enabled, ENABLED) | flag(persistent, PERSISTENT));
            }
            Content::Bits { first_sector, sectors, bits } => {
                put_u64(out, first_sector);
                put_u32(out, sectors);
                if let Some(bits) = bits {
                    put_u64(out, bits.len() as u64);
                    out.extend_from_slice(bits);
                }
            }
            Content::Nothing | Content::Complete => {}
        }
    }

    pub(crate) fn parse(fields: &mut Fields<'a>) -> Parsed<Self> {
        let flags = fields.u8()?;
        let unknown = ErrorKind::BitmapFlags(u32::from(flags));
        if flags & EXTENDED != 0 {
            return Err(unknown.into());
        }
        let node = if flags & NODE_NAME != 0 { Some(fields.name("node")?) } else { None };
        let bitmap = if flags & BITMAP_NAME != 0 { Some(fields.name("bitmap")?) } else { None };
        let content = match flags & (START | COMPLETE | BITS | ZEROES) {
            0 => Content::Nothing,
            START => {
                let granularity = fields.u32()?;
                let kind = fields.u8()?;
                if kind & !(ENABLED | PERSISTENT) != 0 {
                    return Err(ErrorKind::BitmapFlags(u32::from(kind)).into());
                }
                Content::Start {
                    granularity,
                    enabled: kind & ENABLED != 0,
                    persistent: kind & PERSISTENT != 0,
                }
            }
            COMPLETE => Content::Complete,
            kind @ (BITS | ZERO_BITS) => {
                let first_sector = fields.u64()?;
                let sectors = fields.u32()?;
                let bits = if kind == BITS { Some(parse_bits(fields)?) } else { None };
                Content::Bits { first_sector, sectors, bits }
            }
            _ => return Err(unknown.into()),
        };
        Ok(Self { node, bitmap, content, eos: flags & EOS != 0 })
    }
}

fn parse_bits<'a>(fields: &mut Fields<'a>) -> Parsed<&'a [u8]> {
    let size = fields.u64()?;
    if size > MAX_BITS {
        return Err(ErrorKind::TooLarge { what: "dirty bitmap chunk", size, max: MAX_BITS }.into());
    }
    fields.take(size as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Stop;

    #[test]
    fn reads_what_it_writes() {
        let name = |text: &str| Some(Name::try_from(text).unwrap());
        let start = Content::Start { granularity: 65536, enabled: true, persistent: false };
        let chunks = [
            Chunk { node: name("disk0"), bitmap: name("b"), content: start, eos: false },
            Chunk {
                content: Content::Bits { first_sector: 128, sectors: 256, bits: Some(&[0xaa; 8]) },
                ..Chunk::default()
            },
            Chunk {
                content: Content::Bits { first_sector: 0, sectors: 256, bits: None },
                bitmap: name("c"),
                ..Chunk::default()
            },
            Chunk { content: Content::Complete, ..Chunk::default() },
            Chunk { eos: true, ..Chunk::default() },
        ];
        for chunk in chunks {
            let mut out = Vec::new();
            chunk.write(&mut out);
            for end in 0..out.len() {
                assert_eq!(Chunk::parse(&mut Fields::new(&out[..end])), Err(Stop::Short));
            }
            assert_eq!(Chunk::parse(&mut Fields::new(&out)), Ok(chunk));
        }
    }

    #[test]
    fn layout() {
        let mut out = Vec::new();
        Chunk {
            node: Some("d".try_into().unwrap()),
            bitmap: Some("b".try_into().unwrap()),
            content: Content::Start { granularity: 512, enabled: false, persistent: true },
            eos: true,
        }
        .write(&mut out);
        assert_eq!(out, b"\x1d\x01d\x01b\0\0\x02\0\x02");
    }

    #[test]
    fn refusals() {
        let parse = |bytes: &[u8]| Chunk::parse(&mut Fields::new(bytes)).map(|_| ());
        assert_eq!(parse(&[0x80]), Err(ErrorKind::BitmapFlags(0x80).into()));
        assert_eq!(parse(&[0x30]), Err(ErrorKind::BitmapFlags(0x30).into()));
        assert_eq!(parse(&[0x02]), Err(ErrorKind::BitmapFlags(0x02).into()));
        let hostile = [&[BITS][..], &[0; 12], &[0xff; 8]].concat();
        assert!(matches!(parse(&hostile), Err(Stop::Bad(ErrorKind::TooLarge { .. }))));
    }
}
