//! `qom.json`: objects.

use qapi::{Context, QmpError};

use super::told;
use crate::api::{ObjectOptions, ObjectOptionsBranch, QCryptoTLSCredsEndpoint, commands, server};
use crate::engine::Engine;
use crate::objects::Object;
use crate::params::is_id;
use crate::transport::{Endpoint, TlsKind};

impl server::QomCommands for Engine {
    fn object_add(&self, _cx: &Context<'_>, arguments: ObjectOptions) -> Result<(), QmpError> {
        let ObjectOptions { id, qom_type } = arguments;
        if !is_id(&id) {
            return Err(told("Parameter 'id' expects an identifier"));
        }
        let object = object(qom_type).map_err(told)?;
        if !self.core.state().objects.add(id.clone(), object) {
            return Err(told(format!(
                "attempt to add duplicate property '{id}' to object (type 'container')"
            )));
        }
        Ok(())
    }

    fn object_del(&self, _cx: &Context<'_>, arguments: commands::ObjectDel) -> Result<(), QmpError> {
        let id = arguments.id;
        let removed = self.core.state().objects.remove(&id);
        if removed { Ok(()) } else { Err(told(format!("object '{id}' not found"))) }
    }
}

/// What is kept of an object's options.
///
/// # Errors
/// Options that contradict each other.
pub fn object(options: ObjectOptionsBranch) -> Result<Object, &'static str> {
    let side = |endpoint: Option<QCryptoTLSCredsEndpoint>| match endpoint {
        Some(QCryptoTLSCredsEndpoint::Server) => Endpoint::Server,
        Some(QCryptoTLSCredsEndpoint::Client) | None => Endpoint::Client,
    };
    Ok(match options {
        ObjectOptionsBranch::TlsCredsAnon(options) => Object::TlsCredentials {
            kind: TlsKind::Anonymous,
            endpoint: side(options.endpoint),
            dir: options.dir.map(Into::into),
            verify_peer: false,
        },
        ObjectOptionsBranch::TlsCredsX509(options) => Object::TlsCredentials {
            kind: TlsKind::X509,
            endpoint: side(options.endpoint),
            dir: Some(options.dir.ok_or("Missing 'dir' property value")?.into()),
            verify_peer: options.verify_peer.unwrap_or(true),
        },
        ObjectOptionsBranch::AuthzSimple(options) => Object::Authorization(options.identity),
        ObjectOptionsBranch::AuthzList(_)
        | ObjectOptionsBranch::MemoryBackendFile(_)
        | ObjectOptionsBranch::MemoryBackendMemfd(_)
        | ObjectOptionsBranch::MemoryBackendRam(_) => Object::Other,
    })
}
