//! `enum` definitions.

use super::keys::Keys;
use super::names::Permit;
use super::{DefinitionChecker, ExprError, Subject};
use crate::ast::{DefinitionBody, EnumValue};
use crate::expression::{Object, Text, Value};

const ENUM: Keys = Keys::new(&["enum", "data"], &["if", "features", "prefix"]);
const VALUE: Keys = Keys::new(&["name"], &["if", "features"]);

impl DefinitionChecker<'_> {
    pub(super) fn enum_(&mut self, object: &Object, name: &Text) -> Option<DefinitionBody> {
        self.check_keys(object, Subject::Definition(super::DefinitionKind::Enum), &ENUM);
        let data = object.get("data")?;
        let Value::Array(values, _) = data else {
            self.error(data.span(), ExprError::NotArray { key: "data" });
            return None;
        };
        let prefix = match object.get("prefix") {
            None => None,
            Some(Value::String(prefix)) => Some(prefix.clone()),
            Some(other) => {
                self.error(other.span(), ExprError::NotString { key: "prefix" });
                None
            }
        };
        let permit = Permit::all(self.rules.member_names.contains(name.text.as_str()));
        let values = values.iter().filter_map(|value| self.value(value, permit)).collect();
        Some(DefinitionBody::Enum { prefix, values })
    }

    fn value(&mut self, value: &Value, permit: Permit) -> Option<EnumValue> {
        let (name, object) = self.element(value, Subject::Element("data"), &VALUE)?;
        let subject = Subject::Member("data", &name.text);
        self.check_value_name(name, subject, permit);
        let cond = object.and_then(|object| self.cond(object, subject));
        let features = object.map(|object| self.features(object)).unwrap_or_default();
        Some(EnumValue { name: name.clone(), cond, features })
    }
}
