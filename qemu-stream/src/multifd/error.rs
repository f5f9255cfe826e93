//! Errors of multifd channels.

use std::fmt;

use crate::wire::{Name, Uuid};

/// Error of a multifd channel. `Display` is QEMU's text, if QEMU has one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MultifdError {
    /// A handshake or packet without the magic number.
    Magic {
        /// The value in its place.
        received: u32,
        /// The magic number.
        expected: u32,
    },
    /// A handshake or packet of another version.
    Version {
        /// The received version.
        received: u32,
        /// The supported version.
        expected: u32,
    },
    /// The channel belongs to another virtual machine.
    Uuid {
        /// The received UUID.
        received: [u8; 16],
        /// This side's UUID.
        expected: [u8; 16],
        /// The channel's id.
        channel: u8,
    },
    /// The channel's id is not below the number of channels.
    Channel {
        /// The id.
        received: u8,
        /// The number of channels.
        channels: u8,
    },
    /// Another channel has this id.
    Taken(u8),
    /// A packet carries the state of a passed-through device.
    DeviceState,
    /// A packet is compressed by another method than configured.
    Method {
        /// The received flags.
        received: u32,
        /// The flag of the configured method.
        expected: u32,
    },
    /// A packet has more pages than allowed.
    Pages {
        /// The number of pages with content.
        normal: u32,
        /// The number of zero pages.
        zero: u32,
        /// The largest allowed number.
        max: u32,
    },
    /// A packet's payload has a length that its pages cannot have.
    PayloadLength {
        /// The received length, in bytes.
        received: u32,
        /// The expected or largest length, in bytes.
        expected: u32,
    },
    /// A packet's block name is not UTF-8, or has no final zero byte.
    BlockName,
    /// There is no such RAM block.
    UnknownBlock(Name),
    /// The RAM block is one that x-ignore-shared leaves out.
    IgnoredBlock(Name),
    /// A page lies outside of its block.
    Offset {
        /// The page's offset.
        received: u64,
        /// The block's length in bytes.
        length: u64,
    },
    /// The payload does not decode to the packet's pages.
    Content(Codec),
    /// Multifd is off, but the source opens multifd channels.
    Disabled,
    /// The connection ended within a packet or handshake.
    Closed,
}

/// Error of a compressed payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Codec {
    /// It is shorter than the pages.
    TooShort,
    /// It is longer than the pages.
    TooLong,
    /// An error of the compression library.
    Library(String),
}

impl fmt::Display for MultifdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Magic { received, expected } => {
                write!(f, "multifd: received packet magic {received:x} expected {expected:x}")
            }
            Self::Version { received, expected } => {
                write!(f, "multifd: received packet version {received} expected {expected}")
            }
            Self::Uuid { received, expected, channel } => write!(
                f,
                "multifd: received uuid '{}' and expected uuid '{}' for channel {channel}",
                Uuid(received),
                Uuid(expected)
            ),
            Self::Channel { received, channels } => write!(
                f,
                "multifd: received channel id {received} is greater than number of channels {channels}"
            ),
            // The stray quote is QEMU's.
            Self::Taken(id) => write!(f, "multifd: received id '{id}' already setup'"),
            Self::DeviceState => {
                f.write_str("multifd: received device state, which no device of this side expects")
            }
            Self::Method { received, expected } => {
                write!(f, "multifd: flags received {received:x} flags expected {expected:x}")
            }
            Self::Pages { normal, zero, max } => {
                write!(
                    f,
                    "multifd: received packet with {normal} normal and {zero} zero pages, maximum {max}"
                )
            }
            Self::PayloadLength { received, expected } => {
                write!(f, "multifd: packet size received {received} size expected {expected}")
            }
            Self::BlockName => f.write_str("multifd: malformed ram block name"),
            Self::UnknownBlock(name) => write!(f, "multifd: unknown ram block {name}"),
            Self::IgnoredBlock(name) => write!(f, "multifd: block {name} should not be migrated"),
            Self::Offset { received, length } => {
                write!(f, "multifd: offset too long {received} (max {length:x})")
            }
            Self::Content(Codec::TooShort) => {
                f.write_str("multifd: the packet's data ends before its last page")
            }
            Self::Content(Codec::TooLong) => {
                f.write_str("multifd: data follows the packet's last page")
            }
            Self::Content(Codec::Library(text)) => {
                write!(f, "multifd: malformed compressed data: {text}")
            }
            Self::Disabled => f.write_str(
                "multifd: the source sends pages on channels of their own, but multifd is off",
            ),
            Self::Closed => f.write_str("multifd: the connection ended within a packet"),
        }
    }
}

impl std::error::Error for MultifdError {}
