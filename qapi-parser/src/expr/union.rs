//! `union` definitions.

use super::keys::Keys;
use super::names::Permit;
use super::{Checker, ExprError, Meta, Subject};
use crate::ast::Kind;
use crate::expression::{Object, Text, Value};

const UNION: Keys =
    Keys { required: &["union", "base", "discriminator", "data"], optional: &["if", "features"] };

impl Checker<'_> {
    pub(super) fn union(&mut self, object: &Object, name: &Text) -> Option<Kind> {
        if !self.check_keys(object, Subject::Definition(Meta::Union), &UNION) {
            return None;
        }
        let permit = Permit::all(self.rules.member_names.contains(name.text.as_str()));
        let base = self.members_or_name(object.get("base")?, "base", permit);
        let discriminator =
            self.name(object.get("discriminator")?, Subject::Key("discriminator")).cloned();
        let data = object.get("data")?;
        let Value::Object(branches) = data else {
            self.error(data.span(), ExprError::NotObject { key: "data" });
            return None;
        };
        let branches = branches
            .members
            .iter()
            .filter_map(|(name, value)| self.branch(name, value, false))
            .collect();
        Some(Kind::Union { base: base?, discriminator: discriminator?, branches })
    }
}
