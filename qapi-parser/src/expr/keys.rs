//! The required and optional keys of an object, and the flags' values.

use super::{Checker, DefinitionKind, ExprError, Subject};
use crate::expression::{Object, Value};

/// The keys of an object in the schema language.
pub(super) struct Keys {
    pub(super) required: &'static [&'static str],
    pub(super) optional: &'static [&'static str],
}

impl Keys {
    /// All of them in alphabetical order.
    fn valid(&self) -> Vec<&'static str> {
        let mut valid = [self.required, self.optional].concat();
        valid.sort_unstable();
        valid
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

impl Checker<'_> {
    /// Returns whether every required key is there.
    pub(super) fn check_keys(&mut self, object: &Object, subject: Subject, keys: &Keys) -> bool {
        let mut missing: Vec<&str> =
            keys.required.iter().copied().filter(|key| object.get(key).is_none()).collect();
        let known = |key: &str| keys.required.contains(&key) || keys.optional.contains(&key);
        let mut unknown =
            object.members.iter().map(|(key, _)| key).filter(|key| !known(&key.text)).peekable();
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

    /// The flags of commands and events; elsewhere these keys are unknown.
    pub(super) fn check_flags(&mut self, object: &Object, meta: DefinitionKind) {
        let (off, on): (&[_], &[_]) = match meta {
            DefinitionKind::Command => (
                &["gen", "success-response"],
                &["boxed", "allow-oob", "allow-preconfig", "coroutine"],
            ),
            DefinitionKind::Event => (&[], &["boxed"]),
            DefinitionKind::Enum
            | DefinitionKind::Struct
            | DefinitionKind::Union
            | DefinitionKind::Alternate => (&[], &[]),
        };
        for key in off {
            if let Some(value) = object.get(key)
                && !matches!(value, Value::Bool(false, _))
            {
                self.error(value.span(), ExprError::FlagNotFalse { key });
            }
        }
        for key in on {
            if let Some(value) = object.get(key)
                && !matches!(value, Value::Bool(true, _))
            {
                self.error(value.span(), ExprError::FlagNotTrue { key });
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
