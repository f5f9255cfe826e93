//! `features` of definitions, members and values.

use super::keys::Keys;
use super::{DefinitionChecker, ExprError, Subject};
use crate::ast::Feature;
use crate::expression::{Object, Value};

const FEATURE: Keys = Keys::new(&["name"], &["if"]);

impl DefinitionChecker<'_> {
    /// Returns the features under the object's key `features`.
    pub(super) fn features(&mut self, object: &Object) -> Vec<Feature> {
        match object.get("features") {
            None => Vec::new(),
            Some(Value::Array(features, _)) => {
                features.iter().filter_map(|value| self.feature(value)).collect()
            }
            Some(other) => {
                self.error(other.span(), ExprError::NotArray { key: "features" });
                Vec::new()
            }
        }
    }

    fn feature(&mut self, value: &Value) -> Option<Feature> {
        let (name, object) = self.element(value, Subject::Element("features"), &FEATURE)?;
        let subject = Subject::Member("features", &name.text);
        self.check_lower_name(name, subject);
        let cond = object.and_then(|object| self.cond(object, subject));
        Some(Feature { name: name.clone(), cond })
    }
}
