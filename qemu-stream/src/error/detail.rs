//! Parts of the kinds of errors and of their texts.

/// Problem in the payload of a command of variable length.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum CommandFault {
    /// The command never has this length.
    #[error("invalid length ({0})")]
    Length(u16),
    /// The version byte is not 0.
    #[error("invalid version ({0})")]
    Version(u8),
    /// The byte after the name is not 0.
    #[error("missing nil ({0})")]
    Nil(u8),
    /// The block name does not fill the payload.
    #[error("failed to read the RAM block name")]
    BlockName,
}

/// Returns the word for a capability's state.
pub(super) fn on(is_on: bool) -> &'static str {
    if is_on { "on" } else { "off" }
}

/// Returns a UUID that prints itself.
pub(super) fn uuid(bytes: &[u8; 16]) -> uuid::Uuid {
    uuid::Uuid::from_bytes(*bytes)
}
