//! Checks of a definition's documentation that need no other definition.

use super::{DefinitionChecker, DefinitionKind, ExprError};
use crate::diagnostic::Severity;
use crate::doc::{DocBlock, SectionKind};
use crate::expression::{Object, Text};
use crate::legacy::OldForm;
use crate::place::Place;

impl DefinitionChecker<'_> {
    pub(super) fn check_doc(
        &mut self,
        doc: Option<&DocBlock>,
        object: &Object,
        meta: DefinitionKind,
        name: &Text,
    ) {
        let Some(doc) = doc else {
            if self.rules.doc_required {
                self.error(name.span, ExprError::DocRequired { name: name.text.clone() });
            }
            return;
        };
        if let Some(symbol) = doc.symbol.as_ref().filter(|symbol| symbol.text != name.text) {
            self.error(
                name.span,
                ExprError::DocSymbol { symbol: symbol.text.clone(), name: name.text.clone() },
            );
            return;
        }
        let section = |kind| doc.sections.iter().find(|section| section.kind == kind);
        if meta == DefinitionKind::Command {
            if let Some(returns) = section(SectionKind::Returns)
                && object.get("returns").is_none()
            {
                self.old_form_at(Place::exact(returns.span), None, OldForm::ReturnsNothing);
            }
            return;
        }
        for (kind, tag) in [(SectionKind::Returns, "Returns"), (SectionKind::Errors, "Errors")] {
            if let Some(section) = section(kind) {
                self.doc_error(section.span, ExprError::SectionOfCommands { tag }, Severity::Error);
            }
        }
    }
}
