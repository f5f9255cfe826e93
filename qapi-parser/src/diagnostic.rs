//! What is wrong with a schema, said to people and to programs.

use crate::source::Span;

/// How bad a diagnostic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Style only: the schema means what it says.
    Warning,
    /// No schema is made.
    Error,
}

/// One finding. Plain data: the stages' own error enums turn into it, `render` shows it.
#[derive(Debug, Clone)]
pub struct Diagnostic {
    /// Its severity.
    pub severity: Severity,
    /// A stable identifier in kebab case, such as `unknown-type`.
    pub code: &'static str,
    /// One sentence without a full stop, in the words of the reference where it has some.
    pub message: String,
    /// Where; none when no file could be read.
    pub span: Option<Span>,
    /// The entity it is in, such as `command 'migrate'`, shown as `In command 'migrate':`.
    pub context: Option<String>,
    /// Other places that matter, each with what it is.
    pub labels: Vec<(Span, String)>,
    /// How to mend it.
    pub hints: Vec<String>,
}
