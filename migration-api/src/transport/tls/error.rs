//! Errors of TLS sessions, in the words that QEMU sends to its clients.

use std::path::PathBuf;

use super::Endpoint;

/// Error of a TLS session. `Display` is the text for the client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// Built without feature `tls`.
    #[error("TLS is not available: this engine was built without feature 'tls'")]
    NotBuilt,
    /// No object has this id.
    #[error("No TLS credentials with id '{0}'")]
    NoCredentials(String),
    /// The object with this id is not TLS credentials.
    #[error("Object with id '{0}' is not TLS credentials")]
    NotCredentials(String),
    /// The credentials are for the other side.
    #[error("Expected TLS credentials for a {0} endpoint")]
    Endpoint(Endpoint),
    /// X.509 credentials without a folder.
    #[error("Missing 'dir' property value")]
    NoDirectory,
    /// No authorization object has this id.
    #[error("Cannot find QAuthZ object ID {0}")]
    NoAuthorization(String),
    /// The object with this id is not an authorization.
    #[error("Object '{0}' is not a QAuthZ subclass")]
    NotAuthorization(String),
    /// A file of the credentials that cannot be read.
    #[error("Unable to access credentials {}: {reason}", path.display())]
    Missing {
        /// Its path.
        path: PathBuf,
        /// Cause given by the host.
        reason: String,
    },
    /// A file of the credentials with invalid contents.
    #[error("Unable to use '{}': {reason}", path.display())]
    File {
        /// Its path.
        path: PathBuf,
        /// The problem.
        reason: String,
    },
    /// An own certificate that no peer would trust.
    #[error(
        "Our own certificate {} failed validation against {}: {reason}",
        path.display(),
        authority.display()
    )]
    Own {
        /// Its path.
        path: PathBuf,
        /// The path of the CA's certificate.
        authority: PathBuf,
        /// The reason.
        reason: Mistrust,
    },
    /// The peer's certificate is not trusted.
    #[error(transparent)]
    Peer(Mistrust),
    /// A client without a host name to verify.
    #[error("No hostname for certificate validation")]
    NoHostname,
    /// A server whose certificate does not match this name.
    #[error("Certificate does not match the hostname {0}")]
    Hostname(String),
    /// A failed handshake.
    #[error("TLS handshake failed: {0}")]
    Handshake(String),
    /// A server refuses this anonymous client, which offers no groups of RFC 7919.
    #[error(
        "TLS handshake failed: {0}; QEMU 10.2 and later accept anonymous credentials of this \
         engine only with a file dh-params.pem in the folder of their own (property 'dir')"
    )]
    Anonymous(String),
    /// A client that is not authorized, by the name of its certificate.
    #[error("TLS x509 authz check for {0} is denied")]
    Denied(String),
}

/// The problem of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Mistrust {
    /// It was not signed by the CA.
    #[error("The certificate hasn't got a known issuer")]
    UnknownIssuer,
    /// It has expired.
    #[error("The certificate has expired")]
    Expired,
    /// Its validity begins later.
    #[error("The certificate is not yet activated")]
    NotYetValid,
    /// The CA has revoked it.
    #[error("The certificate has been revoked")]
    Revoked,
    /// Its key or hash is too weak.
    #[error("The certificate uses an insecure algorithm")]
    Insecure,
    /// It is for another purpose, or malformed.
    #[error("The certificate is not trusted")]
    Unfit,
}
