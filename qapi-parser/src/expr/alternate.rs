//! `alternate` definitions.

use super::keys::{Keys, is_falsy};
use super::{DefinitionChecker, DefinitionKind, ExprError, Subject};
use crate::ast::DefinitionBody;
use crate::expression::{Object, Value};

const ALTERNATE: Keys = Keys::new(&["alternate", "data"], &["if", "features"]);

impl DefinitionChecker<'_> {
    pub(super) fn alternate(&mut self, object: &Object) -> Option<DefinitionBody> {
        self.check_keys(object, Subject::Definition(DefinitionKind::Alternate), &ALTERNATE);
        let data = object.get("data")?;
        if is_falsy(data) {
            self.error(data.span(), ExprError::EmptyData);
            return None;
        }
        let Value::Object(alternatives) = data else {
            self.error(data.span(), ExprError::NotObject { key: "data" });
            return None;
        };
        let mut checked = Vec::with_capacity(alternatives.members.len());
        for (name, value) in &alternatives.members {
            self.check_lower_name(name, Subject::Member("data", &name.text));
            checked.extend(self.branch(name, value, true));
        }
        Some(DefinitionBody::Alternate { alternatives: checked })
    }
}
