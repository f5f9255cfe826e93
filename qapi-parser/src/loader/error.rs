//! Errors of directives, of files, and of documentation without its definition.

use std::fmt;

use crate::codes::coded_errors;
use crate::pragma;
use crate::suggest::nearest;
use crate::words::{did_you_mean, quoted};

coded_errors! {
    /// An error in loading the files of a schema.
    #[derive(Debug)]
    pub(crate) enum LoadErrorKind {
        /// A schema's first file cannot be read.
        "unreadable-schema" UnreadableSchema { path: String, reason: String },
        /// An included file cannot be read.
        "unreadable-include" UnreadableInclude { path: String, reason: String },
        /// A file that is not UTF-8.
        "not-utf-8" NotUtf8,
        /// A file that includes itself or one of those that led to it.
        "inclusion-loop" InclusionLoop { name: String },
        /// A directive with other keys beside its own.
        "invalid-directive" InvalidDirective { directive: &'static str },
        /// An `include` of something other than a string.
        "include-not-string" IncludeNotString,
        /// A `pragma` with something other than an object.
        "pragma-not-object" PragmaNotObject,
        /// An unknown pragma.
        "unknown-pragma" UnknownPragma { name: String },
        /// A pragma whose value must be true or false.
        "pragma-not-boolean" PragmaNotBool { name: String },
        /// A pragma whose value must be a list of names.
        "pragma-not-strings" PragmaNotStrings { name: String },
        /// Definition documentation before something else.
        "doc-without-definition" DocWithoutDefinition { symbol: String },
        /// Free-form documentation directly before a definition.
        "doc-without-symbol" DocWithoutSymbol,
    }
}

impl fmt::Display for LoadErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use LoadErrorKind::*;
        match self {
            UnreadableSchema { path, reason } => {
                write!(f, "can't read schema file '{path}': {reason}")
            }
            UnreadableInclude { path, reason } => {
                write!(f, "can't read include file '{path}': {reason}")
            }
            NotUtf8 => f.write_str("file is not valid UTF-8"),
            InclusionLoop { name } => write!(f, "inclusion loop for {name}"),
            InvalidDirective { directive } => write!(f, "invalid '{directive}' directive"),
            IncludeNotString => f.write_str("value of 'include' must be a string"),
            PragmaNotObject => f.write_str("value of 'pragma' must be an object"),
            UnknownPragma { name } => write!(f, "unknown pragma '{name}'"),
            PragmaNotBool { name } => write!(f, "pragma '{name}' must be boolean"),
            PragmaNotStrings { name } => write!(f, "pragma {name} must be a list of strings"),
            DocWithoutDefinition { symbol } => {
                write!(f, "documentation for '{symbol}' is not followed by the definition")
            }
            DocWithoutSymbol => f.write_str("definition documentation required"),
        }
    }
}

impl LoadErrorKind {
    /// Returns a suggested fix.
    pub(super) fn hint(&self) -> Option<String> {
        use LoadErrorKind::*;
        Some(match self {
            InvalidDirective { directive } => {
                format!("'{directive}' must be the object's only key")
            }
            UnknownPragma { name } => match nearest(name, pragma::NAMES) {
                Some(other) => did_you_mean(other),
                None => format!("known are {}", quoted(&pragma::NAMES)),
            },
            DocWithoutSymbol => {
                "start the comment with '# @NAME:', NAME being that of the definition".to_owned()
            }
            _ => return None,
        })
    }
}
