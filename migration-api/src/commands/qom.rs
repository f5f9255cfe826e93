//! `qom.json`: objects.

use qapi::{Context, ErrorClass, QmpError, Value};

use super::qmp_error;
use crate::api::{
    ObjectOptions, ObjectOptionsBranch, QAuthZListFormat, QAuthZListPolicy, QAuthZListRule,
    QCryptoTLSCredsEndpoint, commands, server,
};
use crate::engine::Engine;
use crate::objects::{Object, ObjectError};
use crate::settings::is_id;
use crate::transport::{Authorization, Endpoint, Rule, TlsCredentials, TlsKind};

/// The path of the object with properties that clients can read.
const MACHINE: &str = "/machine";

impl server::QomCommands for Engine {
    fn object_add(&self, _cx: &Context<'_>, arguments: ObjectOptions) -> Result<(), QmpError> {
        let ObjectOptions { id, qom_type } = arguments;
        // The id is checked first, as it is in QEMU.
        if !is_id(&id) {
            return Err(qmp_error(ObjectError::Id));
        }
        let object = object(qom_type).map_err(qmp_error)?;
        self.add_object(&id, object).map_err(qmp_error)
    }

    fn object_del(
        &self,
        _cx: &Context<'_>,
        arguments: commands::ObjectDel,
    ) -> Result<(), QmpError> {
        self.remove_object(&arguments.id).map_err(qmp_error)
    }

    fn qom_get(&self, _cx: &Context<'_>, arguments: commands::QomGet) -> Result<Value, QmpError> {
        let commands::QomGet { path, property } = arguments;
        if path != MACHINE {
            return Err(QmpError::new(
                ErrorClass::DeviceNotFound,
                format!("Device '{path}' not found"),
            ));
        }
        let guest = &self.core.guest;
        if guest.adopts().is_some() && self.core.state().waits_for_incoming {
            return Err(qmp_error("the guest's machine type is that of its source"));
        }
        let machine = format!("{}-machine", guest.identity().machine);
        if property != "type" {
            return Err(qmp_error(format!("Property '{machine}.{property}' not found")));
        }
        Ok(machine.into())
    }
}

/// Converts an object's options. Reads the files of credentials to check them.
///
/// # Errors
/// The options contradict each other or name an unsupported feature, or the files are invalid.
pub fn object(options: ObjectOptionsBranch) -> Result<Object, String> {
    Ok(match options {
        ObjectOptionsBranch::TlsCredsAnon(options) => credentials(
            TlsKind::Anonymous,
            options.endpoint,
            options.dir,
            options.priority.is_some(),
            |_| {},
        )?,
        ObjectOptionsBranch::TlsCredsX509(options) => {
            if let Some(id) = options.passwordid {
                return Err(format!("No secret with id '{id}'"));
            }
            let verifies = options.verify_peer.unwrap_or(true);
            let checks = options.sanity_check.unwrap_or(true);
            credentials(
                TlsKind::X509,
                options.endpoint,
                options.dir,
                options.priority.is_some(),
                |known| {
                    known.verify_peer = verifies;
                    known.sanity_check = checks;
                },
            )?
        }
        ObjectOptionsBranch::AuthzSimple(options) => {
            Object::Authorization(Authorization::Name(options.identity))
        }
        ObjectOptionsBranch::AuthzList(options) => Object::Authorization(Authorization::List {
            rules: options.rules.unwrap_or_default().into_iter().map(rule).collect(),
            otherwise: options.policy == Some(QAuthZListPolicy::Allow),
        }),
        ObjectOptionsBranch::MemoryBackendFile(_)
        | ObjectOptionsBranch::MemoryBackendMemfd(_)
        | ObjectOptionsBranch::MemoryBackendRam(_) => Object::Other,
    })
}

fn credentials(
    kind: TlsKind,
    endpoint: Option<QCryptoTLSCredsEndpoint>,
    dir: Option<String>,
    has_priority: bool,
    adjust: impl FnOnce(&mut TlsCredentials),
) -> Result<Object, String> {
    if has_priority {
        return Err(
            "Property 'priority' speaks to GnuTLS, but this engine's TLS is OpenSSL's".into()
        );
    }
    let endpoint = match endpoint {
        Some(QCryptoTLSCredsEndpoint::Server) => Endpoint::Server,
        Some(QCryptoTLSCredsEndpoint::Client) | None => Endpoint::Client,
    };
    let mut credentials = TlsCredentials::new(kind, endpoint, dir.map(Into::into));
    adjust(&mut credentials);
    credentials.check().map_err(|error| error.to_string())?;
    Ok(Object::TlsCredentials(credentials))
}

fn rule(rule: QAuthZListRule) -> Rule {
    Rule {
        matches: rule.r#match,
        glob: rule.format == Some(QAuthZListFormat::Glob),
        allow: rule.policy == QAuthZListPolicy::Allow,
    }
}
