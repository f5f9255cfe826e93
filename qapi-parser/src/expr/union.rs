//! `union` definitions.

use super::keys::Keys;
use super::names::Permit;
use super::{DefinitionChecker, DefinitionKind, ExprError, Subject};
use crate::ast::{Branch, DefinitionBody, Members};
use crate::expression::{Object, Text, Value};
use crate::legacy::{OldForm, unions};

const UNION: Keys = Keys::new(&["union", "base", "discriminator", "data"], &["if", "features"]);

impl DefinitionChecker<'_> {
    pub(super) fn union(&mut self, object: &Object, name: &Text) -> Option<DefinitionBody> {
        if unions::is_simple(object) {
            return self.simple_union(object, name);
        }
        if !self.check_keys(object, Subject::Definition(DefinitionKind::Union), &UNION) {
            return None;
        }
        let permit = Permit::all(self.rules.member_names.contains(name.text.as_str()));
        let base = match object.get("base")? {
            // Without a base there is no discriminator, which is reported later.
            Value::String(name) if name.text.is_empty() => Some(Members::Inline(Vec::new())),
            base => self.members_or_name(base, "base", permit),
        };
        let discriminator =
            self.name(object.get("discriminator")?, Subject::Key("discriminator")).cloned();
        let branches = self.branches(object, false)?;
        Some(DefinitionBody::Union {
            base: Some(base?),
            members: Vec::new(),
            discriminator: discriminator?,
            branches,
        })
    }

    /// Checks a union of before QEMU 6.2, whose branches are of any type.
    fn simple_union(&mut self, object: &Object, name: &Text) -> Option<DefinitionBody> {
        self.old_form(name.span, OldForm::Union { name: name.text.clone() });
        let branches = self.branches(object, true)?;
        for branch in &branches {
            self.check_lower_name(&branch.name, Subject::Member("data", &branch.name.text));
        }
        Some(unions::with_tag(name, branches))
    }

    fn branches(&mut self, object: &Object, arrays: bool) -> Option<Vec<Branch>> {
        let data = object.get("data")?;
        let Value::Object(branches) = data else {
            self.error(data.span(), ExprError::NotObject { key: "data" });
            return None;
        };
        let branches = branches.members.iter();
        Some(branches.filter_map(|(name, value)| self.branch(name, value, arrays)).collect())
    }
}
