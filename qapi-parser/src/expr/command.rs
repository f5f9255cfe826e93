//! `command` definitions.

use super::keys::{Keys, is_falsy};
use super::members::unless_empty;
use super::names::Permit;
use super::{Checker, DefinitionKind, ExprError, Subject};
use crate::ast::{self, Kind, Members};
use crate::expression::{Object, Value};

const COMMAND: Keys = Keys {
    required: &["command"],
    optional: &[
        "data",
        "returns",
        "boxed",
        "if",
        "features",
        "gen",
        "success-response",
        "allow-oob",
        "allow-preconfig",
        "coroutine",
    ],
};

impl Checker<'_> {
    pub(super) fn command(&mut self, object: &Object) -> Option<Kind> {
        self.check_keys(object, Subject::Definition(DefinitionKind::Command), &COMMAND);
        let arguments = self.arguments(object);
        let returns = object
            .get("returns")
            .and_then(unless_empty)
            .and_then(|value| self.type_ref(value, Subject::Key("returns")));
        let is_set = |key: &str| matches!(object.get(key), Some(Value::Bool(true, _)));
        Some(Kind::Command(ast::Command {
            arguments,
            returns,
            boxed: is_set("boxed"),
            success_response: object.get("success-response").is_none(),
            generate: object.get("gen").is_none(),
            allow_oob: is_set("allow-oob"),
            allow_preconfig: is_set("allow-preconfig"),
            coroutine: is_set("coroutine"),
        }))
    }

    /// The `data` of a command or event, which has to be a type name where it is boxed.
    pub(super) fn arguments(&mut self, object: &Object) -> Option<Members> {
        let data = object.get("data");
        match object.get("boxed").filter(|boxed| !is_falsy(boxed)) {
            None => self.members_or_name(unless_empty(data?)?, "data", Permit::default()),
            Some(boxed) => match data {
                None => {
                    self.error(boxed.span(), ExprError::BoxedWithoutData);
                    None
                }
                Some(data) => {
                    self.type_name(unless_empty(data)?, Subject::Key("data")).map(Members::Named)
                }
            },
        }
    }
}
