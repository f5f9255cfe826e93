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

/// Options of a client: deadlines, the kind of server, kept events.
///
/// ```
/// use std::time::Duration;
/// use qapi::client::Options;
///
/// // One deadline for connecting and for each command.
/// let options = Options::within(Duration::from_secs(5));
/// assert_eq!(options.timeout, Some(Duration::from_secs(5)));
///
/// // A guest agent, which may take a minute to come up.
/// let options = options.connect(Duration::from_secs(60)).agent(true);
/// assert!(options.agent);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// The deadline of connecting: the whole handshake is tried again until it has passed. Zero for
    /// a single try, whose deadline is `timeout`. By default zero.
    pub connect: Duration,
    /// The deadline of a command that has none of its own; `None` for an unlimited wait. By default
    /// a minute.
    pub timeout: Option<Duration>,
    /// Negotiate out-of-band execution if the server offers it.
    pub oob: bool,
    /// The server is a guest agent, which has no greeting: the client synchronises with it instead
    /// of negotiating.
    pub agent: bool,
    /// The number of events that each handle keeps for later; of more, the newest. With 0, only
    /// events that come during a wait are seen. By default 10,000.
    pub events: usize,
}

impl Options {
    /// The defaults.
    pub fn new() -> Options {
        Options {
            connect: Duration::ZERO,
            timeout: Some(Duration::from_secs(60)),
            oob: false,
            agent: false,
            events: 10_000,
        }
    }

    /// One deadline for connecting and for each command.
    pub fn within(within: Duration) -> Options {
        Options::new().connect(within).timeout(within)
    }

    /// Sets the deadline of connecting.
    #[must_use]
    pub fn connect(mut self, within: Duration) -> Options {
        self.connect = within;
        self
    }

    /// Sets the deadline of commands.
    #[must_use]
    pub fn timeout(mut self, within: impl Into<Option<Duration>>) -> Options {
        self.timeout = within.into();
        self
    }

    /// Sets the use of out-of-band execution.
    #[must_use]
    pub fn oob(mut self, oob: bool) -> Options {
        self.oob = oob;
        self
    }

    /// Sets the kind of server.
    #[must_use]
    pub fn agent(mut self, agent: bool) -> Options {
        self.agent = agent;
        self
    }

    /// Sets the number of events that each handle keeps.
    #[must_use]
    pub fn events(mut self, events: usize) -> Options {
        self.events = events;
        self
    }
}

impl Default for Options {
    fn default() -> Options {
        Options::new()
    }
}
