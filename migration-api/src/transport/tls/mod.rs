//! TLS on a channel, with anonymous or X.509 credentials.
//!
//! Uses OpenSSL: rustls leaves out the anonymous Diffie-Hellman suites of `tls-creds-anon` on
//! purpose. Without feature `tls`, credentials are refused with [`TlsError::NotBuilt`].

mod authorization;
#[cfg(feature = "tls")]
mod context;
mod error;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
#[cfg_attr(not(feature = "tls"), path = "no_session.rs")]
mod session;
#[cfg(all(test, feature = "tls"))]
mod tests;

use std::path::PathBuf;
use std::{fmt, io};

use rustix::event::PollFlags;

pub use authorization::{Authorization, Rule};
pub use error::{Mistrust, TlsError};
pub(in crate::transport) use session::{Hello, Session};

/// A side of a handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// The side that connects.
    Client,
    /// The side that listens.
    Server,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Client => "client",
            Self::Server => "server",
        })
    }
}

/// The way in which the sides of a session identify each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsKind {
    /// Not at all.
    Anonymous,
    /// By certificates.
    X509,
}

/// The properties of `tls-creds-anon` and `tls-creds-x509`, and what a migration's parameters add.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsCredentials {
    /// The side that they are for.
    pub endpoint: Endpoint,
    /// Anonymous or not.
    pub kind: TlsKind,
    /// The folder with `ca-cert.pem`, `ca-crl.pem`, `{client,server}-{cert,key}.pem` and
    /// `dh-params.pem`.
    pub dir: Option<PathBuf>,
    /// Server: the client must show a certificate that the CA signed. A client always asks for
    /// one.
    pub verify_peer: bool,
    /// The own certificate is checked before it is shown to a peer.
    pub sanity_check: bool,
    /// Client: the name that the server's certificate must bear. Without one, every certificate is
    /// refused.
    pub hostname: Option<String>,
    /// Server: the rule for clients that must show a certificate, or the reason why there is none.
    pub authorization: Result<Option<Authorization>, TlsError>,
}

impl TlsCredentials {
    /// Credentials without conditions: no name, and every certificate of the CA may connect.
    pub fn new(kind: TlsKind, endpoint: Endpoint, dir: Option<PathBuf>) -> Self {
        Self {
            endpoint,
            kind,
            dir,
            verify_peer: true,
            sanity_check: true,
            hostname: None,
            authorization: Ok(None),
        }
    }

    /// Reads the files, as is done for each session.
    ///
    /// # Errors
    /// A file that is missing, cannot be read, or holds something else; an own certificate that no
    /// peer would trust; any credentials without feature `tls`.
    pub fn check(&self) -> Result<(), TlsError> {
        session::check(self)
    }
}

/// The state of a handshake.
#[cfg_attr(not(feature = "tls"), expect(dead_code, reason = "handshakes need feature `tls`"))]
pub(in crate::transport) enum HandshakeState {
    /// It has succeeded.
    Established(Session),
    /// The peer has to act first.
    Waiting(Hello),
}

/// The reason why an operation on a channel cannot be completed now.
pub(in crate::transport) enum Wait {
    /// The descriptor has to be ready first.
    For(PollFlags),
    /// The channel has failed.
    Failed(io::Error),
}
