//! TLS on a channel, with anonymous or X.509 credentials.
//!
//! Uses OpenSSL: rustls leaves out the anonymous Diffie-Hellman suites of `tls-creds-anon` on
//! purpose. Without feature `tls`, credentials are refused with [`TlsError::NotBuilt`].

mod authorization;
#[cfg(feature = "tls")]
mod context;
mod credentials;
mod endpoint;
mod error;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod progress;
#[cfg_attr(not(feature = "tls"), path = "no_session.rs")]
mod session;
#[cfg(all(test, feature = "tls"))]
mod tests;

pub use authorization::{Authorization, Rule};
pub use credentials::TlsCredentials;
pub use endpoint::{Endpoint, TlsKind};
pub use error::{Mistrust, TlsError};
pub(in crate::transport) use progress::{HandshakeState, Wait};
pub(in crate::transport) use session::{Hello, Session};

impl TlsCredentials {
    /// Reads the files, as is done for each session.
    ///
    /// # Errors
    /// A file that is missing, cannot be read, or holds something else; an own certificate that no
    /// peer would trust; any credentials without feature `tls`.
    pub fn check(&self) -> Result<(), TlsError> {
        session::check(self)
    }
}
