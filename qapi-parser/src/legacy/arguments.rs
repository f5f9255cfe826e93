//! Descriptions of arguments and values that a definition does not have itself.
//!
//! QEMU 4.1 and earlier did not check them for enums, nor for commands and events without arguments
//! or with those of a named type. They become text.

use std::collections::HashSet;

use super::OldForm;
use crate::ast::{Command, Definition, DefinitionBody, Members};
use crate::doc::{DocMember, DocSection, DocText, SectionKind};
use crate::source::Span;

/// Translates the documentation of `definition`; returns each description with its place.
pub(crate) fn translate(definition: &mut Definition) -> Vec<(Span, OldForm)> {
    let values = match &definition.kind {
        DefinitionBody::Enum { values, .. } => values.as_slice(),
        DefinitionBody::Command(Command { arguments: data, .. })
        | DefinitionBody::Event { data, .. } => match data {
            Some(Members::Inline(members)) if !members.is_empty() => return Vec::new(),
            _ => &[],
        },
        _ => return Vec::new(),
    };
    let Some(doc) = &mut definition.doc else { return Vec::new() };
    let known: HashSet<&str> = values.iter().map(|value| value.name.text.as_str()).collect();
    let (own, other): (Vec<_>, Vec<_>) = std::mem::take(&mut doc.members)
        .into_iter()
        .partition(|member| known.contains(member.name.text.as_str()));
    doc.members = own;
    let form = |member: &DocMember| OldForm::Argument { name: member.name.text.clone() };
    let forms = other.iter().map(|member| (member.name.span, form(member))).collect();
    doc.sections.splice(0..0, other.into_iter().map(text));
    forms
}

/// Returns a description as text.
fn text(DocMember { name, text }: DocMember) -> DocSection {
    let span = name.span.to(text.span);
    let text = DocText { text: format!("@{}: {}", name.text, text.text), span };
    DocSection { kind: SectionKind::Plain, text, span: name.span }
}
