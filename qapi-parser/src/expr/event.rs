//! `event` definitions.

use super::keys::Keys;
use super::{DefinitionChecker, DefinitionKind, Subject};
use crate::ast::DefinitionBody;
use crate::expression::{Object, Value};

const EVENT: Keys = Keys::new(&["event"], &["data", "boxed", "if", "features"]);

impl DefinitionChecker<'_> {
    pub(super) fn event(&mut self, object: &Object) -> Option<DefinitionBody> {
        self.check_keys(object, Subject::Definition(DefinitionKind::Event), &EVENT);
        let data = self.arguments(object);
        let boxed = matches!(object.get("boxed"), Some(Value::Bool(true, _)));
        Some(DefinitionBody::Event { data, boxed })
    }
}
