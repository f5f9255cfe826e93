//! Why a TLS session does not come about, in the words in which QEMU tells its client.

use std::fmt;
use std::path::PathBuf;

use super::super::error::TransportError;
use super::Endpoint;

/// Why a session does not come about. `Display` is the text for the client.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TlsError {
    /// Built without feature `tls`.
    NotBuilt,
    /// No object of that id.
    NoCredentials(String),
    /// The object of that id is something else.
    NotCredentials(String),
    /// Credentials of the other side.
    Endpoint(Endpoint),
    /// X.509 without a folder.
    NoDirectory,
    /// No authorization of that id.
    NoAuthorization(String),
    /// The object of that id does not authorize anybody.
    NotAuthorization(String),
    /// A file of the credentials that cannot be read.
    Missing {
        /// Its path.
        path: PathBuf,
        /// What the host said.
        reason: String,
    },
    /// A file of the credentials with something else in it.
    File {
        /// Its path.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// An own certificate that no peer would trust.
    Own {
        /// Its path.
        path: PathBuf,
        /// The path of the CA's certificate.
        authority: PathBuf,
        /// Why.
        reason: Mistrust,
    },
    /// A peer whose certificate is not trusted.
    Peer(Mistrust),
    /// A client that does not know by which name the server is to go.
    NoHostname,
    /// A server whose certificate bears other names than this one.
    Hostname(String),
    /// A handshake that failed.
    Handshake(String),
    /// A client that may not connect, by its certificate's name.
    Denied(String),
}

/// What is wrong with a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mistrust {
    /// Another CA has signed it, or none.
    UnknownIssuer,
    /// It is too old.
    Expired,
    /// It is for later.
    NotYetValid,
    /// The CA has taken it back.
    Revoked,
    /// A key or a hash that can be broken.
    Insecure,
    /// It is for something else, or malformed.
    Unfit,
}

impl fmt::Display for Mistrust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownIssuer => "The certificate hasn't got a known issuer",
            Self::Expired => "The certificate has expired",
            Self::NotYetValid => "The certificate is not yet activated",
            Self::Revoked => "The certificate has been revoked",
            Self::Insecure => "The certificate uses an insecure algorithm",
            Self::Unfit => "The certificate is not trusted",
        })
    }
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotBuilt => {
                f.write_str("TLS is not available: this engine was built without feature 'tls'")
            }
            Self::NoCredentials(id) => write!(f, "No TLS credentials with id '{id}'"),
            Self::NotCredentials(id) => write!(f, "Object with id '{id}' is not TLS credentials"),
            Self::Endpoint(Endpoint::Client) => {
                f.write_str("Expected TLS credentials for a client endpoint")
            }
            Self::Endpoint(Endpoint::Server) => {
                f.write_str("Expected TLS credentials for a server endpoint")
            }
            Self::NoDirectory => f.write_str("Missing 'dir' property value"),
            Self::NoAuthorization(id) => write!(f, "Cannot find QAuthZ object ID {id}"),
            Self::NotAuthorization(id) => write!(f, "Object '{id}' is not a QAuthZ subclass"),
            Self::Missing { path, reason } => {
                write!(f, "Unable to access credentials {}: {reason}", path.display())
            }
            Self::File { path, reason } => {
                write!(f, "Unable to use '{}': {reason}", path.display())
            }
            Self::Own { path, authority, reason } => write!(
                f,
                "Our own certificate {} failed validation against {}: {reason}",
                path.display(),
                authority.display()
            ),
            Self::Peer(reason) => reason.fmt(f),
            Self::NoHostname => f.write_str("No hostname for certificate validation"),
            Self::Hostname(name) => write!(f, "Certificate does not match the hostname {name}"),
            Self::Handshake(reason) => write!(f, "TLS handshake failed: {reason}"),
            Self::Denied(name) => write!(f, "TLS x509 authz check for {name} is denied"),
        }
    }
}

impl std::error::Error for TlsError {}

impl From<TlsError> for TransportError {
    fn from(error: TlsError) -> Self {
        Self::Tls(error)
    }
}
