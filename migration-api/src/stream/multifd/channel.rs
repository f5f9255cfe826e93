//! Reads a multifd channel.

use super::packet::header_length;
use super::{Handshake, Method, MultifdError, Packet};
use crate::stream::wire::Fields;

/// What a multifd channel carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChannelEvent {
    /// The channel introduces itself.
    Handshake(Handshake),
    /// A packet. Its content is the caller's: [`payload_length`](Packet::payload_length) bytes have to be read past the reader,
    /// first from the rest of the input.
    Packet(Packet),
}

/// What one [`ChannelReader::step`] gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelStep {
    /// The bytes of the input that are done with.
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
    /// A reader for a target with pages of `page_size` bytes, and for packets compressed by `method`.
    pub fn new(page_size: u64, method: Method) -> Self {
        Self { page_size, method, introduced: false }
    }

    /// How packets are compressed.
    pub fn method(&self) -> Method {
        self.method
    }

    /// The bytes that the next step needs. Who reads no more than these from the connection can have the whole content of a packet
    /// read straight to where it belongs.
    pub fn wanted(&self) -> usize {
        if self.introduced { header_length(self.page_size) } else { Handshake::LENGTH }
    }

    /// Reads from the beginning of `input`. What was used must not be given again; the rest must, with more bytes behind it.
    pub fn step(&mut self, input: &[u8]) -> Result<ChannelStep, MultifdError> {
        let mut fields = Fields::new(input);
        let parsed = if self.introduced {
            let packet = Packet::parse(&mut fields, self.page_size, self.method);
            packet.map(|packet| packet.map(ChannelEvent::Packet))
        } else {
            let handshake = Handshake::parse(&mut fields);
            handshake.map(|handshake| handshake.map(ChannelEvent::Handshake))
        };
        // Both parts have a fixed length, so the only other outcome is that it is not all there.
        let Ok(event) = parsed else {
            return Ok(ChannelStep { used: 0, event: None });
        };
        let event = event?;
        self.introduced = true;
        Ok(ChannelStep { used: fields.used(), event: Some(event) })
    }

    /// Says that the connection was closed when `rest` was all that was left: fine between packets.
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
