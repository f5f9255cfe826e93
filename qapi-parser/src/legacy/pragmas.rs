//! Pragmas of before QEMU 6.0.
//!
//! `returns-whitelist` is today's `command-returns-exceptions`. `name-case-whitelist` lists types
//! whose members' names may have upper case, which `member-name-exceptions` does today. Either
//! shows that the schema follows the naming rules of that time: see [`names`](super::names).

use super::OldForm;

/// Old names and their successors.
const RENAMED: [(&str, &str); 2] = [
    ("returns-whitelist", "command-returns-exceptions"),
    ("name-case-whitelist", "member-name-exceptions"),
];

/// Returns today's name of the pragma called `name`, with a finding if that is an old one.
pub(crate) fn today(name: &str) -> (&str, Option<OldForm>) {
    match RENAMED.into_iter().find(|(old, _)| *old == name) {
        Some((name, today)) => (today, Some(OldForm::Pragma { name, today })),
        None => (name, None),
    }
}
