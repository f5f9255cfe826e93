//! `command` definitions.

use super::keys::{Keys, is_falsy};
use super::members::unless_empty;
use super::names::Permit;
use super::{DefinitionChecker, DefinitionKind, ExprError, Subject};
use crate::ast::{self, DefinitionBody, Members};
use crate::expression::{Object, Value};
use crate::schema::CommandFlags;

const COMMAND: Keys = Keys {
    flags: CommandFlags::ALL,
    ..Keys::new(&["command"], &["data", "returns", "if", "features"])
};

/// Returns the flags of a command; those with a wrong value are reported later.
fn flags(object: &Object) -> CommandFlags {
    let mut flags = CommandFlags::default();
    for flag in CommandFlags::ALL {
        if let Some(Value::Bool(value, _)) = object.get(flag.key) {
            *(flag.field)(&mut flags) = *value;
        }
    }
    flags
}

impl DefinitionChecker<'_> {
    pub(super) fn command(&mut self, object: &Object) -> Option<DefinitionBody> {
        self.check_keys(object, Subject::Definition(DefinitionKind::Command), &COMMAND);
        let arguments = self.arguments(object);
        let returns = object
            .get("returns")
            .and_then(unless_empty)
            .and_then(|value| self.type_ref(value, Subject::Key("returns")));
        let flags = flags(object);
        Some(DefinitionBody::Command(ast::Command { arguments, returns, flags }))
    }

    /// Returns the `data` of a command or event, which must be a type name if it is boxed.
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
