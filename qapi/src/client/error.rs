//! What can go wrong with a command, and whose fault it is.

use std::fmt;
use std::io;

use crate::json::JsonError;
use crate::{DecodeError, QmpError};

/// Why a command or a wait failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum ClientError {
    /// The server answered with an error.
    Qmp(QmpError),
    /// It took too long. The connection is usable, and the reply, should it come, is dropped.
    Timeout,
    /// The server has closed the connection.
    Closed,
    /// The connection failed.
    Io(io::Error),
    /// What the server sends is no JSON.
    Json(JsonError),
    /// What the server sends is no QMP; what is wrong with it.
    Protocol(String),
    /// A reply or an event is not as the schema says.
    Decode {
        /// The command or the event.
        name: String,
        /// What is wrong, with its path.
        error: DecodeError,
    },
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ClientError::Qmp(error) => error.fmt(f),
            ClientError::Timeout => f.write_str("no answer in time"),
            ClientError::Closed => f.write_str("the server has closed the connection"),
            ClientError::Io(error) => error.fmt(f),
            ClientError::Json(error) => write!(f, "the server does not speak JSON: {error}"),
            ClientError::Protocol(what) => write!(f, "the server does not speak QMP: {what}"),
            ClientError::Decode { name, error } => write!(f, "{name}: {error}"),
        }
    }
}

impl std::error::Error for ClientError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            ClientError::Io(error) => Some(error),
            ClientError::Qmp(error) => Some(error),
            ClientError::Json(error) => Some(error),
            ClientError::Decode { error, .. } => Some(error),
            ClientError::Timeout | ClientError::Closed | ClientError::Protocol(_) => None,
        }
    }
}

impl From<io::Error> for ClientError {
    fn from(error: io::Error) -> ClientError {
        match error.kind() {
            io::ErrorKind::TimedOut => ClientError::Timeout,
            io::ErrorKind::BrokenPipe
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::UnexpectedEof => ClientError::Closed,
            _ => ClientError::Io(error),
        }
    }
}

impl From<JsonError> for ClientError {
    fn from(error: JsonError) -> ClientError {
        ClientError::Json(error)
    }
}
