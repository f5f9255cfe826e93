//! The errors between the definitions of a schema.

use std::fmt;

use crate::codes::coded_errors;
use crate::words::{did_you_mean, plural, quoted};

coded_errors! {
    /// A breach of a rule between definitions. Members, branches, values and types come
    /// described as QEMU words them: `branch 'one'`, `enum type 'Status'`.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub(crate) enum SchemaError {
        /// A name defined twice.
        "redefinition" Redefined { name: String },
        /// A name that the language defines itself.
        "redefinition-of-builtin" BuiltinRedefined { described: String },
        /// A name that no type has.
        "unknown-type" UnknownType { user: String, name: String, nearest: Option<String> },
        /// An array of arrays, possible only by naming an implicit array type.
        "array-of-arrays" ArrayOfArrays { described: String },
        /// Two names that become the same name in generated code.
        "name-clash" Clash { second: String, first: String },
        /// A feature that means something only for commands, events, members and values.
        "special-feature-of-type" SpecialFeature { name: String },
        /// A type that contains itself.
        "contains-itself" ContainsItself { name: String },
        /// Bases or branches nested beyond the limit.
        "nested-too-deep" TooDeep { name: String },
        /// More inherited members and implicit branches than the limit.
        "too-many-members" TooManyMembers { name: String },
        /// A base that is not a struct.
        "base-not-struct" BaseNotStruct { described: String },
        /// A discriminator that the base does not have.
        "unknown-discriminator" UnknownDiscriminator { name: String, nearest: Option<String> },
        /// A discriminator of a type other than an enum.
        "discriminator-not-enum" DiscriminatorNotEnum { name: String, base: String },
        /// A discriminator that may be absent.
        "discriminator-optional" DiscriminatorOptional { name: String, base: String },
        /// A discriminator with a condition.
        "discriminator-conditional" DiscriminatorConditional { name: String, base: String },
        /// A union over an enum without values.
        "union-without-branches" NoBranches,
        /// A branch for a value that the discriminator's enum does not have.
        "branch-not-value" BranchNotValue { name: String, described: String, nearest: Option<String> },
        /// A branch or alternative of a type that is not allowed there.
        "branch-type" BranchType { branch: String, described: String },
        /// Alternatives that look alike on the wire.
        "alternate-conflict" AlternateConflict { second: String, first: String },
        /// Arguments of a type other than an object.
        "arguments-type" ArgumentsType { meta: &'static str, described: String },
        /// A union as arguments without `boxed`.
        "arguments-need-boxed" ArgumentsNeedBoxed { meta: &'static str, described: String },
        /// Arguments with conditions without `boxed`.
        "conditional-arguments" ConditionalArguments { meta: &'static str },
        /// A result to which members cannot be added later: neither an object nor a list of some.
        "returns-type" ReturnsType { described: String },
        /// A member, value or alternative without documentation.
        "undocumented-member" UndocumentedMember { described: String },
        /// A feature without documentation.
        "undocumented-feature" UndocumentedFeature { name: String },
        /// Documentation of members that do not exist.
        "documented-member" DocumentedMembers { names: Vec<String> },
        /// Documentation of features that do not exist.
        "documented-feature" DocumentedFeatures { names: Vec<String> },
        /// More features than generated C can number.
        "too-many-features" TooManyFeatures,
    }
}

impl SchemaError {
    /// Returns the likely fix, if there is one.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            SchemaError::UnknownType { nearest, .. }
            | SchemaError::UnknownDiscriminator { nearest, .. }
            | SchemaError::BranchNotValue { nearest, .. } => nearest.as_deref().map(did_you_mean),
            SchemaError::ArgumentsNeedBoxed { .. } | SchemaError::ConditionalArguments { .. } => {
                Some("define the arguments as a type and add 'boxed': true".to_owned())
            }
            SchemaError::ReturnsType { .. } => Some(
                "return a struct, or list the command in the pragma 'command-returns-exceptions'"
                    .to_owned(),
            ),
            SchemaError::UndocumentedMember { .. } => Some(
                "document it, or list the definition in the pragma 'documentation-exceptions'"
                    .to_owned(),
            ),
            SchemaError::UndocumentedFeature { name } => {
                Some(format!("add '@{name}: ...' under 'Features:' in the documentation"))
            }
            _ => None,
        }
    }
}

