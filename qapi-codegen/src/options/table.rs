//! The table of options: the source of builder text, macro arguments, flags and help.

use super::builder::Options;
use super::value::{attributes, crate_path, extern_type, identifier, is_feature};
use super::words::{Conditions, Role};
use qapi_parser::cond::IfCond;

/// The form of an option's values.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum OptionKind {
    /// `true` or `false`; true by default. The command line has a flag for `false`.
    Switch,
    /// One of these words, each with its help.
    Choice(&'static [(&'static str, &'static str)]),
    /// A value, given once, with the name that help has for it.
    Once(&'static str),
    /// A value, which may be given again, with the name that help has for it.
    Repeated(&'static str),
}

/// An option of generated code.
///
/// ```
/// let select = qapi_codegen::Options::ALL.iter().find(|info| info.name == "select").unwrap();
/// assert!(matches!(select.kind, qapi_codegen::OptionKind::Repeated("PATTERN")));
/// ```
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct OptionInfo {
    /// The name, with `-` between words.
    pub name: &'static str,
    /// The form of its values.
    pub kind: OptionKind,
    /// One sentence without a full stop, of the flag of a [`Switch`](OptionKind::Switch).
    pub help: &'static str,
    /// The values it takes, in messages.
    pub(super) expected: &'static str,
    /// Sets the option.
    pub(super) apply: fn(Options, &str) -> Result<Options, Refusal>,
}

/// The reason that an option refuses a value.
#[derive(Debug)]
pub(super) enum Refusal {
    /// It takes no such value.
    Value,
    /// The first option excludes the second.
    Conflict(&'static str, &'static str),
}

const ROLES: &[(&str, &str)] = &[
    ("client", "Sends commands and receives events"),
    ("server", "Receives commands and sends events"),
    ("both", "Everything"),
];

const CONDITIONS: &[(&str, &str)] = &[
    ("all", "All hold"),
    ("none", "No symbol is defined, except those given with 'define'"),
    ("features", "Keep them, as Cargo features with the names of the symbols"),
    ("cfg", "Keep them, as cfg(SYMBOL)"),
];

const PATTERN: &str = "a pattern of names";
const SWITCH: &str = "true or false";

/// Every option, in the order of the documentation.
pub(super) const OPTIONS: &[OptionInfo] = &[
    OptionInfo {
        name: "select",
        kind: OptionKind::Repeated("PATTERN"),
        help: "Generate only definitions that match, '*' being any text, and what they reach",
        expected: PATTERN,
        apply: |options, value| Ok(options.select(value)),
    },
    OptionInfo {
        name: "role",
        kind: OptionKind::Choice(ROLES),
        help: "The side of the protocol",
        expected: Role::EXPECTED,
        apply: |options, value| Ok(options.role(value.parse().map_err(|_| Refusal::Value)?)),
    },
    OptionInfo {
        name: "conditions",
        kind: OptionKind::Choice(CONDITIONS),
        help: "Evaluate 'if' conditions or keep them; all hold by default",
        expected: Conditions::EXPECTED,
        apply: |options, value| {
            let given: Conditions = value.parse().map_err(|_| Refusal::Value)?;
            match (&options.conditions, &given) {
                (Some(Conditions::Defined(_)), Conditions::Defined(_)) => Ok(options),
                (Some(Conditions::Defined(symbols)), _) if !symbols.is_empty() => {
                    Err(Refusal::Conflict("define", written(&given)))
                }
                _ => Ok(options.conditions(given)),
            }
        },
    },
    OptionInfo {
        name: "define",
        kind: OptionKind::Repeated("SYMBOL"),
        help: "Define a configuration symbol, all others being undefined",
        expected: "a configuration symbol such as CONFIG_LINUX",
        apply: |options, value| match &options.conditions {
            _ if !IfCond::is_symbol(value) => Err(Refusal::Value),
            None | Some(Conditions::Defined(_)) => Ok(options.define(value)),
            Some(kept) => Err(Refusal::Conflict("define", written(kept))),
        },
    },
    OptionInfo {
        name: "unstable-feature",
        kind: OptionKind::Once("FEATURE"),
        help: "Gate unstable items behind a Cargo feature",
        expected: "the name of a Cargo feature",
        apply: |options, value| match is_feature(value) {
            true => Ok(options.unstable_feature(value)),
            false => Err(Refusal::Value),
        },
    },
    OptionInfo {
        name: "docs",
        kind: OptionKind::Switch,
        help: "Leave out the schema's documentation",
        expected: SWITCH,
        apply: |options, value| Ok(options.docs(switch(value)?)),
    },
    OptionInfo {
        name: "type-attribute",
        kind: OptionKind::Repeated("PATTERN=ATTRIBUTE"),
        help: "Put an attribute on matching types, commands and events",
        expected: "PATTERN=ATTRIBUTE with attributes of the form `#[...]`",
        apply: |options, value| {
            let (name, value) = pair(value, |value| attributes(value).is_some())?;
            Ok(options.type_attribute(name, value))
        },
    },
    OptionInfo {
        name: "member-attribute",
        kind: OptionKind::Repeated("PATTERN=ATTRIBUTE"),
        help: "Put an attribute on matching members, values and branches",
        expected: "PATTERN=ATTRIBUTE with attributes of the form `#[...]`",
        apply: |options, value| {
            let (name, value) = pair(value, |value| attributes(value).is_some())?;
            Ok(options.member_attribute(name, value))
        },
    },
    OptionInfo {
        name: "extern-type",
        kind: OptionKind::Repeated("NAME=PATH"),
        help: "Use an existing Rust type",
        expected: "NAME=PATH with a type's path from `::` or `crate::`",
        apply: |options, value| {
            let (name, value) = pair(value, |value| extern_type(value).is_some())?;
            Ok(options.extern_type(name, value))
        },
    },
    OptionInfo {
        name: "rename",
        kind: OptionKind::Repeated("NAME=IDENTIFIER"),
        help: "Give a definition, member or value another name in Rust",
        expected: "NAME=IDENTIFIER with an identifier of Rust",
        apply: |options, value| {
            let (name, value) = pair(value, |value| identifier(value).is_some())?;
            Ok(options.rename(name, value))
        },
    },
    OptionInfo {
        name: "open",
        kind: OptionKind::Repeated("PATTERN"),
        help: "Let matching enums keep values that the schema does not name",
        expected: PATTERN,
        apply: |options, value| Ok(options.open(value)),
    },
    OptionInfo {
        name: "closed",
        kind: OptionKind::Repeated("PATTERN"),
        help: "Let matching enums take only the values that the schema names",
        expected: PATTERN,
        apply: |options, value| Ok(options.closed(value)),
    },
    OptionInfo {
        name: "runtime-path",
        kind: OptionKind::Once("PATH"),
        help: "The path of crate qapi in generated code",
        expected: "a module's path from `::` or `crate`",
        apply: |options, value| match crate_path(value) {
            Some(_) => Ok(options.runtime_path(value)),
            None => Err(Refusal::Value),
        },
    },
    OptionInfo {
        name: "format",
        kind: OptionKind::Switch,
        help: "Print an item a line instead of formatted text",
        expected: SWITCH,
        apply: |options, value| Ok(options.format(switch(value)?)),
    },
];

/// Returns the form in which text sets `conditions`.
fn written(conditions: &Conditions) -> &'static str {
    match conditions {
        Conditions::All => "conditions = all",
        Conditions::Defined(_) => "conditions = none",
        Conditions::Features => "conditions = features",
        Conditions::Cfg => "conditions = cfg",
    }
}

fn switch(value: &str) -> Result<bool, Refusal> {
    value.parse().map_err(|_| Refusal::Value)
}

/// Splits `NAME=VALUE`, whose value must pass `is_valid`.
fn pair(value: &str, is_valid: impl Fn(&str) -> bool) -> Result<(&str, &str), Refusal> {
    let (name, value) = value.split_once('=').ok_or(Refusal::Value)?;
    let (name, value) = (name.trim(), value.trim());
    if is_valid(value) { Ok((name, value)) } else { Err(Refusal::Value) }
}
