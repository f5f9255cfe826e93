//! Errors of definitions that cannot become Rust under the options given.

use std::fmt;

use qapi_parser::coded_errors;
use qapi_parser::diagnostic::Diagnostic;
use qapi_parser::source::Span;

coded_errors! {
    /// A definition that cannot become Rust.
    #[derive(Debug)]
    pub enum DefinitionError {
        /// A type that something uses although its condition does not hold.
        "absent-type" AbsentType { name: String },
        /// A definition to expand that is not generated.
        "no-such-definition" NoSuchDefinition { name: String, nearest: Option<String> },
        /// Two names that become the same identifier.
        "name-collision" NameCollision { first: String, second: String, ident: String },
        /// An enum with more values than rustc compiles in acceptable time.
        "too-many-values" TooManyValues { name: String, count: usize, limit: usize },
    }
}

impl DefinitionError {
    /// Converts to a finding at `span`.
    pub(crate) fn at(&self, span: Option<Span>) -> Diagnostic {
        let mut diagnostic = Diagnostic::without_place(self.code(), self.to_string());
        diagnostic.span = span;
        match self.hint() {
            Some(hint) => diagnostic.with_hint(hint),
            None => diagnostic,
        }
    }

    /// Returns a suggested fix.
    fn hint(&self) -> Option<String> {
        match self {
            DefinitionError::AbsentType { .. } => {
                Some("define the symbols that its 'if' requires".to_owned())
            }
            DefinitionError::NoSuchDefinition { nearest, .. } => {
                nearest.as_ref().map(|nearest| format!("did you mean '{nearest}'?"))
            }
            DefinitionError::NameCollision { .. } => {
                Some("rename one of them with the option 'rename'".to_owned())
            }
            DefinitionError::TooManyValues { .. } => None,
        }
    }
}

impl fmt::Display for DefinitionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DefinitionError::AbsentType { name } => {
                write!(f, "type '{name}' is used but excluded by the given conditions")
            }
            DefinitionError::NoSuchDefinition { name, .. } => {
                write!(f, "no generated type, command or event is called '{name}'")
            }
            DefinitionError::NameCollision { first, second, ident } => {
                write!(f, "{second} and {first} would both be called `{ident}` in Rust")
            }
            DefinitionError::TooManyValues { name, count, limit } => {
                write!(
                    f,
                    "enum '{name}' has {count} values; the limit of generated code is {limit}"
                )
            }
        }
    }
}