fn missing(f: &mut fmt::Formatter<'_>, what: &str, names: &[String]) -> fmt::Result {
    let does = if names.len() > 1 { "do" } else { "does" };
    write!(f, "documented {what}{} {} {does} not exist", plural(names.len()), quoted(names))
}

impl fmt::Display for SchemaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SchemaError::Redefined { name } => write!(f, "'{name}' is already defined"),
            SchemaError::BuiltinRedefined { described } => {
                write!(f, "{described} is already defined")
            }
            SchemaError::UnknownType { user, name, .. } => {
                write!(f, "{user} uses unknown type '{name}'")
            }
            SchemaError::ArrayOfArrays { described } => {
                write!(f, "{described} cannot be the element of an array")
            }
            SchemaError::Clash { second, first } => write!(f, "{second} collides with {first}"),
            SchemaError::SpecialFeature { name } => {
                write!(f, "feature '{name}' is not supported for types")
            }
            SchemaError::ContainsItself { name } => write!(f, "object {name} contains itself"),
            SchemaError::TooDeep { name } => write!(f, "object {name} is nested too deeply"),
            SchemaError::TooManyMembers { name } => {
                write!(
                    f,
                    "with {name} the types have too many inherited members and left-out branches"
                )
            }
            SchemaError::BaseNotStruct { described } => {
                write!(f, "'base' requires a struct type, {described} isn't")
            }
            SchemaError::UnknownDiscriminator { name, .. } => {
                write!(f, "discriminator '{name}' is not a member of 'base'")
            }
            SchemaError::DiscriminatorNotEnum { name, base } => {
                write!(f, "discriminator member '{name}' of {base} must be of enum type")
            }
            SchemaError::DiscriminatorOptional { name, base } => {
                write!(f, "discriminator member '{name}' of {base} must not be optional")
            }
            SchemaError::DiscriminatorConditional { name, base } => {
                write!(f, "discriminator member '{name}' of {base} must not be conditional")
            }
            SchemaError::NoBranches => f.write_str("union has no branches"),
            SchemaError::BranchNotValue { name, described, .. } => {
                write!(f, "branch '{name}' is not a value of {described}")
            }
            SchemaError::BranchType { branch, described } => {
                write!(f, "{branch} cannot use {described}")
            }
            SchemaError::AlternateConflict { second, first } => {
                write!(f, "{second} can't be distinguished from '{first}'")
            }
            SchemaError::ArgumentsType { meta, described } => {
                write!(f, "{meta}'s 'data' cannot take {described}")
            }
            SchemaError::ArgumentsNeedBoxed { meta, described } => {
                write!(f, "{meta}'s 'data' can take {described} only with 'boxed': true")
            }
            SchemaError::ConditionalArguments { meta } => {
                write!(f, "conditional {meta} arguments require 'boxed': true")
            }
            SchemaError::ReturnsType { described } => {
                write!(f, "command's 'returns' cannot take {described}")
            }
            SchemaError::UndocumentedMember { described } => {
                write!(f, "{described} lacks documentation")
            }
            SchemaError::UndocumentedFeature { name } => {
                write!(f, "feature '{name}' lacks documentation")
            }
            SchemaError::DocumentedMembers { names } => missing(f, "member", names),
            SchemaError::DocumentedFeatures { names } => missing(f, "feature", names),
            SchemaError::TooManyFeatures => {
                f.write_str("Maximum of 64 schema features is permitted")
            }
        }
    }
}
