//! Multifd: packets of pages from source to destination, over separate channels.
//!
//! A channel starts with a [`Handshake`], followed by [`Packet`]s. A packet is a header of fixed
//! length and a payload of pages, which the caller reads and writes ([`Encoder`], [`Decoder`]).
//!
//! The handshake has 64 bytes (QEMU 10.0: `MultiFDInit_t` in `migration/multifd.c`):
//!
//! | offset | field | length in bytes |
//! |---|---|---|
//! | 0 | magic number `11223344` | 4 |
//! | 4 | version 1 | 4 |
//! | 8 | UUID of the virtual machine | 16 |
//! | 24 | id of the channel | 1 |
//! | 25 | zeroes | 39 |
//!
//! The header of a packet has 320 bytes and 8 for each page that fits into 512 KiB
//! (`MultiFDPacket_t` in `migration/multifd.h`):
//!
//! | offset | field | length in bytes |
//! |---|---|---|
//! | 0 | magic number `11223344` | 4 |
//! | 4 | version 1 | 4 |
//! | 8 | flags: 1 SYNC, 2 zlib, 4 zstd, 40 (hexadecimal) state of a device | 4 |
//! | 12 | pages that the sender has room for | 4 |
//! | 16 | pages in the payload | 4 |
//! | 20 | length of the payload in bytes | 4 |
//! | 24 | number of the packet | 8 |
//! | 32 | zero pages (9.0 and newer) | 4 |
//! | 36 | zeroes | 28 |
//! | 64 | name of the block, zero-terminated | 256 |
//! | 320 | offsets of the pages in the payload, then of the zero pages | 8 each |
//!
//! The payload has the pages one after the other. Compressed, it is the next part of the channel's
//! one zlib or zstd stream, flushed at the end of each packet. So a packet can be decompressed only
//! after all earlier ones on its channel. A zstd stream can consist of several frames, and a page
//! that zstd cannot shrink can be a frame with a raw block ([`PageHead`]).
//!
//! # Synchronisation
//!
//! Pages of a round must not overtake those of the previous round on another channel. So at certain
//! points a source sends a packet with [`sync`](Packet::sync) on every channel, and one mark on the
//! main channel:
//!
//! | | 8.0 and before | 8.1, 8.2 | 9.0 and newer |
//! |---|---|---|---|
//! | mark | the end of each part of `ram` | [`MultifdFlush`] | same |
//! | a SYNC packet may have pages | yes: handled before the sync | yes | no |
//! | zero pages | on the main channel | on the main channel | in the packet |
//!
//! At the mark, a destination waits for one more SYNC on each channel. A channel waits at its SYNC
//! for the mark.
//!
//! [`MultifdFlush`]: super::ram::Record::MultifdFlush

mod channel;
mod decoder;
mod encoder;
mod error;
mod handshake;
mod method;
mod packet;
mod raw_frame;
#[cfg(test)]
mod tests;
mod trial;

pub use channel::{ChannelEvent, ChannelReader, ChannelStep};
pub use decoder::{Decoder, PacketPages};
pub use encoder::Encoder;
pub use error::{MultifdError, PayloadError};
pub use handshake::Handshake;
pub use method::Method;
pub use packet::{Packet, header_length, pages_per_packet};
pub use raw_frame::PageHead;
pub use zstd::zstd_safe::WriteBuf;

const MAGIC: u32 = 0x1122_3344;
const VERSION: u32 = 1;
