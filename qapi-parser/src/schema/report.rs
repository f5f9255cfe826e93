//! Reports the findings of a schema's checks.

use super::error::SchemaError;
use super::source_definition::SourceDefinition;
use crate::ast::Definition;
use crate::diagnostic::{Diagnostic, Diagnostics, Quota, Severity};
use crate::expr::{DefinitionKind, MAX_PER_DEFINITION};
use crate::place::Place;
use crate::source::{SourceMap, Span};

/// Collects the findings of a stage.
pub(super) struct Reporter<'a> {
    sources: &'a SourceMap,
    diagnostics: &'a mut Diagnostics,
    /// Reports style findings.
    style: bool,
    errors: usize,
    /// The definition of the last finding, and its quota.
    current: Option<(Span, Quota)>,
}

impl<'a> Reporter<'a> {
    pub(super) fn new(
        sources: &'a SourceMap,
        diagnostics: &'a mut Diagnostics,
        style: bool,
    ) -> Self {
        Reporter { sources, diagnostics, style, errors: 0, current: None }
    }

    /// Returns the number of errors so far.
    pub(super) fn errors(&self) -> usize {
        self.errors
    }

    /// Reports an error at `span`, which lies in the definition.
    pub(super) fn error(&mut self, source: SourceDefinition, span: Span, error: SchemaError) {
        self.push(source, span, error, Severity::Error, None);
    }

    /// Reports an error with a second place.
    pub(super) fn error_with_label(
        &mut self,
        source: SourceDefinition,
        span: Span,
        error: SchemaError,
        label: (Span, &str),
    ) {
        self.push(source, span, error, Severity::Error, Some(label));
    }

    /// Reports a part of a definition that lacks documentation.
    pub(super) fn undocumented(
        &mut self,
        source: SourceDefinition,
        span: Span,
        error: SchemaError,
        severity: Severity,
    ) {
        self.push(source, span, error, severity, None);
    }

    /// Reports a fault of the documentation itself.
    pub(super) fn documentation(&mut self, span: Span, error: SchemaError, severity: Severity) {
        if severity == Severity::Style && !self.style {
            return;
        }
        self.errors += usize::from(severity == Severity::Error);
        let diagnostic = Diagnostic::error(error.code(), span, error.to_string());
        self.diagnostics.push(Diagnostic { severity, ..diagnostic });
    }

    fn push(
        &mut self,
        source: SourceDefinition,
        span: Span,
        error: SchemaError,
        severity: Severity,
        label: Option<(Span, &str)>,
    ) {
        self.errors += usize::from(severity == Severity::Error);
        let definition = source.ast.span;
        if self.current.is_none_or(|(span, _)| span != definition) {
            self.current = Some((definition, Quota::new(MAX_PER_DEFINITION, self.style)));
        }
        if !self.current.as_mut().is_some_and(|(_, quota)| quota.take(severity)) {
            return;
        }
        let mut diagnostic = Diagnostic::error(error.code(), span, error.to_string())
            .placed(Place::in_definition(self.sources, definition, span))
            .in_context(context(source.ast));
        diagnostic.severity = severity;
        if let Some((span, text)) = label {
            diagnostic = diagnostic.with_label(span, text);
        }
        if let Some(hint) = error.hint() {
            diagnostic = diagnostic.with_hint(hint);
        }
        self.diagnostics.push(diagnostic);
    }
}

/// Describes the definition in the schema's text: for an implied type, the union that implies it.
fn context(definition: &Definition) -> String {
    match &definition.implied_by {
        Some(union) => format!("union '{union}'"),
        None => {
            format!("{} '{}'", DefinitionKind::of(&definition.kind).key(), definition.name.text)
        }
    }
}
