//! Addresses of servers, and options of clients.

use std::fmt;
#[cfg(unix)]
use std::path::PathBuf;
use std::time::Duration;

/// The address of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// The path of a unix socket.
    #[cfg(unix)]
    Unix(PathBuf),
    /// Host and port.
    Tcp(String),
}

impl Address {
    /// A unix socket.
    #[cfg(unix)]
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
            #[cfg(unix)]
            Address::Unix(path) => write!(f, "{}", path.display()),
            Address::Tcp(address) => f.write_str(address),
        }
    }
}

/// Options of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The deadline of connecting: the whole handshake is tried again until it has passed. Zero for
    /// a single try, whose deadline is `timeout`.
    pub connect: Duration,
    /// The deadline of a command that has none of its own; `None` for an unlimited wait.
    pub timeout: Option<Duration>,
    /// Negotiate out-of-band execution if the server offers it.
    pub oob: bool,
    /// The server is a guest agent, which has no greeting and negotiates nothing.
    pub agent: bool,
    /// The number of events that each handle keeps for later; of more, the newest. With 0, only
    /// events that come during a wait are seen.
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
