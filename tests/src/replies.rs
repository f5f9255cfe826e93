//! Clients generated from the releases with probed servers, with only the commands of the probes.

use qapi::{Command, DecodeError, Rules};

/// Decodes the result of a command, and encodes it again.
pub type ReplyRoundTrip = fn(&str, &Rules) -> Result<String, DecodeError>;

/// A release, and its commands by name.
pub type ClientReplies = (&'static str, &'static [(&'static str, ReplyRoundTrip)]);

/// Decodes the result of a command, and encodes it again.
pub fn round_trip<C: Command>(text: &str, rules: &Rules) -> Result<String, DecodeError> {
    Ok(qapi::to_text(&qapi::from_text::<C::Response>(text, rules)?))
}

include!(concat!(env!("OUT_DIR"), "/replies.rs"));
