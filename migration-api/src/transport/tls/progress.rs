//! Progress of handshakes, and of operations on a channel.

use std::io;

use rustix::event::PollFlags;

/// The state of a handshake.
#[cfg_attr(not(feature = "tls"), expect(dead_code, reason = "handshakes need feature `tls`"))]
pub(in crate::transport) enum HandshakeState<Session, Hello> {
    /// It has succeeded.
    Established(Session),
    /// The peer has to act first.
    Waiting(Hello),
}

/// The reason why an operation on a channel cannot be completed now.
pub(in crate::transport) enum Wait {
    /// The descriptor has to be ready first.
    For(PollFlags),
    /// The channel has failed.
    Failed(io::Error),
}
