//! Alternates: their alternatives must differ in JSON type.

use std::collections::HashMap;

use super::Checker;
use crate::ast;
use crate::schema::declaration::TypeDeclaration;
use crate::schema::error::SchemaError;
use crate::schema::fold::folded;
use crate::schema::source_definition::SourceDefinition;
use crate::schema::types::*;

/// The kinds of JSON values that an alternate can tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum JsonType {
    Null,
    Number,
    String,
    Bool,
    Array,
    Object,
}

impl<'a> Checker<'a> {
    pub(super) fn alternate(
        &mut self,
        source: SourceDefinition<'a>,
        alternatives: &'a [ast::Branch],
    ) -> Option<Type> {
        let errors = self.reporter.errors();
        self.check_type_features(source);
        let types: Vec<Option<TypeId>> = alternatives
            .iter()
            .map(|alternative| {
                self.resolve_ref(&alternative.ty, source, |_| {
                    format!("branch '{}'", alternative.name.text)
                })
            })
            .collect();
        let mut names = HashMap::new();
        let mut taken: HashMap<JsonType, &ast::Branch> = HashMap::new();
        let mut checked = Vec::with_capacity(alternatives.len());
        for (alternative, ty) in alternatives.iter().zip(types) {
            let branch = format!("branch '{}'", alternative.name.text);
            if let Some(first) =
                names.insert(folded(&alternative.name.text), &alternative.name.text)
            {
                let error = SchemaError::Clash {
                    second: branch.clone(),
                    first: format!("branch '{first}'"),
                };
                self.reporter.error(source, alternative.name.span, error);
            }
            let Some(ty) = ty else { continue };
            let kinds = self.json(ty);
            if kinds.is_empty() {
                let described = self.declarations.describe(ty);
                let error = SchemaError::BranchType { branch, described };
                self.reporter.error(source, alternative.ty.name.span, error);
                continue;
            }
            if let Some(first) = kinds.iter().find_map(|kind| taken.get(kind)) {
                let error = SchemaError::AlternateConflict {
                    second: branch,
                    first: first.name.text.clone(),
                };
                let label = (first.name.span, "the other branch");
                self.reporter.error_with_label(source, alternative.name.span, error, label);
            }
            taken.extend(kinds.into_iter().map(|kind| (kind, alternative)));
            checked.push(Branch {
                name: alternative.name.text.clone(),
                ty,
                cond: alternative.cond.clone(),
                doc: self.member_doc(source, &alternative.name.text),
                span: Some(alternative.name.span),
                implicit: false,
            });
        }
        (self.reporter.errors() == errors).then(|| {
            Type::Alternate(AlternateType {
                definition: self.defined(source),
                alternatives: checked,
            })
        })
    }

    /// Returns the JSON types that a value of the type could be taken for; none if it may be any.
    /// A string conflicts with numbers and booleans, which QEMU's command line does not quote.
    fn json(&self, id: TypeId) -> Vec<JsonType> {
        match self.declarations.ty(id) {
            TypeDeclaration::Builtin(builtin) => match builtin {
                Builtin::Str => vec![JsonType::String, JsonType::Number, JsonType::Bool],
                Builtin::Bool => vec![JsonType::Bool],
                Builtin::Null => vec![JsonType::Null],
                Builtin::Any => Vec::new(),
                Builtin::Number
                | Builtin::Int
                | Builtin::Int8
                | Builtin::Int16
                | Builtin::Int32
                | Builtin::Int64
                | Builtin::Uint8
                | Builtin::Uint16
                | Builtin::Uint32
                | Builtin::Uint64
                | Builtin::Size => vec![JsonType::Number],
            },
            TypeDeclaration::Enum { values, .. } => {
                let mut kinds = vec![JsonType::String];
                if values.iter().any(|value| matches!(value.name.text.as_str(), "on" | "off")) {
                    kinds.push(JsonType::Bool);
                }
                let numeric = |c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.');
                if values.iter().any(|value| value.name.text.starts_with(numeric)) {
                    kinds.push(JsonType::Number);
                }
                kinds
            }
            TypeDeclaration::QType => vec![JsonType::String],
            TypeDeclaration::Array { .. } => vec![JsonType::Array],
            TypeDeclaration::Object(_) => vec![JsonType::Object],
            TypeDeclaration::Alternate { .. } => Vec::new(),
        }
    }
}
