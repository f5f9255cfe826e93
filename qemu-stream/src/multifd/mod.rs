//! Multifd: packets of pages from source to destination, over separate channels.
//!
//! A channel starts with a [`Handshake`], followed by [`Packet`]s. A packet is a header of fixed
//! length and a payload of pages, which the caller reads and writes ([`Encoder`], [`Decoder`]).
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
mod codec;
mod error;
mod handshake;
mod packet;

pub use channel::{ChannelEvent, ChannelReader, ChannelStep};
pub use codec::{Decoder, Encoder, Method, PacketPages};
pub use error::{MultifdError, PayloadError};
pub use handshake::Handshake;
pub use packet::{Packet, header_length, pages_per_packet};
pub use zstd::zstd_safe::WriteBuf;

const MAGIC: u32 = 0x1122_3344;
const VERSION: u32 = 1;
