//! Reads a multifd channel.

use super::packet::header_length;
use super::{Handshake, Method, MultifdError, Packet};
use crate::wire::Fields;

/// An event on a multifd channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChannelEvent {
    /// The channel's handshake.
    Handshake(Handshake),
    /// A packet's header. The caller reads the payload of
    /// [`payload_length`](Packet::payload_length) bytes, first from the rest of the input.
    Packet(Packet),
}

/// The result of a [`ChannelReader::step`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "consume the bytes of a step"]
pub struct ChannelStep {
    /// The number of consumed bytes.
    pub used: usize,
    /// An event, or `None` if more bytes are needed.
    pub event: Option<ChannelEvent>,
}

/// Reads a multifd channel: a handshake, then packets up to its end.
#[derive(Debug)]
pub struct ChannelReader {
    page_size: u64,
    method: Method,
    introduced: bool,
}

impl ChannelReader {
    /// Creates a reader for target pages of `page_size` bytes, and for packets compressed by
    /// `method`.
    pub fn new(page_size: u64, method: Method) -> Self {
        Self { page_size, method, introduced: false }
    }

    /// Returns the compression of packets.
    pub fn method(&self) -> Method {
        self.method
    }

    /// Returns the number of bytes that the next step needs. If the caller reads exactly these, it
    /// can read a packet's whole payload directly into guest memory.
    pub fn wanted(&self) -> usize {
        if self.introduced { header_length(self.page_size) } else { Handshake::LENGTH }
    }

    /// Reads from the start of `input`. Consumed bytes must not be passed again; the rest must,
    /// followed by more bytes.
    pub fn step(&mut self, input: &[u8]) -> Result<ChannelStep, MultifdError> {
        let mut fields = Fields::new(input);
        let parsed = if self.introduced {
            let packet = Packet::parse(&mut fields, self.page_size, self.method);
            packet.map(|packet| packet.map(ChannelEvent::Packet))
        } else {
            let handshake = Handshake::parse(&mut fields);
            handshake.map(|handshake| handshake.map(ChannelEvent::Handshake))
        };
        // Both parts have a fixed length, so the only other result is that the input is incomplete.
        let Ok(event) = parsed else {
            return Ok(ChannelStep { used: 0, event: None });
        };
        let event = event?;
        self.introduced = true;
        Ok(ChannelStep { used: fields.used(), event: Some(event) })
    }

    /// Called at EOF with the unconsumed bytes. Succeeds between packets.
    pub fn finish(&self, rest: &[u8]) -> Result<(), MultifdError> {
        if self.introduced && rest.is_empty() { Ok(()) } else { Err(MultifdError::Closed) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handshake_then_packets() {
        let handshake = Handshake { uuid: [1; 16], channel: 0 };
        let mut out = Vec::new();
        handshake.write(&mut out);
        Packet::sync(0).write(4096, &mut out);
        Packet::sync(3).write(4096, &mut out);
        let expected = [
            ChannelEvent::Handshake(handshake),
            ChannelEvent::Packet(Packet::sync(0)),
            ChannelEvent::Packet(Packet::sync(3)),
        ];
        let mut reader = ChannelReader::new(4096, Method::None);
        let mut at = 0;
        for event in expected {
            let wanted = reader.wanted();
            assert!(reader.finish(&out[at..at + 1]).is_err());
            assert_eq!(reader.step(&out[at..at + wanted - 1]).unwrap().event, None);
            assert_eq!(
                reader.step(&out[at..at + wanted]),
                Ok(ChannelStep { used: wanted, event: Some(event) })
            );
            at += wanted;
        }
        assert_eq!(reader.finish(&out[at..]), Ok(()));
    }

    #[test]
    fn a_main_channel_is_refused() {
        let mut reader = ChannelReader::new(4096, Method::None);
        let mut bytes = b"QEVM".to_vec();
        bytes.resize(64, 0);
        assert_eq!(
            reader.step(&bytes).unwrap_err().to_string(),
            "multifd: received packet magic 5145564d expected 11223344"
        );
        assert_eq!(reader.finish(b""), Err(MultifdError::Closed));
    }
}
