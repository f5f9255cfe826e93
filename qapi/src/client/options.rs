//! Where a server is, and how a client behaves.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// Where a server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A Unix socket's path.
    Unix(PathBuf),
    /// Host and port.
    Tcp(String),
}

impl Address {
    /// A Unix socket.
    pub fn unix(path: impl Into<PathBuf>) -> Address {
        Address::Unix(path.into())
    }

    /// Host and port, as in `localhost:4444`.
    pub fn tcp(address: impl Into<String>) -> Address {
        Address::Tcp(address.into())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Unix(path) => write!(f, "{}", path.display()),
            Address::Tcp(address) => f.write_str(address),
        }
    }
}

/// How a client connects and waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// How long to try again while nobody listens; zero to try once.
    pub connect: Duration,
    /// How long to wait for greeting and replies; `None` for ever.
    pub timeout: Option<Duration>,
    /// Whether to negotiate out-of-band execution, if the server offers it.
    pub oob: bool,
    /// Whether the server is a guest agent: no greeting, nothing to negotiate.
    pub agent: bool,
    /// How many events are kept for later; of more the oldest are dropped.
    pub events: usize,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            connect: Duration::ZERO,
            timeout: Some(Duration::from_secs(60)),
            oob: false,
            agent: false,
            events: 10_000,
        }
    }
}

/// How long to wait between two tries to connect.
pub(super) const RETRY: Duration = Duration::from_millis(20);

/// Whether a failure to connect may pass.
pub(super) fn may_pass(error: &std::io::Error) -> bool {
    use std::io::ErrorKind;
    matches!(
        error.kind(),
        ErrorKind::NotFound
            | ErrorKind::ConnectionRefused
            | ErrorKind::ConnectionReset
            | ErrorKind::WouldBlock
    )
}
