//! The errors of single definitions.

use std::fmt;

use super::kind::DefinitionKind;
use crate::codes::coded_errors;
use crate::legacy::conditions;
use crate::suggest;
use crate::words::{plural, quoted};

coded_errors! {
    /// A breach of a rule for single definitions. `subject` is the part of the definition at
    /// fault, as QEMU words it: `struct`, `'data' member 'arg'`.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub(crate) enum ExprError {
        /// Not exactly one of the keys that introduce a definition.
        "meta-type" MetaType { keys: Vec<String> },
        /// A name that is not a string.
        "name-not-string" NameNotString { subject: String },
        /// A name with an invalid character or a reserved prefix.
        "invalid-name" InvalidName { subject: String },
        /// A command, member, value or feature with uppercase or `_`.
        "name-not-lower" NotLowerName { subject: String, proposal: String },
        /// An event with lowercase or `-`.
        "name-not-upper" NotUpperName { proposal: String },
        /// A type whose name is not in CamelCase.
        "name-not-camel" NotCamelName { subject: String, proposal: Option<String> },
        /// A type whose name looks like that of an array type.
        "list-suffix" ListSuffix { subject: String },
        /// A member with a name that generated C uses itself.
        "reserved-name" ReservedName { subject: String },
        /// Missing keys.
        "missing-key" MissingKeys { subject: String, missing: Vec<&'static str>, unknown: Vec<String> },
        /// Unknown keys.
        "unknown-key" UnknownKeys { subject: String, unknown: Vec<String>, valid: Vec<&'static str> },
        /// A flag, true by default, with another value than false.
        "flag-not-false" FlagNotFalse { key: &'static str },
        /// A flag, false by default, with another value than true.
        "flag-not-true" FlagNotTrue { key: &'static str },
        /// `allow-oob` and `coroutine` together.
        "incompatible-flags" IncompatibleFlags,
        /// An `if` with a symbol that is not an identifier in uppercase.
        "if-symbol" CondSymbol { symbol: String, subject: String },
        /// An `if` that is neither string nor object.
        "if-shape" CondShape { subject: String },
        /// An `if` object without exactly one operator.
        "if-keys" CondKeys { subject: String },
        /// `all` or `any` without an array.
        "if-not-array" CondNotArray { operator: String, subject: String },
        /// `all` or `any` with an empty array.
        "if-empty" CondEmpty { subject: String },
        /// A value that is not the name of a type.
        "not-type-name" NotTypeName { subject: String },
        /// A value that is neither a type name nor an array of one.
        "not-type" NotType { subject: String },
        /// An array type that is not exactly one type name.
        "array-shape" ArrayShape { subject: String },
        /// A value that is neither members nor the name of a type.
        "not-members" NotMembers { subject: String },
        /// A value that is not an array.
        "not-array" NotArray { key: &'static str },
        /// A value that is not a string.
        "not-string" NotString { key: &'static str },
        /// A value that is not an object.
        "not-object" NotObject { key: &'static str },
        /// An alternate without alternatives.
        "empty-data" EmptyData,
        /// `boxed` without `data`.
        "boxed-without-data" BoxedWithoutData,
        /// Documentation of another definition.
        "doc-symbol" DocSymbol { symbol: String, name: String },
        /// No documentation although the pragma `doc-required` demands it.
        "doc-required" DocRequired { name: String },
        /// A section about results in a definition that is not a command.
        "doc-section-of-commands" SectionOfCommands { tag: &'static str },
    }
}

impl ExprError {
    /// Returns the likely fixes.
    pub(crate) fn hints(&self) -> Vec<String> {
        let mut hints = Vec::new();
        match self {
            ExprError::MetaType { keys } => {
                let metas = DefinitionKind::ALL.map(DefinitionKind::key);
                if !keys.iter().any(|key| metas.contains(&key.as_str())) {
                    hints.extend(misspelt(keys, &[&metas[..], &["include", "pragma"]].concat()));
                }
            }
            ExprError::MissingKeys { missing, unknown, .. } => hints.extend(misspelt(unknown, missing)),
            ExprError::UnknownKeys { unknown, valid, .. } => {
                hints.extend(misspelt(unknown, valid));
                hints.push(format!("valid keys are {}", quoted(valid)));
            }
            ExprError::InvalidName { .. } => hints.push(
                "names have letters, digits, '-' and '_', start with a letter and not with 'q_' or 'q-'"
                    .to_owned(),
            ),
            ExprError::NotLowerName { proposal, .. }
            | ExprError::NotUpperName { proposal }
            | ExprError::NotCamelName { proposal: Some(proposal), .. } => {
                hints.push(format!("write it '{proposal}'"));
            }
            ExprError::NotCamelName { proposal: None, .. } => {
                hints.push("it needs a lower-case letter".to_owned());
            }
            ExprError::CondSymbol { .. } | ExprError::CondShape { .. } => {
                hints.push(conditions::SUPPORTED.to_owned());
            }
            ExprError::DocSymbol { name, .. } => hints.push(format!("start it with '@{name}:'")),
            ExprError::FlagNotFalse { key } | ExprError::FlagNotTrue { key } => {
                hints.push(format!("leave out '{key}' for the default"));
            }
            ExprError::DocRequired { name } => {
                hints.push(format!("write a comment '# @{name}:' between lines of '##' before it"));
            }
            _ => {}
        }
        hints
    }
}

/// Returns a hint for each key that looks like one of `valid`.
fn misspelt(unknown: &[String], valid: &[&'static str]) -> impl Iterator<Item = String> {
    unknown.iter().filter_map(|key| {
        let nearest = suggest::nearest(key, valid.iter().copied())?;
        Some(format!("did you mean '{nearest}' instead of '{key}'?"))
    })
}

impl fmt::Display for ExprError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExprError::MetaType { .. } => {
                write!(
                    f,
                    "expression must have exactly one key {}",
                    quoted(&DefinitionKind::ALL.map(DefinitionKind::key))
                )
            }
            ExprError::NameNotString { subject } => write!(f, "{subject} requires a string name"),
            ExprError::InvalidName { subject } => write!(f, "{subject} has an invalid name"),
            ExprError::NotLowerName { subject, .. } => {
                write!(f, "name of {subject} must not use uppercase or '_'")
            }
            ExprError::NotUpperName { .. } => {
                f.write_str("name of event must not use lowercase or '-'")
            }
            ExprError::NotCamelName { subject, .. } => {
                write!(f, "name of {subject} must use CamelCase")
            }
            ExprError::ListSuffix { subject } => {
                write!(f, "{subject} name should not end in 'List'")
            }
            ExprError::ReservedName { subject } => write!(f, "{subject} uses reserved name"),
            ExprError::MissingKeys { subject, missing, .. } => {
                write!(f, "{subject} misses key{} {}", plural(missing.len()), quoted(missing))
            }
            ExprError::UnknownKeys { subject, unknown, .. } => {
                write!(f, "{subject} has unknown key{} {}", plural(unknown.len()), quoted(unknown))
            }
            ExprError::FlagNotFalse { key } => write!(f, "flag '{key}' may only use false value"),
            ExprError::FlagNotTrue { key } => write!(f, "flag '{key}' may only use true value"),
            ExprError::IncompatibleFlags => {
                f.write_str("flags 'allow-oob' and 'coroutine' are incompatible")
            }
            ExprError::CondSymbol { symbol, subject } => {
                write!(f, "'if' condition '{symbol}' of {subject} is not a valid identifier")
            }
            ExprError::CondShape { subject } => {
                write!(f, "'if' condition of {subject} must be a string or an object")
            }
            ExprError::CondKeys { subject } => {
                write!(f, "'if' condition of {subject} has conflicting keys")
            }
            ExprError::CondNotArray { operator, subject } => {
                write!(f, "'{operator}' condition of {subject} must be an array")
            }
            ExprError::CondEmpty { subject } => {
                write!(f, "'if' condition [] of {subject} is useless")
            }
            ExprError::NotTypeName { subject } => write!(f, "{subject} should be a type name"),
            ExprError::NotType { subject } => write!(f, "{subject} should be a type name or array"),
            ExprError::ArrayShape { subject } => {
                write!(f, "{subject}: array type must contain single type name")
            }
            ExprError::NotMembers { subject } => {
                write!(f, "{subject} should be an object or type name")
            }
            ExprError::NotArray { key } => write!(f, "'{key}' must be an array"),
            ExprError::NotString { key } => write!(f, "'{key}' must be a string"),
            ExprError::NotObject { key } => write!(f, "'{key}' must be an object"),
            ExprError::EmptyData => f.write_str("'data' must not be empty"),
            ExprError::BoxedWithoutData => f.write_str("'boxed': true requires 'data'"),
            ExprError::DocSymbol { symbol, .. } => {
                write!(f, "documentation comment is for '{symbol}'")
            }
            ExprError::DocRequired { .. } => f.write_str("documentation comment required"),
            ExprError::SectionOfCommands { tag } => {
                write!(f, "'{tag}' section is only valid for commands")
            }
        }
    }
}
