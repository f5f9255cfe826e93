//! Pragmas of before QEMU 6.0.
//!
//! `returns-whitelist` is today's `command-returns-exceptions`. `name-case-whitelist` lists types
//! whose members' names may have upper case, which `member-name-exceptions` does today. Either
//! shows that the schema follows the naming rules of that time: see [`names`](super::names).

use super::OldForm;
use crate::expression::Value;

/// Old names and their successors.
const RENAMED: [(&str, &str); 2] = [
    ("returns-whitelist", "command-returns-exceptions"),
    ("name-case-whitelist", "member-name-exceptions"),
];

/// A pragma in today's form.
pub(crate) struct Translated {
    pub(crate) name: &'static str,
    pub(crate) value: Value,
    pub(crate) form: OldForm,
}

/// Translates the pragma called `name`; returns `None` if it is not an old one.
pub(crate) fn translate(name: &str, value: &Value) -> Option<Translated> {
    let (name, today) = RENAMED.into_iter().find(|(old, _)| *old == name)?;
    let mut value = value.clone();
    if let Value::Array(entries, _) = &mut value {
        entries.iter_mut().for_each(explicit);
    }
    Some(Translated { name: today, value, form: OldForm::Pragma { name, today } })
}

/// Replaces the name of a union's implicit base, which QEMU 4.1 listed, by that of the union.
fn explicit(entry: &mut Value) {
    if let Value::String(entry) = entry
        && let Some(union) = entry.text.strip_prefix("q_obj_").and_then(|n| n.strip_suffix("-base"))
    {
        entry.text = union.to_owned();
    }
}
