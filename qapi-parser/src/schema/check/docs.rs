//! Compares documentation with definitions: each describes all of the other.

use std::collections::HashSet;

use super::Checker;
use crate::ast;
use crate::diagnostic::Severity;
use crate::doc::{DocMember, DocText};
use crate::expression::Text;
use crate::schema::declaration::{Arguments, Base, EntityId, TypeDeclaration};
use crate::schema::error::SchemaError;
use crate::schema::source_definition::SourceDefinition;
use crate::schema::types::{ObjectOrigin, TypeId};
use crate::source::Span;

/// A part of a definition that its documentation has to describe.
struct Part<'a> {
    role: &'static str,
    name: &'a Text,
    features: &'a [ast::Feature],
    /// False for the tag of a translated simple union, which the schema does not write.
    required: bool,
}

impl<'a> Checker<'a> {
    /// Returns the description of a member in the definition's documentation.
    pub(super) fn member_doc(&self, source: SourceDefinition<'a>, name: &str) -> Option<DocText> {
        Some(self.docs[source.doc?.index()].members.get(name)?.text.clone())
    }

    /// Returns the description of a feature in the definition's documentation.
    pub(super) fn feature_doc(&self, source: SourceDefinition<'a>, name: &str) -> Option<DocText> {
        Some(self.docs[source.doc?.index()].features.get(name)?.text.clone())
    }

    /// Checks the documentation of an otherwise sound entity.
    pub(super) fn check_docs(&mut self, entity: EntityId) {
        let Some((source, parts)) = self.parts(entity) else { return };
        let Some(doc) = source.doc else { return };
        let block = self.docs[doc.index()].block;
        let excepted = self.rules.undocumented.contains(source.ast.name.text.as_str());
        self.check_features_documented(doc.index(), &source.ast.features, source);
        for part in &parts {
            if part.required
                && !excepted
                && !self.docs[doc.index()].members.contains_key(part.name.text.as_str())
            {
                let described = format!("{} '{}'", part.role, part.name.text);
                let error = SchemaError::UndocumentedMember { described };
                let severity = self.rules.newer_documentation;
                self.reporter.undocumented(source, part.name.span, error, severity);
            }
            self.check_features_documented(doc.index(), part.features, source);
        }
        let members: HashSet<&str> = parts.iter().map(|part| part.name.text.as_str()).collect();
        let features =
            source.ast.features.iter().chain(parts.iter().flat_map(|part| part.features));
        let features: HashSet<&str> = features.map(|feature| feature.name.text.as_str()).collect();
        if let Some((span, names)) = surplus(&block.members, &members) {
            // Older schemas have `@name :`, which QEMU's parser of that time took for text.
            let text = names.iter().all(|name| name.contains(' '));
            let severity = if text { self.rules.newer_documentation } else { Severity::Error };
            self.late.push((span, SchemaError::DocumentedMembers { names }, severity));
        }
        if let Some((span, names)) = surplus(&block.features, &features) {
            self.late.push((span, SchemaError::DocumentedFeatures { names }, Severity::Error));
        }
    }

    fn check_features_documented(
        &mut self,
        doc: usize,
        features: &[ast::Feature],
        source: SourceDefinition<'a>,
    ) {
        for feature in features {
            if !self.docs[doc].features.contains_key(feature.name.text.as_str()) {
                let error = SchemaError::UndocumentedFeature { name: feature.name.text.clone() };
                self.reporter.undocumented(source, feature.name.span, error, Severity::Error);
            }
        }
    }

    /// Returns the parts that an entity's documentation has to describe, in QEMU's order. Returns
    /// `None` for entities without documentation of their own.
    fn parts(&self, entity: EntityId) -> Option<(SourceDefinition<'a>, Vec<Part<'a>>)> {
        let declarations = self.declarations;
        let source = declarations.source(entity)?;
        let parts = match entity {
            EntityId::Command(id) => {
                self.argument_parts(declarations.commands[id.index()].arguments)
            }
            EntityId::Event(id) => self.argument_parts(declarations.events[id.index()].data),
            EntityId::Type(id) => match declarations.ty(id) {
                TypeDeclaration::Builtin(_)
                | TypeDeclaration::QType
                | TypeDeclaration::Array { .. } => {
                    return None;
                }
                TypeDeclaration::Enum { values, .. } => values
                    .iter()
                    .map(|value| Part {
                        role: "value",
                        name: &value.name,
                        features: &value.features,
                        required: true,
                    })
                    .collect(),
                TypeDeclaration::Alternate { alternatives, .. } => alternatives
                    .iter()
                    .map(|branch| Part {
                        role: "branch",
                        name: &branch.name,
                        features: &[],
                        required: true,
                    })
                    .collect(),
                TypeDeclaration::Object(object) => match object.origin {
                    ObjectOrigin::Base | ObjectOrigin::Arguments | ObjectOrigin::Empty => {
                        return None;
                    }
                    ObjectOrigin::Struct | ObjectOrigin::Union => match object.base {
                        Base::Implicit(base) => self.member_parts(base),
                        Base::None | Base::Named(_) => self.member_parts(id),
                    },
                },
            },
        };
        Some((source, parts))
    }

    fn argument_parts(&self, arguments: Arguments<'a>) -> Vec<Part<'a>> {
        match arguments {
            Arguments::Implicit(id) => self.member_parts(id),
            Arguments::None | Arguments::Named(_) => Vec::new(),
        }
    }

    fn member_parts(&self, id: TypeId) -> Vec<Part<'a>> {
        let Some(object) = self.declarations.object(id) else { return Vec::new() };
        let part = |member: &'a ast::Member| Part {
            role: "member",
            name: &member.name,
            features: &member.features,
            required: object.union.is_none(),
        };
        object.members.iter().map(part).collect()
    }
}

/// Returns the entries that describe nothing, with the place of the first.
fn surplus(entries: &[DocMember], known: &HashSet<&str>) -> Option<(Span, Vec<String>)> {
    let mut surplus =
        entries.iter().filter(|entry| !known.contains(entry.name.text.as_str())).peekable();
    let span = surplus.peek()?.name.span;
    Some((span, surplus.map(|entry| entry.name.text.clone()).collect()))
}
