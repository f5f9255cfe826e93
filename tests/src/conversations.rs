//! The client of QEMU 11.0.0 for recorded conversations and for the examples in documentation.

use qapi::rt::Field;
use qapi::{DecodeError, Rules};

/// The release's tree in `QAPI_SHARED`.
pub const TREE: &str = "releases/qemu-11.0.0";

/// Decodes a text strictly.
pub type Decode = fn(&str) -> Result<(), DecodeError>;

/// The decoders of a command.
#[derive(Debug, Clone, Copy)]
pub struct Command {
    /// Decodes its arguments.
    pub arguments: Decode,
    /// Decodes its result.
    pub result: Decode,
}

/// The decoders by name.
pub struct Client {
    /// Commands.
    pub commands: &'static [(&'static str, Command)],
    /// Events, by their data.
    pub events: &'static [(&'static str, Decode)],
}

impl Command {
    const fn of<C: qapi::Command>() -> Command {
        Command { arguments: decode::<C>, result: decode::<C::Response> }
    }
}

impl Client {
    /// Returns the decoders of a command.
    pub fn command(&self, name: &str) -> Option<Command> {
        self.commands.iter().find(|(known, _)| *known == name).map(|(_, command)| *command)
    }

    /// Returns the decoder of an event's data.
    pub fn event(&self, name: &str) -> Option<Decode> {
        self.events.iter().find(|(known, _)| *known == name).map(|(_, decode)| *decode)
    }
}

fn decode<T: Field>(text: &str) -> Result<(), DecodeError> {
    qapi::from_text::<T>(text, &Rules::STRICT).map(drop)
}

include!(concat!(env!("OUT_DIR"), "/conversations.rs"));
