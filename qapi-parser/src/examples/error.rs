//! Faults of examples.

use std::fmt;

use crate::codes::coded_errors;
use crate::words::{did_you_mean, plural, quoted};

coded_errors! {
    /// A fault of an example.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub(crate) enum ExampleError {
        /// Text that is not JSON.
        "example-syntax" Syntax { expected: String },
        /// Objects and arrays nest too deep.
        "example-too-deep" TooDeep { limit: usize },
        /// A member twice in one object.
        "example-duplicate-member" DuplicateMember { name: String },
        /// A directive with one colon, which reStructuredText takes for a comment.
        "example-directive" Directive,
        /// An object that is not a message in its direction.
        "example-not-a-message" NotAMessage { expected: &'static str },
        /// A command that the schema does not define.
        "example-unknown-command" UnknownCommand { name: String, nearest: Option<String> },
        /// An event that the schema does not define.
        "example-unknown-event" UnknownEvent { name: String, nearest: Option<String> },
        /// `exec-oob` for a command without `allow-oob`.
        "example-out-of-band" OutOfBand { name: String },
        /// A result of a command that does not reply on success.
        "example-no-reply" NoReply { name: String },
        /// A member that the type, or the message, does not have.
        "example-unknown-member" UnknownMember { name: String, nearest: Option<String> },
        /// Mandatory members that are absent.
        "example-missing-member" MissingMembers { names: Vec<String> },
        /// A JSON value of the wrong kind.
        "example-type" Type { expected: String, found: &'static str },
        /// An integer outside its type.
        "example-range" Range { ty: &'static str, found: String },
        /// A string that the enum does not have.
        "example-unknown-value" UnknownValue { ty: String, found: String, nearest: Option<String> },
    }
}

impl ExampleError {
    /// Returns the likely fix.
    pub(super) fn hint(&self) -> Option<String> {
        match self {
            ExampleError::UnknownCommand { nearest, .. }
            | ExampleError::UnknownEvent { nearest, .. }
            | ExampleError::UnknownMember { nearest, .. }
            | ExampleError::UnknownValue { nearest, .. } => nearest.as_deref().map(did_you_mean),
            ExampleError::Directive => Some("write '.. qmp-example::'".to_owned()),
            _ => None,
        }
    }
}

impl fmt::Display for ExampleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExampleError::Syntax { expected } => write!(f, "invalid JSON, expected {expected}"),
            ExampleError::TooDeep { limit } => {
                write!(f, "objects and arrays nest deeper than {limit} levels")
            }
            ExampleError::DuplicateMember { name } => write!(f, "duplicate member '{name}'"),
            ExampleError::Directive => {
                f.write_str("'.. qmp-example:' with one colon is a comment in reStructuredText")
            }
            ExampleError::NotAMessage { expected } => write!(f, "expected {expected}"),
            ExampleError::UnknownCommand { name, .. } => write!(f, "unknown command '{name}'"),
            ExampleError::UnknownEvent { name, .. } => write!(f, "unknown event '{name}'"),
            ExampleError::OutOfBand { name } => {
                write!(f, "command '{name}' does not support out-of-band execution")
            }
            ExampleError::NoReply { name } => {
                write!(f, "command '{name}' sends no reply on success")
            }
            ExampleError::UnknownMember { name, .. } => write!(f, "unknown member '{name}'"),
            ExampleError::MissingMembers { names } => {
                write!(f, "missing member{} {}", plural(names.len()), quoted(names))
            }
            ExampleError::Type { expected, found } => {
                write!(f, "expected {expected}, found {found}")
            }
            ExampleError::Range { ty, found } => write!(f, "{found} is outside type '{ty}'"),
            ExampleError::UnknownValue { ty, found, .. } => {
                write!(f, "'{found}' is not a value of enum '{ty}'")
            }
        }
    }
}
