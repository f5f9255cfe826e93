//! TLS on a channel, with anonymous or X.509 credentials.
//!
//! OpenSSL, because anonymous Diffie-Hellman suites, which `tls-creds-anon` stands for, are left out of rustls on purpose. Without
//! feature `tls`, credentials are refused with [`TlsError::NotBuilt`].

mod authorization;
#[cfg(feature = "tls")]
mod context;
mod error;
#[cfg_attr(not(feature = "tls"), path = "no_session.rs")]
mod session;
#[cfg(all(test, feature = "tls"))]
mod tests;

use std::io;
use std::path::PathBuf;

use rustix::event::PollFlags;

pub use authorization::{Authorization, Rule};
pub use error::{Mistrust, TlsError};
pub(in crate::transport) use session::{Hello, Session};

/// Which side of a handshake credentials are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// The side that connects.
    Client,
    /// The side that listens.
    Server,
}

/// How the sides of a session know each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsKind {
    /// Not at all.
    Anonymous,
    /// By certificates.
    X509,
}

/// What `tls-creds-anon` and `tls-creds-x509` hold, and what a migration's parameters add.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsCredentials {
    /// Which side they are for.
    pub endpoint: Endpoint,
    /// Anonymous or not.
    pub kind: TlsKind,
    /// The folder with `ca-cert.pem`, `ca-crl.pem`, `{client,server}-{cert,key}.pem` and `dh-params.pem`.
    pub dir: Option<PathBuf>,
    /// Server: whether the client must show a certificate that the CA signed. A client always asks for one.
    pub verify_peer: bool,
    /// Whether the own certificate is looked at before it is shown to anybody.
    pub sanity_check: bool,
    /// Client: the name that the server's certificate must bear. Without one, no certificate will do.
    pub hostname: Option<String>,
    /// Server: who may connect, or why that cannot be known. Only clients that must show a certificate are asked.
    pub authorization: Result<Option<Authorization>, TlsError>,
}

impl TlsCredentials {
    /// Credentials without conditions: no name, and whoever has a certificate may connect.
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
    /// A file that is missing, cannot be read, or holds something else; an own certificate that no peer would trust; any
    /// credentials without feature `tls`.
    pub fn check(&self) -> Result<(), TlsError> {
        session::check(self)
    }
}

/// Progress of a handshake.
#[cfg_attr(not(feature = "tls"), expect(dead_code, reason = "handshakes need feature `tls`"))]
pub(in crate::transport) enum Progress {
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
