//! What is wrong with a schema, said to people and to programs.

use crate::place::Place;
use crate::source::Span;

/// How bad a diagnostic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Style only: the schema means what it says.
    Warning,
    /// No schema is made.
    Error,
}

/// How many findings are kept of one place, errors and warnings each by themselves: matters of style must not hide what is wrong.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Room {
    warnings: usize,
    errors: usize,
}

impl Room {
    pub(crate) fn for_each(most: usize) -> Room {
        Room { warnings: most, errors: most }
    }

    /// Whether there is room for one more, which takes it.
    pub(crate) fn take(&mut self, severity: Severity) -> bool {
        let left = match severity {
            Severity::Warning => &mut self.warnings,
            Severity::Error => &mut self.errors,
        };
        let fits = *left > 0;
        *left -= usize::from(fits);
        fits
    }
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

impl Diagnostic {
    /// An error that is in no file.
    pub fn without_place(code: &'static str, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            severity: Severity::Error,
            code,
            message: message.into(),
            span: None,
            context: None,
            labels: Vec::new(),
            hints: Vec::new(),
        }
    }

    /// An error at a place.
    pub fn error(code: &'static str, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic { span: Some(span), ..Diagnostic::without_place(code, message) }
    }

    /// A warning at a place.
    pub fn warning(code: &'static str, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(code, span, message) }
    }

    /// The same on the line where the reference reports it.
    pub(crate) fn placed(mut self, place: Place) -> Diagnostic {
        self.span = Some(place.span);
        self.labels.extend(place.labels);
        self
    }

    /// The same with the entity it is in.
    pub fn in_context(mut self, context: impl Into<String>) -> Diagnostic {
        self.context = Some(context.into());
        self
    }

    /// The same with another place.
    pub fn with_label(mut self, span: Span, text: impl Into<String>) -> Diagnostic {
        self.labels.push((span, text.into()));
        self
    }

    /// The same with a way to mend it.
    pub fn with_hint(mut self, hint: impl Into<String>) -> Diagnostic {
        self.hints.push(hint.into());
        self
    }
}

/// Findings in the order in which they were made.
#[derive(Debug, Clone, Default)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
}

impl Diagnostics {
    /// Adds a finding.
    pub fn push(&mut self, diagnostic: impl Into<Diagnostic>) {
        self.list.push(diagnostic.into());
    }

    /// Whether one of them is an error.
    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Each in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.list.iter()
    }

    /// Turns every warning into an error.
    pub fn deny_warnings(&mut self) {
        for diagnostic in &mut self.list {
            diagnostic.severity = Severity::Error;
        }
    }
}

impl Extend<Diagnostic> for Diagnostics {
    fn extend<I: IntoIterator<Item = Diagnostic>>(&mut self, diagnostics: I) {
        self.list.extend(diagnostics);
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.into_iter()
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.iter()
    }
}
