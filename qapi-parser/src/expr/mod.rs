//! The checks of single definitions: [`Expression`] in, [`ast::Definition`] out.

mod alternate;
mod command;
mod cond;
mod doc;
mod enum_;
mod error;
mod event;
mod features;
mod keys;
mod kind;
mod members;
mod names;
mod struct_;
mod union;

pub(crate) use error::ExprError;
pub(crate) use kind::DefinitionKind;

use std::fmt;

use crate::ast;
use crate::diagnostic::{Diagnostic, Diagnostics, Quota, Severity};
use crate::expression::{Expression, Object, Text, Value};
use crate::legacy::OldForm;
use crate::place::Place;
use crate::rules::Rules;
use crate::source::{SourceMap, Span};

/// Maximum number of findings per definition.
pub(crate) const MAX_PER_DEFINITION: usize = 100;

/// The subject of a message. Becomes text only if there is a message.
#[derive(Debug, Clone, Copy)]
enum Subject<'a> {
    /// The definition: `struct`.
    Definition(DefinitionKind),
    /// The value of a key: `'data'`.
    Key(&'a str),
    /// An element of the value of a key: `'features' member`.
    Element(&'a str),
    /// A named element: `'data' member 'arg'`.
    Member(&'a str, &'a str),
    /// The condition of one of these.
    Cond(&'a Subject<'a>),
}

impl fmt::Display for Subject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Subject::Definition(meta) => f.write_str(meta.key()),
            Subject::Key(key) => write!(f, "'{key}'"),
            Subject::Element(key) => write!(f, "'{key}' member"),
            Subject::Member(key, name) => write!(f, "'{key}' member '{name}'"),
            Subject::Cond(subject) => write!(f, "'if' condition of {subject}"),
        }
    }
}

/// One definition under check.
struct DefinitionChecker<'a> {
    sources: &'a SourceMap,
    rules: &'a Rules<'a>,
    definition: Span,
    context: Option<String>,
    diagnostics: Vec<Diagnostic>,
    quota: Quota,
}

impl DefinitionChecker<'_> {
    /// Reports a problem with the text at `span`.
    fn error(&mut self, span: Span, error: ExprError) {
        let (sources, definition) = (self.sources, self.definition);
        let place = || Place::in_definition(sources, definition, span);
        self.report(place, self.context.clone(), error, Severity::Error);
    }

    /// Reports a problem with the documentation at `span`.
    fn doc_error(&mut self, span: Span, error: ExprError, severity: Severity) {
        self.report(|| Place::exact(span), None, error, severity);
    }

    /// Reports an old form at `span`.
    fn old_form(&mut self, span: Span, form: OldForm) {
        let place = Place::in_definition(self.sources, self.definition, span);
        self.old_form_at(place, self.context.clone(), form);
    }

    fn old_form_at(&mut self, place: Place, context: Option<String>, form: OldForm) {
        if self.quota.take(Severity::Style) {
            self.diagnostics.push(form.at(place, context));
        }
    }

    fn report(
        &mut self,
        place: impl FnOnce() -> Place,
        context: Option<String>,
        error: ExprError,
        severity: Severity,
    ) {
        if !self.quota.take(severity) {
            return;
        }
        let place = place();
        self.diagnostics.push(Diagnostic {
            severity,
            code: error.code(),
            message: error.to_string(),
            span: Some(place.span),
            context,
            labels: place.labels,
            hints: error.hints(),
        });
    }
}

/// Checks one top-level object. Adds findings to `diagnostics`; returns `None` if one of them is
/// an error.
pub(crate) fn check(
    expression: Expression,
    sources: &SourceMap,
    rules: &Rules,
    diagnostics: &mut Diagnostics,
) -> Option<ast::Definition> {
    let mut cx = DefinitionChecker {
        sources,
        rules,
        definition: expression.object.span,
        context: None,
        diagnostics: Vec::new(),
        quota: Quota::new(MAX_PER_DEFINITION, rules.style),
    };
    let definition = cx.definition(expression);
    let failed = cx.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
    diagnostics.extend(cx.diagnostics);
    definition.filter(|_| !failed)
}

impl DefinitionChecker<'_> {
    fn definition(&mut self, expression: Expression) -> Option<ast::Definition> {
        let Expression { object, doc } = expression;
        let (meta, name) = self.meta(&object)?;
        self.context = Some(format!("{} '{}'", meta.key(), name.text));
        self.check_definition_name(name, meta);
        self.check_doc(doc.as_ref(), &object, meta, name);
        let kind = match meta {
            DefinitionKind::Enum => self.enum_(&object, name),
            DefinitionKind::Struct => self.struct_(&object, name),
            DefinitionKind::Union => self.union(&object, name),
            DefinitionKind::Alternate => self.alternate(&object),
            DefinitionKind::Command => self.command(&object),
            DefinitionKind::Event => self.event(&object),
        };
        let cond = self.cond(&object, Subject::Definition(meta));
        let features = self.features(&object);
        self.check_flags(&object, meta);
        Some(ast::Definition {
            name: name.clone(),
            kind: kind?,
            cond,
            features,
            doc,
            span: object.span,
            implied_by: None,
        })
    }

    /// Returns the kind of the definition and its name.
    fn meta<'o>(&mut self, object: &'o Object) -> Option<(DefinitionKind, &'o Text)> {
        let mut found = object.members.iter().filter_map(|(key, value)| {
            let meta = DefinitionKind::ALL.into_iter().find(|meta| meta.key() == key.text)?;
            Some((meta, key, value))
        });
        let (meta, _, value) = match (found.next(), found.next()) {
            (Some(only), None) => only,
            (_, second) => {
                let keys = object.members.iter().map(|(key, _)| key.text.clone()).collect();
                let span = second.map_or(object.span, |(_, key, _)| key.span);
                self.error(span, ExprError::MetaType { keys });
                return None;
            }
        };
        Some((meta, self.name(value, Subject::Key(meta.key()))?))
    }

    /// Returns `value` if it is a name.
    fn name<'o>(&mut self, value: &'o Value, subject: Subject) -> Option<&'o Text> {
        match value {
            Value::String(name) => Some(name),
            other => {
                self.error(other.span(), ExprError::NameNotString { subject: subject.to_string() });
                None
            }
        }
    }
}
