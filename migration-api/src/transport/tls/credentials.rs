//! Credentials, as the objects of a command line and a migration's parameters give them.

use std::path::PathBuf;

use super::authorization::Authorization;
use super::endpoint::{Endpoint, TlsKind};
use super::error::TlsError;

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
}
