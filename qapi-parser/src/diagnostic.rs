//! Findings about a schema.

use std::fmt;

use crate::place::Place;
use crate::source::Span;

/// The class of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Severity {
    /// Style only: the schema is accepted. Reported on request.
    Style,
    /// The schema is refused.
    Error,
}

/// `style` or `error`.
impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Severity::Style => "style",
            Severity::Error => "error",
        })
    }
}

/// Limits the findings kept of one place, style and errors apart, so that style does not hide
/// errors.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quota {
    style: usize,
    errors: usize,
}

impl Quota {
    /// Allows `most` findings of each class; none of style unless `style` is to be checked.
    pub(crate) fn new(most: usize, style: bool) -> Quota {
        Quota { style: if style { most } else { 0 }, errors: most }
    }

    /// Counts one more finding and returns true, or false if the quota is used up.
    pub(crate) fn take(&mut self, severity: Severity) -> bool {
        let left = match severity {
            Severity::Style => &mut self.style,
            Severity::Error => &mut self.errors,
        };
        let fits = *left > 0;
        *left -= usize::from(fits);
        fits
    }
}

/// One finding as plain data, which [`render`](crate::render::render) prints.
///
/// Programs that check a schema further report their own findings alike:
///
/// ```
/// use qapi_parser::diagnostic::{Diagnostic, Diagnostics};
/// use qapi_parser::render::{MessageFormat, render};
/// use qapi_parser::{Options, parse_text};
///
/// let text = "{ 'command': 'fetch-it' }";
/// let schema = parse_text("book.json", text, Options::new())?.schema;
/// let mut diagnostics = Diagnostics::default();
/// for definition in schema.commands().iter().map(|command| &command.definition) {
///     if let Some(span) = definition.span.filter(|_| definition.name.contains('-')) {
///         let message = format!("command '{}' has a hyphen", definition.name);
///         diagnostics.push(Diagnostic::error("hyphen", span, message).with_hint("choose a verb"));
///     }
/// }
/// let text = render(&diagnostics, schema.sources(), MessageFormat::Short);
/// assert_eq!(text, "book.json:1:1: error: command 'fetch-it' has a hyphen\n");
/// # Ok::<(), qapi_parser::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Diagnostic {
    /// Its severity.
    pub severity: Severity,
    /// A stable identifier in kebab case, such as `unknown-type`.
    pub code: &'static str,
    /// One sentence without a full stop, in QEMU's words where QEMU reports the same.
    pub message: String,
    /// The place; none if no file could be read.
    pub span: Option<Span>,
    /// The entity it is in, such as `command 'migrate'`, shown as `In command 'migrate':`.
    pub context: Option<String>,
    /// Related places, each with a note.
    pub labels: Vec<(Span, String)>,
    /// Suggested fixes.
    pub hints: Vec<String>,
}

impl Diagnostic {
    /// Makes an error without a place in a file.
    #[must_use]
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

    /// Makes an error at a place.
    #[must_use]
    pub fn error(code: &'static str, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic { span: Some(span), ..Diagnostic::without_place(code, message) }
    }

    /// Makes a style finding at a place.
    #[must_use]
    pub fn style(code: &'static str, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic { severity: Severity::Style, ..Diagnostic::error(code, span, message) }
    }

    /// Moves the finding to the line on which QEMU reports it.
    pub(crate) fn placed(mut self, place: Place) -> Diagnostic {
        self.span = Some(place.span);
        self.labels.extend(place.labels);
        self
    }

    /// Adds the entity it is in.
    #[must_use]
    pub fn in_context(mut self, context: impl Into<String>) -> Diagnostic {
        self.context = Some(context.into());
        self
    }

    /// Adds a related place.
    #[must_use]
    pub fn with_label(mut self, span: Span, text: impl Into<String>) -> Diagnostic {
        self.labels.push((span, text.into()));
        self
    }

    /// Adds a suggested fix.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Diagnostic {
        self.hints.push(hint.into());
        self
    }
}

/// Findings in the order of discovery.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
}

impl Diagnostics {
    /// Adds a finding.
    pub fn push(&mut self, diagnostic: impl Into<Diagnostic>) {
        self.list.push(diagnostic.into());
    }

    /// Returns true if one of them is an error.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// Returns true if there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Returns their number.
    #[must_use]
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Iterates over them in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.list.iter()
    }

    /// Turns style findings into errors.
    pub fn deny_warnings(&mut self) {
        for diagnostic in &mut self.list {
            diagnostic.severity = Severity::Error;
        }
    }
}

impl FromIterator<Diagnostic> for Diagnostics {
    fn from_iter<I: IntoIterator<Item = Diagnostic>>(diagnostics: I) -> Self {
        Diagnostics { list: diagnostics.into_iter().collect() }
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
