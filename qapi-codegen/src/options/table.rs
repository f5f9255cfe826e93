//! The table of options: the one place from which text is set, flags are made and help is printed.

use std::collections::BTreeSet;

use super::parsed::{attributes, crate_path, extern_type, identifier};
use super::{Conditions, Options, Role};

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
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct OptionInfo {
    /// The name, with `-` between words.
    pub name: &'static str,
    /// The form of its values.
    pub kind: OptionKind,
    /// One sentence without a full stop, of the flag of a [`Switch`](OptionKind::Switch).
    pub help: &'static str,
    /// Sets the option, or says what it takes.
    pub(super) apply: fn(Options, &str) -> Result<Options, &'static str>,
}

const ROLES: &[(&str, &str)] = &[
    ("client", "Sends commands and receives events"),
    ("server", "Receives commands and sends events"),
    ("both", "Everything"),
];

const CONDITIONS: &[(&str, &str)] = &[
    ("all", "All hold"),
    ("none", "No symbol is defined, except those given with 'define'"),
    ("features", "Keep them, as cargo features called what the symbols are"),
    ("cfg", "Keep them, as cfg(SYMBOL)"),
];

/// Every option, in the order of the documentation.
pub(super) const OPTIONS: &[OptionInfo] = &[
    OptionInfo {
        name: "select",
        kind: OptionKind::Repeated("PATTERN"),
        help: "Generate only definitions that match, '*' being any text, and what they reach",
        apply: |options, value| Ok(options.select(value)),
    },
    OptionInfo {
        name: "role",
        kind: OptionKind::Choice(ROLES),
        help: "The side of the protocol",
        apply: |options, value| match value {
            "client" => Ok(options.role(Role::Client)),
            "server" => Ok(options.role(Role::Server)),
            "both" => Ok(options.role(Role::Both)),
            _ => Err("client, server or both"),
        },
    },
    OptionInfo {
        name: "conditions",
        kind: OptionKind::Choice(CONDITIONS),
        help: "Evaluate 'if' conditions or keep them; all hold by default",
        apply: |options, value| {
            let conditions = match (value, &options.conditions) {
                ("none", Conditions::Defined(_)) => return Ok(options),
                ("none", _) => Conditions::Defined(BTreeSet::new()),
                ("all", _) => Conditions::All,
                ("features", _) => Conditions::Features,
                ("cfg", _) => Conditions::Cfg,
                _ => return Err("all, none, features or cfg"),
            };
            match &options.conditions {
                Conditions::Defined(symbols) if value != "none" && !symbols.is_empty() => {
                    Err("only 'none' together with option 'define'")
                }
                _ => Ok(options.conditions(conditions)),
            }
        },
    },
    OptionInfo {
        name: "define",
        kind: OptionKind::Repeated("SYMBOL"),
        help: "Define a configuration symbol, all others being undefined",
        apply: |options, value| match options.conditions {
            Conditions::Features | Conditions::Cfg => {
                Err("no symbols together with 'conditions = features' or 'conditions = cfg'")
            }
            _ => Ok(options.define(value)),
        },
    },
    OptionInfo {
        name: "unstable-feature",
        kind: OptionKind::Once("FEATURE"),
        help: "Gate unstable items behind a cargo feature",
        apply: |options, value| Ok(options.unstable_feature(value)),
    },
    OptionInfo {
        name: "docs",
        kind: OptionKind::Switch,
        help: "Leave out the schema's documentation",
        apply: |options, value| Ok(options.docs(switch(value)?)),
    },
    OptionInfo {
        name: "type-attribute",
        kind: OptionKind::Repeated("PATTERN=ATTRIBUTE"),
        help: "Put an attribute on matching types, commands and events",
        apply: |options, value| {
            let (name, value) = attribute_pair(value)?;
            Ok(options.type_attribute(name, value))
        },
    },
    OptionInfo {
        name: "member-attribute",
        kind: OptionKind::Repeated("PATTERN=ATTRIBUTE"),
        help: "Put an attribute on matching members, values and branches",
        apply: |options, value| {
            let (name, value) = attribute_pair(value)?;
            Ok(options.member_attribute(name, value))
        },
    },
    OptionInfo {
        name: "extern-type",
        kind: OptionKind::Repeated("NAME=PATH"),
        help: "Use an existing Rust type",
        apply: |options, value| {
            let (name, value) = pair(value)?;
            extern_type(value).map_err(|_| "a path from `::` or `crate::` after '='")?;
            Ok(options.extern_type(name, value))
        },
    },
    OptionInfo {
        name: "rename",
        kind: OptionKind::Repeated("NAME=IDENTIFIER"),
        help: "Give a definition, member or value another name in Rust",
        apply: |options, value| {
            let (name, value) = pair(value)?;
            identifier(value).map_err(|_| "an identifier of Rust after '='")?;
            Ok(options.rename(name, value))
        },
    },
    OptionInfo {
        name: "open",
        kind: OptionKind::Repeated("PATTERN"),
        help: "Let matching enums keep values that the schema does not name",
        apply: |options, value| Ok(options.open(value)),
    },
    OptionInfo {
        name: "closed",
        kind: OptionKind::Repeated("PATTERN"),
        help: "Let matching enums take only the values that the schema names",
        apply: |options, value| Ok(options.closed(value)),
    },
    OptionInfo {
        name: "runtime-path",
        kind: OptionKind::Once("PATH"),
        help: "The path of crate qapi in generated code",
        apply: |options, value| {
            crate_path(value).map_err(|_| "a path from `::` or `crate`")?;
            Ok(options.runtime_path(value))
        },
    },
    OptionInfo {
        name: "format",
        kind: OptionKind::Switch,
        help: "Print an item a line instead of formatted text",
        apply: |options, value| Ok(options.format(switch(value)?)),
    },
];

fn switch(value: &str) -> Result<bool, &'static str> {
    value.parse().map_err(|_| "true or false")
}

fn pair(value: &str) -> Result<(&str, &str), &'static str> {
    let (name, value) = value.split_once('=').ok_or("a name, '=' and a value")?;
    Ok((name.trim(), value.trim()))
}

/// Splits `PATTERN=ATTRIBUTE`.
fn attribute_pair(value: &str) -> Result<(&str, &str), &'static str> {
    let (name, value) = pair(value)?;
    attributes(value).map_err(|_| "an attribute of the form `#[...]` after '='")?;
    Ok((name, value))
}
