//! The required and optional keys of an object, and the values of flags.

use super::{DefinitionChecker, DefinitionKind, ExprError, Subject};
use crate::expression::{Object, Value};
use crate::schema::{CommandFlags, Flag};

/// The keys of an object in the schema language.
pub(super) struct Keys {
    pub(super) required: &'static [&'static str],
    pub(super) optional: &'static [&'static str],
    /// Optional keys with a boolean.
    pub(super) flags: &'static [Flag],
}

impl Keys {
    pub(super) const fn new(
        required: &'static [&'static str],
        optional: &'static [&'static str],
    ) -> Keys {
        Keys { required, optional, flags: &[] }
    }

    /// Returns all of them in alphabetical order.
    fn valid(&self) -> Vec<&'static str> {
        let mut valid = [self.required, self.optional].concat();
        valid.extend(self.flags.iter().map(|flag| flag.key));
        valid.sort_unstable();
        valid
    }

    fn contains(&self, key: &str) -> bool {
        self.required.contains(&key)
            || self.optional.contains(&key)
            || self.flags.iter().any(|flag| flag.key == key)
    }
}

/// Returns true for the values that are false in Python, which QEMU takes for absent in places.
pub(super) fn is_falsy(value: &Value) -> bool {
    match value {
        Value::String(text) => text.text.is_empty(),
        Value::Bool(value, _) => !value,
        Value::Array(elements, _) => elements.is_empty(),
        Value::Object(object) => object.members.is_empty(),
    }
}

impl DefinitionChecker<'_> {
    /// Reports missing and unknown keys. Returns true if every required key is present.
    pub(super) fn check_keys(&mut self, object: &Object, subject: Subject, keys: &Keys) -> bool {
        let mut missing: Vec<&str> =
            keys.required.iter().copied().filter(|key| object.get(key).is_none()).collect();
        let given = object.members.iter().map(|(key, _)| key);
        let mut unknown = given.filter(|key| !keys.contains(&key.text)).peekable();
        if missing.is_empty() && unknown.peek().is_none() {
            return true;
        }
        let first_unknown = unknown.peek().map(|key| key.span);
        let mut unknown: Vec<String> = unknown.map(|key| key.text.clone()).collect();
        unknown.sort_unstable();
        if !missing.is_empty() {
            missing.sort_unstable();
            let error = ExprError::MissingKeys { subject: subject.to_string(), missing, unknown };
            self.error(first_unknown.unwrap_or(object.span), error);
            return false;
        }
        let error =
            ExprError::UnknownKeys { subject: subject.to_string(), unknown, valid: keys.valid() };
        self.error(first_unknown.unwrap_or(object.span), error);
        true
    }

    /// Checks the flags of commands and events; elsewhere these keys are unknown.
    pub(super) fn check_flags(&mut self, object: &Object, meta: DefinitionKind) {
        let applies = |flag: &&Flag| match meta {
            DefinitionKind::Command => true,
            DefinitionKind::Event => flag.key == "boxed",
            _ => false,
        };
        for &Flag { key, default, .. } in CommandFlags::ALL.iter().filter(applies) {
            let Some(value) = object.get(key) else { continue };
            match (value, default) {
                (Value::Bool(false, _), true) | (Value::Bool(true, _), false) => {}
                (_, true) => self.error(value.span(), ExprError::FlagNotFalse { key }),
                (_, false) => self.error(value.span(), ExprError::FlagNotTrue { key }),
            }
        }
        let is_set = |key| matches!(object.get(key), Some(Value::Bool(true, _)));
        if meta == DefinitionKind::Command
            && is_set("allow-oob")
            && is_set("coroutine")
            && let Some(value) = object.get("coroutine")
        {
            self.error(value.span(), ExprError::IncompatibleFlags);
        }
    }
}
