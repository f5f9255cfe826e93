//! Messages between primary and secondary: 32-bit big-endian numbers, one of which is followed by a
//! 64-bit number.

use std::io;

use crate::api::COLOMessage as Message;
use crate::stream::Buffer;
use crate::transport::{Channel, TransportError, reason};

/// Error of the COLO channel.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ColoChannelError {
    /// Receiving failed.
    #[error("Can't receive COLO message: {}", receive_reason(.0))]
    Receive(io::Error),
    /// Sending failed.
    #[error("Can't send COLO message: {0}")]
    Send(TransportError),
    /// The peer sent another message than the expected one.
    #[error("Unexpected COLO message {0}, expected {1}")]
    Unexpected(u32, Message),
    /// The peer announced more device state than this engine accepts.
    #[error("The size {size} of the COLO state is above the limit of {max} bytes")]
    TooLarge {
        /// Its size in bytes.
        size: u64,
        /// The most that is accepted.
        max: u64,
    },
}

/// Returns the reason of a failed read. QEMU reports an early EOF as a failing channel, too.
fn receive_reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "Input/output error".into(),
        _ => reason(error),
    }
}

/// One end of the COLO channel.
pub(crate) struct ColoChannel<'a> {
    channel: &'a Channel,
    pub(crate) buffer: Buffer,
}

impl<'a> ColoChannel<'a> {
    /// Creates this side's end on a channel.
    pub(crate) fn new(channel: &'a Channel, capacity: usize) -> Self {
        Self { channel, buffer: Buffer::new(capacity) }
    }

    /// Sends a message.
    pub(crate) fn send(&self, message: Message) -> Result<(), ColoChannelError> {
        self.channel.write_all(&bytes(message)).map_err(ColoChannelError::Send)
    }

    /// Sends the devices' state.
    pub(crate) fn send_state(&self, state: &[u8]) -> Result<(), ColoChannelError> {
        let mut out = bytes(Message::VmstateSize).to_vec();
        out.extend_from_slice(&(state.len() as u64).to_be_bytes());
        out.extend_from_slice(state);
        self.channel.write_all(&out).map_err(ColoChannelError::Send)
    }

    /// Waits for the next message, which must be `message`.
    pub(crate) fn expect(&mut self, message: Message) -> Result<(), ColoChannelError> {
        let number = u32::from_be_bytes(self.read()?);
        if number == number_of(message) {
            Ok(())
        } else {
            Err(ColoChannelError::Unexpected(number, message))
        }
    }

    /// Waits for the devices' state.
    pub(crate) fn expect_state(&mut self, max: u64) -> Result<Vec<u8>, ColoChannelError> {
        self.expect(Message::VmstateSize)?;
        let size = u64::from_be_bytes(self.read()?);
        if size > max {
            return Err(ColoChannelError::TooLarge { size, max });
        }
        // Grow the buffer as the bytes arrive: the announced size cannot be trusted.
        let mut state = Vec::new();
        while (state.len() as u64) < size {
            let start = state.len();
            let piece = (size - start as u64).min(1 << 20) as usize;
            state.resize(start + piece, 0);
            self.buffer
                .read_exact(&mut &*self.channel, &mut state[start..])
                .map_err(ColoChannelError::Receive)?;
        }
        Ok(state)
    }

    fn read<const LENGTH: usize>(&mut self) -> Result<[u8; LENGTH], ColoChannelError> {
        let mut bytes = [0; LENGTH];
        self.buffer
            .read_exact(&mut &*self.channel, &mut bytes)
            .map_err(ColoChannelError::Receive)?;
        Ok(bytes)
    }

    /// Reads further bytes, which are not messages, into the buffer. Returns 0 at EOF.
    pub(crate) fn fill(&mut self) -> Result<usize, ColoChannelError> {
        self.buffer.fill(&mut &*self.channel).map_err(ColoChannelError::Receive)
    }
}

/// Returns a message's number, which is its index in the schema.
fn number_of(message: Message) -> u32 {
    (0..)
        .zip(Message::VALUES)
        .find(|(_, known)| **known == message)
        .map_or(u32::MAX, |(number, _)| number)
}

fn bytes(message: Message) -> [u8; 4] {
    number_of(message).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_numbered_from_zero() {
        assert_eq!(bytes(Message::CheckpointReady), [0; 4]);
        assert_eq!(bytes(Message::VmstateSize), [0, 0, 0, 4]);
        assert_eq!(bytes(Message::VmstateLoaded), [0, 0, 0, 6]);
    }

    #[test]
    fn the_end_of_a_colo_channel_is_an_error() {
        let ended = ColoChannelError::Receive(io::ErrorKind::UnexpectedEof.into());
        assert_eq!(ended.to_string(), "Can't receive COLO message: Input/output error");
    }
}
