//! Ids and texts that several parts of the source share.

/// The id of the `ram` section.
pub(super) const RAM: u32 = 1;
/// The id of the `dirty-bitmap` section. Devices have the ids after it.
pub(super) const BITMAPS: u32 = 2;

/// Value of the ping that a destination answers when it has loaded the devices.
pub(super) const LOADED: u32 = 3;

/// The error if the destination closes the connection without a message.
pub(super) const GONE: &str = "Channel error: Input/output error";
/// The error if the destination cannot answer on the connection.
pub(super) const NO_RETURN_PATH: &str = "Unable to open return-path for postcopy";
