//! Errors of multifd channels.

use crate::name::Name;

/// Error of a multifd channel. `Display` is QEMU's text, if QEMU has one.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum MultifdError {
    /// A handshake or packet without the magic number.
    #[error("multifd: received packet magic {received:x} expected {expected:x}")]
    Magic {
        /// The value in its place.
        received: u32,
        /// The magic number.
        expected: u32,
    },
    /// A handshake or packet of another version.
    #[error("multifd: received packet version {received} expected {expected}")]
    Version {
        /// The received version.
        received: u32,
        /// The supported version.
        expected: u32,
    },
    /// The channel belongs to another virtual machine.
    #[error(
        "multifd: received uuid '{}' and expected uuid '{}' for channel {channel}",
        uuid::Uuid::from_bytes(*.received),
        uuid::Uuid::from_bytes(*.expected)
    )]
    Uuid {
        /// The received UUID.
        received: [u8; 16],
        /// This side's UUID.
        expected: [u8; 16],
        /// The channel's id.
        channel: u8,
    },
    /// The channel's id is not below the number of channels.
    #[error(
        "multifd: received channel id {received} is greater than number of channels {channels}"
    )]
    Channel {
        /// The id.
        received: u8,
        /// The number of channels.
        channels: u8,
    },
    /// Another channel has this id.
    #[error("multifd: received id '{0}' already setup'")]
    Taken(u8),
    /// A packet carries the state of a passed-through device.
    #[error("multifd: received device state, which no device of this side expects")]
    DeviceState,
    /// A packet is compressed by another method than configured.
    #[error("multifd: flags received {received:x} flags expected {expected:x}")]
    Method {
        /// The received flags.
        received: u32,
        /// The flag of the configured method.
        expected: u32,
    },
    /// A packet has more pages than allowed.
    #[error("multifd: received packet with {normal} normal and {zero} zero pages, maximum {max}")]
    Pages {
        /// The number of pages with content.
        normal: u32,
        /// The number of zero pages.
        zero: u32,
        /// The largest allowed number.
        max: u32,
    },
    /// A packet's payload has a length that its pages cannot have.
    #[error("multifd: packet size received {received} size expected {expected}")]
    PayloadLength {
        /// The received length, in bytes.
        received: u32,
        /// The expected or largest length, in bytes.
        expected: u32,
    },
    /// A packet's block name is not UTF-8, or has no final zero byte.
    #[error("multifd: malformed ram block name")]
    BlockName,
    /// There is no such RAM block.
    #[error("multifd: unknown ram block {0}")]
    UnknownBlock(Name),
    /// The RAM block is one that x-ignore-shared leaves out.
    #[error("multifd: block {0} should not be migrated")]
    IgnoredBlock(Name),
    /// A page lies outside of its block.
    #[error("multifd: offset too long {received} (max {length:x})")]
    Offset {
        /// The page's offset.
        received: u64,
        /// The block's length in bytes.
        length: u64,
    },
    /// The payload does not decode to the packet's pages.
    #[error("multifd: {0}")]
    Content(PayloadError),
    /// Multifd is off, but the source opens multifd channels.
    #[error("multifd: the source sends pages on channels of their own, but multifd is off")]
    Disabled,
    /// The connection ended within a packet or handshake.
    #[error("multifd: the connection ended within a packet")]
    Closed,
}

/// Error of a compressed payload.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum PayloadError {
    /// It is shorter than the pages.
    #[error("the packet's data ends before its last page")]
    TooShort,
    /// It is longer than the pages.
    #[error("data follows the packet's last page")]
    TooLong,
    /// Decompression needs too much memory.
    #[error(
        "the zstd stream needs a window larger than {max} bytes; raise the limit `window` here, or \
         set multifd-zstd-level to at most 19 at the source"
    )]
    Window {
        /// The largest accepted window, in bytes.
        max: u64,
    },
    /// An error of the compression library.
    #[error("malformed compressed data: {0}")]
    Library(String),
}

/// Converts an error of a compression library.
pub(super) fn library(error: impl ToString) -> MultifdError {
    MultifdError::Content(PayloadError::Library(error.to_string()))
}
