//! Errors of clients.

use std::error::Error;
use std::fmt;
use std::io;
use std::time::Duration;

use super::deadline::Shown;
use crate::json::{JsonError, Node};
use crate::{DecodeError, ErrorClass, QmpError, Value};

/// An error of a command, a wait or a connection.
///
/// [`Display`](fmt::Display) tells all of it; [`source`](Error::source) adds only causes that the
/// text leaves out. [`Debug`](fmt::Debug) prints the same text, as a `main` that returns the error
/// is ended with it.
#[non_exhaustive]
pub enum ClientError {
    /// The server answered with an error.
    Qmp(QmpError),
    /// The deadline has passed. The connection stays usable; a reply that comes later is dropped.
    Timeout {
        /// The command or event that was awaited.
        name: String,
        /// The missing thing: `answer`, `event`.
        missing: &'static str,
        /// The time that was waited.
        within: Duration,
    },
    /// The connection is closed. Events received before can still be read.
    Closed {
        /// The command that gets no reply, if one was awaited.
        command: Option<String>,
        /// The server was told to `quit` on this connection.
        after_quit: bool,
    },
    /// The connection has failed while a command waited for its reply, or before it was sent. It is
    /// of no further use; events received before can still be read.
    Connection {
        /// The command.
        command: String,
        /// The failure.
        cause: Box<ClientError>,
    },
    /// No connection could be made.
    Connect {
        /// The server's address.
        address: String,
        /// The step that failed.
        step: ConnectStep,
        /// The time during which it was tried again; `None` for a single try.
        within: Option<Duration>,
        /// The failure of the last try; `None` if the step lasted until the deadline.
        cause: Option<Box<ClientError>>,
    },
    /// The command cannot be sent; nothing was.
    Request {
        /// The command.
        command: String,
        /// The reason.
        reason: &'static str,
    },
    /// The operating system reports an error.
    Io(io::Error),
    /// The server sends something that is not JSON, or is too large or nested too deeply.
    Json(JsonError),
    /// The server sends JSON that is not QMP; the text says what is wrong.
    Protocol(String),
    /// A reply or an event is not as the schema says.
    Decode(Box<DecodeFailure>),
}

/// A step of connecting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConnectStep {
    /// The socket is being connected.
    Connect,
    /// The connection is made, the greeting has not come.
    Greeting,
    /// The greeting has come, `qmp_capabilities` is not answered.
    Negotiate,
    /// The connection is made, the guest agent has not answered `guest-sync-delimited`.
    Synchronise,
}

/// A reply or an event that does not match the schema, kept as it came.
#[derive(Debug, Clone, PartialEq)]
pub struct DecodeFailure {
    message: &'static str,
    name: String,
    error: DecodeError,
    raw: Value,
}

impl ClientError {
    /// The class of the error that the server answered with.
    pub fn class(&self) -> Option<ErrorClass> {
        match self {
            ClientError::Qmp(error) => Some(error.class),
            _ => None,
        }
    }

    /// Returns true if the deadline passed. The last try to connect may have failed before.
    pub fn is_timeout(&self) -> bool {
        matches!(self, ClientError::Timeout { .. } | ClientError::Connect { within: Some(_), .. })
    }

    /// Returns true if the connection is closed.
    pub fn is_closed(&self) -> bool {
        matches!(self, ClientError::Closed { .. })
    }

    pub(super) fn reply(command: &str, error: DecodeError, raw: Node<'_>) -> ClientError {
        DecodeFailure::make("reply to", command, error, raw)
    }

    pub(super) fn event(name: &str, error: DecodeError, raw: Node<'_>) -> ClientError {
        DecodeFailure::make("event", name, error, raw)
    }
}

impl DecodeFailure {
    fn make(message: &'static str, name: &str, error: DecodeError, raw: Node<'_>) -> ClientError {
        let (name, raw) = (name.to_owned(), Value::from(raw));
        ClientError::Decode(Box::new(DecodeFailure { message, name, error, raw }))
    }

    /// The command or the event.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The place of the fault: member names joined by `.`, elements as `[0]`.
    pub fn path(&self) -> &str {
        self.error.path()
    }

    /// The fault.
    pub fn error(&self) -> &DecodeError {
        &self.error
    }

    /// The returned value or the event's data as it came.
    pub fn raw(&self) -> &Value {
        &self.raw
    }

    /// Takes the returned value or the event's data as it came.
    pub fn into_raw(self) -> Value {
        self.raw
    }
}

impl fmt::Display for DecodeFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.message, self.name, self.error.plain())
    }
}

impl Error for DecodeFailure {}

impl fmt::Display for ConnectStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ConnectStep::Connect => "connecting the socket",
            ConnectStep::Greeting => "waiting for the greeting",
            ConnectStep::Negotiate => "negotiating capabilities",
            ConnectStep::Synchronise => "synchronising with the agent",
        })
    }
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ClientError::Qmp(error) => error.fmt(f),
            ClientError::Timeout { name, missing, within } => {
                write!(f, "{name}: no {missing} within {}", Shown(*within))
            }
            ClientError::Closed { command, after_quit } => {
                if let Some(command) = command {
                    write!(f, "{command}: ")?;
                }
                f.write_str("the connection is closed")?;
                f.write_str(if *after_quit { " after quit" } else { "" })
            }
            ClientError::Connection { command, cause } => write!(f, "{command}: {cause}"),
            ClientError::Connect { address, step, within, cause } => {
                write!(f, "cannot connect to {address}")?;
                if let Some(within) = within {
                    write!(f, " within {}", Shown(*within))?;
                }
                write!(f, ": {step}")?;
                cause.as_ref().map_or(Ok(()), |cause| write!(f, ": {cause}"))
            }
            ClientError::Request { command, reason } => write!(f, "{command}: {reason}"),
            ClientError::Io(error) => error.fmt(f),
            ClientError::Json(error) => write!(f, "unreadable message from the server: {error}"),
            ClientError::Protocol(what) => write!(f, "the server does not speak QMP: {what}"),
            ClientError::Decode(failure) => failure.fmt(f),
        }
    }
}

impl fmt::Debug for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for ClientError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            ClientError::Io(error) => error.source(),
            ClientError::Connection { cause, .. }
            | ClientError::Connect { cause: Some(cause), .. } => cause.source(),
            _ => None,
        }
    }
}

impl From<io::Error> for ClientError {
    fn from(error: io::Error) -> ClientError {
        ClientError::Io(error)
    }
}

impl From<JsonError> for ClientError {
    fn from(error: JsonError) -> ClientError {
        ClientError::Json(error)
    }
}
