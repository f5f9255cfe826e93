//! Members, branches and the types they name.

use super::keys::Keys;
use super::names::Permit;
use super::{DefinitionChecker, ExprError, Subject};
use crate::ast::{Branch, Member, Members, TypeRef};
use crate::expression::{Object, Text, Value};

const MEMBER: Keys = Keys::new(&["type"], &["if", "features"]);
const BRANCH: Keys = Keys::new(&["type"], &["if"]);

/// Returns the value unless it is the empty name, which QEMU accepts and takes for absent.
pub(super) fn unless_empty(value: &Value) -> Option<&Value> {
    match value {
        Value::String(name) if name.text.is_empty() => None,
        value => Some(value),
    }
}

impl DefinitionChecker<'_> {
    /// Returns `value` if it is the name of a type.
    pub(super) fn type_name(&mut self, value: &Value, subject: Subject) -> Option<Text> {
        match value {
            Value::String(name) => Some(name.clone()),
            other => {
                self.error(other.span(), ExprError::NotTypeName { subject: subject.to_string() });
                None
            }
        }
    }

    /// Returns the type that `value` names: a name or an array of one name.
    pub(super) fn type_ref(&mut self, value: &Value, subject: Subject) -> Option<TypeRef> {
        match value {
            Value::String(name) => Some(TypeRef { name: name.clone(), array: false }),
            Value::Array(elements, span) => {
                if let [Value::String(name)] = elements.as_slice() {
                    return Some(TypeRef { name: name.clone(), array: true });
                }
                self.error(*span, ExprError::ArrayShape { subject: subject.to_string() });
                None
            }
            other => {
                self.error(other.span(), ExprError::NotType { subject: subject.to_string() });
                None
            }
        }
    }

    /// Returns the value of `key`: a type name or inline members.
    pub(super) fn members_or_name(
        &mut self,
        value: &Value,
        key: &str,
        permit: Permit,
    ) -> Option<Members> {
        match value {
            Value::String(name) => Some(Members::Named(name.clone())),
            other => {
                let members = self.members(other, key, permit)?;
                Some(Members::Inline(members))
            }
        }
    }

    /// Returns the value of `key`, which must be an object of members.
    pub(super) fn members(
        &mut self,
        value: &Value,
        key: &str,
        permit: Permit,
    ) -> Option<Vec<Member>> {
        let Value::Object(object) = value else {
            self.error(
                value.span(),
                ExprError::NotMembers { subject: Subject::Key(key).to_string() },
            );
            return None;
        };
        Some(
            object
                .members
                .iter()
                .filter_map(|(name, value)| self.member(name, value, key, permit))
                .collect(),
        )
    }

    fn member(
        &mut self,
        written: &Text,
        value: &Value,
        key: &str,
        permit: Permit,
    ) -> Option<Member> {
        let subject = Subject::Member(key, &written.text);
        let (optional, name) = match written.text.strip_prefix('*') {
            Some(name) => (true, name),
            None => (false, written.text.as_str()),
        };
        let name = Text { text: name.to_owned(), span: written.span };
        self.check_member_name(&name, subject, permit);
        let (ty, object) = self.described(value, "type", subject, &MEMBER)?;
        let cond = object.and_then(|object| self.cond(object, subject));
        let features = object.map(|object| self.features(object)).unwrap_or_default();
        let ty = self.type_ref(ty, subject)?;
        Some(Member { name, optional, ty, cond, features })
    }

    /// Returns a branch of a union, or with `arrays` an alternative of an alternate.
    pub(super) fn branch(&mut self, name: &Text, value: &Value, arrays: bool) -> Option<Branch> {
        let subject = Subject::Member("data", &name.text);
        let (ty, object) = self.described(value, "type", subject, &BRANCH)?;
        let cond = object.and_then(|object| self.cond(object, subject));
        let ty = if arrays {
            self.type_ref(ty, subject)?
        } else {
            TypeRef { name: self.type_name(ty, subject)?, array: false }
        };
        Some(Branch { name: name.clone(), ty, cond })
    }

    /// Returns the name and the object form of an element: a value or feature.
    pub(super) fn element<'o>(
        &mut self,
        value: &'o Value,
        subject: Subject,
        keys: &Keys,
    ) -> Option<(&'o Text, Option<&'o Object>)> {
        let (name, object) = self.described(value, "name", subject, keys)?;
        Some((self.name(name, subject)?, object))
    }

    /// Returns the value itself, or of the object form that of `key`, and the object form.
    fn described<'o>(
        &mut self,
        value: &'o Value,
        key: &str,
        subject: Subject,
        keys: &Keys,
    ) -> Option<(&'o Value, Option<&'o Object>)> {
        let Value::Object(object) = value else { return Some((value, None)) };
        if !self.check_keys(object, subject, keys) {
            return None;
        }
        Some((object.get(key)?, Some(object)))
    }
}
