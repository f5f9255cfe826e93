//! Errors of options.

use std::fmt;

use qapi_parser::coded_errors;
use qapi_parser::diagnostic::Diagnostic;

coded_errors! {
    /// A fault in an option's name or value.
    #[derive(Debug, Clone, PartialEq, Eq)]
    #[non_exhaustive]
    pub enum OptionError {
        /// No option has this name.
        "unknown-option" Unknown { option: String, known: Vec<&'static str>, nearest: Option<&'static str> },
        /// A value that the option does not take.
        "invalid-option" Invalid { option: &'static str, value: String, expected: &'static str },
        /// Two options that exclude each other.
        "conflicting-options" Conflict { option: &'static str, other: &'static str },
        /// A pattern that matches no `kind`, or none that is generated.
        "unmatched-pattern" Unmatched {
            option: &'static str,
            pattern: String,
            kind: &'static str,
            is_in_schema: bool,
            nearest: Option<String>,
        },
    }
}

impl OptionError {
    pub(crate) fn invalid(option: &'static str, value: &str, expected: &'static str) -> Self {
        OptionError::Invalid { option, value: value.to_owned(), expected }
    }

    /// Returns the name of the option.
    pub fn option(&self) -> &str {
        match self {
            OptionError::Unknown { option, .. } => option,
            OptionError::Invalid { option, .. }
            | OptionError::Conflict { option, .. }
            | OptionError::Unmatched { option, .. } => option,
        }
    }

    /// Returns the value or pattern at fault, unless the option is at fault with every value.
    pub fn value(&self) -> Option<&str> {
        match self {
            OptionError::Unknown { .. } | OptionError::Conflict { .. } => None,
            OptionError::Invalid { value, .. } => Some(value),
            OptionError::Unmatched { pattern, .. } => Some(pattern),
        }
    }

    /// Returns a suggested fix.
    pub fn hint(&self) -> Option<String> {
        let nearest = match self {
            OptionError::Unknown { nearest, .. } => (*nearest)?,
            OptionError::Unmatched { nearest, .. } => nearest.as_deref()?,
            OptionError::Invalid { .. } | OptionError::Conflict { .. } => return None,
        };
        Some(format!("did you mean '{nearest}'?"))
    }
}

impl fmt::Display for OptionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OptionError::Unknown { option, known, .. } => {
                write!(f, "unknown option '{option}'; expected one of {}", known.join(", "))
            }
            OptionError::Invalid { option, value, expected } => {
                write!(f, "option '{option}' takes {expected}, not '{value}'")
            }
            OptionError::Conflict { option, other } => {
                write!(f, "option '{option}' cannot be combined with '{other}'")
            }
            OptionError::Unmatched { option, pattern, is_in_schema: true, .. } => {
                write!(f, "option '{option}': '{pattern}' matches nothing that is generated")
            }
            OptionError::Unmatched { option, pattern, kind, .. } => {
                write!(f, "option '{option}': '{pattern}' matches no {kind}")
            }
        }
    }
}

impl std::error::Error for OptionError {}

impl From<&OptionError> for Diagnostic {
    fn from(error: &OptionError) -> Diagnostic {
        let diagnostic = Diagnostic::without_place(error.code(), error.to_string());
        match error.hint() {
            Some(hint) => diagnostic.with_hint(hint),
            None => diagnostic,
        }
    }
}
