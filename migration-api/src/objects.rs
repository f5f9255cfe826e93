//! QOM objects that clients create and refer to by id: credentials, authorization, memory backends.

use std::collections::BTreeMap;

use crate::settings::Parameters;
pub use crate::settings::is_id;
use crate::transport::{Authorization, Endpoint, TlsCredentials, TlsError, TransportError};

/// An object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Object {
    /// `tls-creds-anon` or `tls-creds-x509`.
    TlsCredentials(TlsCredentials),
    /// `authz-simple` or `authz-list`.
    Authorization(Authorization),
    /// A memory backend, or another type that TLS does not use.
    Other,
}

/// Error of adding or removing an object. `Display` is the text for the client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ObjectError {
    /// An invalid id: not a letter followed by letters, digits and `-._`.
    #[error("Parameter 'id' expects an identifier")]
    Id,
    /// An object with this id exists.
    #[error("attempt to add duplicate property '{0}' to object (type 'container')")]
    InUse(String),
    /// No object has this id.
    #[error("object '{0}' not found")]
    NotFound(String),
}

/// Objects by id.
#[derive(Clone, Debug, Default)]
pub struct Objects(BTreeMap<String, Object>);

impl Objects {
    /// Adds an object. Returns `false` if the id is taken.
    pub fn add(&mut self, id: String, object: Object) -> bool {
        let free = !self.0.contains_key(&id);
        if free {
            self.0.insert(id, object);
        }
        free
    }

    /// Removes an object. Returns `false` if the id does not exist.
    pub fn remove(&mut self, id: &str) -> bool {
        self.0.remove(id).is_some()
    }

    /// Returns the credentials that the TLS parameters name, for one side of a connection to
    /// `host`.
    pub(crate) fn credentials(
        &self,
        parameters: &Parameters,
        side: Endpoint,
        host: Option<&str>,
    ) -> Result<Option<TlsCredentials>, TransportError> {
        let id = &parameters.tls_creds;
        if id.is_empty() {
            return Ok(None);
        }
        let credentials = match self.0.get(id) {
            None => return Err(TlsError::NoCredentials(id.clone()).into()),
            Some(Object::TlsCredentials(credentials)) if credentials.endpoint == side => {
                credentials.clone()
            }
            Some(Object::TlsCredentials(_)) => return Err(TlsError::Endpoint(side).into()),
            Some(_) => return Err(TlsError::NotCredentials(id.clone()).into()),
        };
        let named = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let hostname = named(&parameters.tls_hostname).or_else(|| host.map(str::to_owned));
        let authorization = named(&parameters.tls_authz).map(|id| match self.0.get(&id) {
            Some(Object::Authorization(authorization)) => Ok(authorization.clone()),
            Some(_) => Err(TlsError::NotAuthorization(id)),
            None => Err(TlsError::NoAuthorization(id)),
        });
        Ok(Some(TlsCredentials {
            hostname,
            authorization: authorization.transpose(),
            ..credentials
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_taken_once() {
        let mut objects = Objects::default();
        assert!(objects.add("a".into(), Object::Other));
        assert!(
            !objects.add("a".into(), Object::Authorization(Authorization::Name("CN=x".into())))
        );
        assert!(objects.remove("a"));
        assert!(!objects.remove("a"));
    }
}
