//! Checks JSON values against types. All conditions hold.

use std::collections::HashSet;
use std::fmt::Write;

use super::error::ExampleError;
use super::json::{Json, JsonKind, JsonMember};
use crate::schema::{Builtin, EnumType, ObjectType, Schema, Type, TypeId};
use crate::source::Span;
use crate::suggest::nearest;

/// Maximum number of faults per message.
const MOST_FAULTS: usize = 50;

/// A fault in a message.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) span: Span,
    /// The JSON path from the message, such as `arguments.channels[0].addr`; empty for the whole.
    pub(super) path: String,
    pub(super) error: ExampleError,
}

/// The treatment of members that the type does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extra {
    /// They are faults.
    Refused,
    /// They are accepted, as by commands with `gen: false`.
    Taken,
}

/// Collects the faults of one message.
pub(super) struct ValueChecker<'a> {
    schema: &'a Schema,
    path: String,
    faults: Vec<Fault>,
}

impl<'a> ValueChecker<'a> {
    pub(super) fn new(schema: &'a Schema) -> ValueChecker<'a> {
        ValueChecker { schema, path: String::new(), faults: Vec::new() }
    }

    /// The faults in the order of the checks.
    pub(super) fn into_faults(self) -> Vec<Fault> {
        self.faults
    }

    /// Notes a fault at the current path.
    pub(super) fn fault(&mut self, span: Span, error: ExampleError) {
        if self.faults.len() < MOST_FAULTS {
            self.faults.push(Fault { span, path: self.path.clone(), error });
        }
    }

    /// Notes a value of the wrong kind at the current path.
    pub(super) fn wrong_type(&mut self, json: &Json, expected: &str) {
        let error = ExampleError::Type { expected: expected.to_owned(), found: json.found() };
        self.fault(json.start(), error);
    }

    /// Notes that an object lacks the members `names`, unless that is none.
    pub(super) fn missing(&mut self, json: &Json, names: Vec<String>) {
        if !names.is_empty() {
            self.fault(json.start(), ExampleError::MissingMembers { names });
        }
    }

    /// Runs a check of the member `name`.
    pub(super) fn at_member(&mut self, name: &str, check: impl FnOnce(&mut Self)) {
        let length = self.path.len();
        if length > 0 {
            self.path.push('.');
        }
        self.path.push_str(name);
        check(self);
        self.path.truncate(length);
    }

    /// Checks a value against a type.
    pub(super) fn check(&mut self, ty: TypeId, json: &Json) {
        let schema = self.schema;
        match schema.ty(ty) {
            Type::Builtin(builtin) => self.check_builtin(*builtin, json),
            Type::Enum(ty) => self.check_enum(ty, json),
            Type::Array(ty) => match &json.kind {
                JsonKind::Array(items) => {
                    for (index, item) in items.iter().enumerate() {
                        let length = self.path.len();
                        // Writing to a string cannot fail.
                        let _ = write!(self.path, "[{index}]");
                        self.check(ty.element, item);
                        self.path.truncate(length);
                    }
                }
                _ => self.wrong_type(json, "array"),
            },
            Type::Object(ty) => self.check_object(ty, json, Extra::Refused),
            Type::Alternate(ty) => {
                let alternatives = ty.alternatives.iter().map(|branch| branch.ty);
                match alternatives.clone().find(|&ty| takes(schema, ty, json)) {
                    Some(ty) => self.check(ty, json),
                    None => {
                        let kinds: Vec<&str> =
                            alternatives.map(|ty| json_kind(schema.ty(ty))).collect();
                        self.wrong_type(json, &kinds.join(" or "));
                    }
                }
            }
        }
    }

    /// Checks the members of an object: those of the type and those of the branch that the tag
    /// selects.
    pub(super) fn check_object(&mut self, ty: &'a ObjectType, json: &Json, extra: Extra) {
        let JsonKind::Object(members) = &json.kind else {
            return self.wrong_type(json, "object");
        };
        let (mut known, mut missing) = (Vec::new(), Vec::new());
        let complete = self.check_members(ty, members, &mut known, &mut missing);
        self.missing(json, missing);
        if !complete || extra == Extra::Taken {
            return;
        }
        let given: HashSet<&str> = members.iter().map(|member| &*member.name).collect();
        let absent: Vec<&str> =
            known.iter().copied().filter(|name| !given.contains(name)).collect();
        let known: HashSet<&str> = known.into_iter().collect();
        for JsonMember { name, name_span, .. } in members {
            if !known.contains(&**name) && self.faults.len() < MOST_FAULTS {
                let nearest = nearest(name, absent.iter().copied()).map(str::to_owned);
                self.fault(*name_span, ExampleError::UnknownMember { name: name.clone(), nearest });
            }
        }
    }

    /// Checks the members that a type has. Adds their names to `known`, and those of absent ones to
    /// `missing`. Returns false if the branch, and so the rest of the members, is unknown.
    fn check_members(
        &mut self,
        ty: &'a ObjectType,
        given: &[JsonMember],
        known: &mut Vec<&'a str>,
        missing: &mut Vec<String>,
    ) -> bool {
        let schema = self.schema;
        for member in &ty.members {
            known.push(&member.name);
            match given.iter().find(|given| given.name == member.name) {
                Some(given) => {
                    self.at_member(&member.name, |cx| cx.check(member.ty, &given.value));
                }
                None if member.optional => {}
                None => missing.push(member.name.clone()),
            }
        }
        let Some(branches) = &ty.branches else { return true };
        let tag = &ty.members[branches.tag].name;
        let tag = given.iter().find(|given| given.name == *tag).map(|given| &given.value.kind);
        let Some(JsonKind::String(tag)) = tag else { return false };
        match branches.branches.iter().find(|branch| branch.name == *tag) {
            Some(branch) => self.check_members(schema.object(branch.ty), given, known, missing),
            None => false,
        }
    }

    fn check_enum(&mut self, ty: &EnumType, json: &Json) {
        let JsonKind::String(text) = &json.kind else { return self.wrong_type(json, "string") };
        if ty.values.iter().all(|value| value.name != *text) {
            let names = ty.values.iter().map(|value| value.name.as_str());
            let nearest = nearest(text, names).map(str::to_owned);
            let ty = ty.definition.name.clone();
            self.fault(json.span, ExampleError::UnknownValue { ty, found: text.clone(), nearest });
        }
    }

    fn check_builtin(&mut self, builtin: Builtin, json: &Json) {
        let bounds: (i128, i128) = match builtin {
            Builtin::Int8 => (i8::MIN.into(), i8::MAX.into()),
            Builtin::Int16 => (i16::MIN.into(), i16::MAX.into()),
            Builtin::Int32 => (i32::MIN.into(), i32::MAX.into()),
            Builtin::Int | Builtin::Int64 => (i64::MIN.into(), i64::MAX.into()),
            Builtin::Uint8 => (0, u8::MAX.into()),
            Builtin::Uint16 => (0, u16::MAX.into()),
            Builtin::Uint32 => (0, u32::MAX.into()),
            Builtin::Uint64 | Builtin::Size => (0, u64::MAX.into()),
            _ => {
                let fits = matches!(
                    (builtin, &json.kind),
                    (Builtin::Any, _)
                        | (Builtin::Str, JsonKind::String(_))
                        | (Builtin::Number, JsonKind::Number(_))
                        | (Builtin::Bool, JsonKind::Bool)
                        | (Builtin::Null, JsonKind::Null)
                );
                if !fits {
                    self.wrong_type(json, json_kind(&Type::Builtin(builtin)));
                }
                return;
            }
        };
        let JsonKind::Number(digits) = &json.kind else { return self.wrong_type(json, "integer") };
        if digits.contains(['.', 'e', 'E']) {
            let error = ExampleError::Type { expected: "integer".to_owned(), found: "fraction" };
            return self.fault(json.span, error);
        }
        // A number too long for 128 bits is outside every type.
        if !digits.parse().is_ok_and(|value: i128| (bounds.0..=bounds.1).contains(&value)) {
            let error = ExampleError::Range { ty: builtin.name(), found: digits.clone() };
            self.fault(json.span, error);
        }
    }
}

/// Returns true if an alternate chooses the alternative of type `ty` for the value.
fn takes(schema: &Schema, ty: TypeId, json: &Json) -> bool {
    match json_kind(schema.ty(ty)) {
        "any" => true,
        "integer" => json.found() == "number",
        kind => json.found() == kind,
    }
}

/// Returns the kind of JSON value that a type has on the wire.
fn json_kind(ty: &Type) -> &'static str {
    match ty {
        Type::Builtin(Builtin::Str) | Type::Enum(_) => "string",
        Type::Builtin(Builtin::Number) => "number",
        Type::Builtin(Builtin::Bool) => "boolean",
        Type::Builtin(Builtin::Null) => "null",
        Type::Builtin(Builtin::Any) => "any",
        Type::Builtin(_) => "integer",
        Type::Array(_) => "array",
        Type::Object(_) => "object",
        Type::Alternate(_) => "alternate",
    }
}
