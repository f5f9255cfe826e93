//! Identifies a connection of the source by its first bytes.

use crate::page::PAGE;
use crate::stream::multifd::{ChannelEvent, ChannelReader, Handshake, Method, MultifdError};
use crate::transport::Channel;

/// Log line for unexpected connections.
const EXTRA: &str = "Extra incoming migration connection; ignoring";

/// First bytes of the main channel and of a multifd channel.
pub(super) const MAIN: &[u8] = b"QEVM";
pub(super) const MULTIFD: &[u8] = b"\x11\x22\x33\x44";

/// Properties of a migration's multifd channels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expected {
    pub(super) uuid: [u8; 16],
    pub(super) channels: u8,
    pub(super) method: Method,
}

/// An identified multifd channel.
pub(super) struct MultifdChannel {
    pub(super) channel: Channel,
    pub(super) reader: ChannelReader,
}

/// Returns the number of bytes that identify a connection.
pub(super) fn wanted(head: &[u8]) -> usize {
    if head.starts_with(MULTIFD) { Handshake::LENGTH } else { MULTIFD.len() }
}

/// Returns the log line for a connection that is let go, by its first bytes.
pub(super) fn unexpected(head: &[u8]) -> String {
    if head == MAIN || head.starts_with(MULTIFD) {
        return EXTRA.into();
    }
    let magic = head.iter().fold(0, |magic: u32, byte| magic << 8 | u32::from(*byte));
    format!("unknown channel magic 0x{magic:08x}; ignoring the connection")
}

/// Reads a multifd channel's handshake.
pub(super) fn introduce(
    head: &[u8],
    expected: Expected,
) -> Result<(u8, ChannelReader), MultifdError> {
    let mut reader = ChannelReader::new(PAGE, expected.method);
    let Some(ChannelEvent::Handshake(handshake)) = reader.step(head)?.event else {
        return Err(MultifdError::Closed);
    };
    handshake.check(expected.uuid, expected.channels)?;
    Ok((handshake.channel, reader))
}
