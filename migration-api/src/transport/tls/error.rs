//! Errors of TLS sessions, in the words that QEMU sends to its clients.

use std::fmt;
use std::path::PathBuf;

use super::super::error::TransportError;
use super::Endpoint;

/// Error of a TLS session. `Display` is the text for the client.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TlsError {
    /// Built without feature `tls`.
    NotBuilt,
    /// No object has this id.
    NoCredentials(String),
    /// The object with this id is not TLS credentials.
    NotCredentials(String),
    /// The credentials are for the other side.
    Endpoint(Endpoint),
    /// X.509 credentials without a folder.
    NoDirectory,
    /// No authorization object has this id.
    NoAuthorization(String),
    /// The object with this id is not an authorization.
    NotAuthorization(String),
    /// A file of the credentials that cannot be read.
    Missing {
        /// Its path.
        path: PathBuf,
        /// Cause given by the host.
        reason: String,
    },
    /// A file of the credentials with invalid contents.
    File {
        /// Its path.
        path: PathBuf,
        /// The problem.
        reason: String,
    },
    /// An own certificate that no peer would trust.
    Own {
        /// Its path.
        path: PathBuf,
        /// The path of the CA's certificate.
        authority: PathBuf,
        /// The reason.
        reason: Mistrust,
    },
    /// The peer's certificate is not trusted.
    Peer(Mistrust),
    /// A client without a host name to verify.
    NoHostname,
    /// A server whose certificate does not match this name.
    Hostname(String),
    /// A failed handshake.
    Handshake(String),
    /// A server refuses this anonymous client, which offers no groups of RFC 7919.
    Anonymous(String),
    /// A client that is not authorized, by the name of its certificate.
    Denied(String),
}

/// The problem of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mistrust {
    /// It was not signed by the CA.
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
            Self::Anonymous(reason) => write!(
                f,
                "TLS handshake failed: {reason}; QEMU 10.2 and later accept anonymous credentials \
                 of this engine only with a file dh-params.pem in the folder of their own \
                 (property 'dir')"
            ),
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
