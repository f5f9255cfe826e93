//! Builds the finished schema from checked definitions.

use std::collections::HashMap;

use super::Schema;
use super::check::{Checker, Entities};
use super::declaration::{EntityId, Step};
use super::declare::Declarations;
use super::report::Reporter;
use super::source_definition::SourceDefinition;
use super::types::*;
use crate::ast::{self, Item};
use crate::diagnostic::Diagnostics;
use crate::doc::DocBlock;
use crate::rules::Rules;
use crate::source::{FileId, SourceMap};

/// The name of the module of built-in definitions.
const BUILTIN_MODULE: &str = "./builtin";

/// Builds the schema of the definitions in `file`. Adds findings to `diagnostics`; returns the
/// sources if one of them is an error.
pub(crate) fn build(
    sources: SourceMap,
    mut file: ast::File,
    rules: &Rules,
    diagnostics: &mut Diagnostics,
) -> Result<Schema, SourceMap> {
    let docs = take_docs(&mut file);
    match check(&sources, &file, &docs.blocks, &docs.of_items, rules, diagnostics) {
        Some((modules, Entities { types, commands, events })) => {
            Ok(Schema { sources, modules, types, commands, events, docs: docs.blocks })
        }
        None => Err(sources),
    }
}

/// The documentation of a schema.
struct Docs {
    blocks: Vec<DocBlock>,
    /// The block of each item that has one.
    of_items: Vec<Option<DocId>>,
}

/// Moves the documentation out of the items.
fn take_docs(file: &mut ast::File) -> Docs {
    let mut blocks = Vec::new();
    let mut of_items = Vec::with_capacity(file.items.len());
    for mut item in std::mem::take(&mut file.items) {
        let doc = match item {
            Item::Definition(ref mut definition) => definition.doc.take(),
            Item::Include(_) => None,
            Item::FreeForm(doc) => {
                blocks.push(doc);
                continue;
            }
        };
        of_items.push(doc.map(|doc| {
            blocks.push(doc);
            DocId::new(blocks.len() - 1)
        }));
        file.items.push(item);
    }
    Docs { blocks, of_items }
}

fn check(
    sources: &SourceMap,
    file: &ast::File,
    docs: &[DocBlock],
    doc_of_items: &[Option<DocId>],
    rules: &Rules,
    diagnostics: &mut Diagnostics,
) -> Option<(Vec<Module>, Entities)> {
    let module_ids: HashMap<FileId, ModuleId> = sources
        .files()
        .enumerate()
        .map(|(index, (file, _))| (file, ModuleId::new(index + 1)))
        .collect();
    let module_names: HashMap<&str, ModuleId> =
        sources.files().map(|(id, file)| (file.module(), module_ids[&id])).collect();
    let mut declarations = Declarations::with_builtins();
    let mut definitions = Vec::with_capacity(file.items.len());
    let mut reporter = Reporter::new(sources, diagnostics, rules.style);
    for (item, &doc) in file.items.iter().zip(doc_of_items) {
        match item {
            Item::Include(module) => {
                let to = module_names.get(module.text.as_str());
                let from = module_ids.get(&module.span.file);
                if let (Some(&from), Some(&to)) = (from, to) {
                    declarations.steps.push(Step::Include { from, to });
                }
            }
            Item::Definition(ast) => {
                let source = SourceDefinition { ast, doc };
                declarations.define(source, &mut reporter);
                definitions.push(source);
            }
            Item::FreeForm(_) => {}
        }
    }
    if reporter.errors() > 0 {
        return None;
    }
    let checked =
        Checker::new(&declarations, &module_ids, docs, rules, reporter).check(&definitions)?;
    let mut modules = vec![Module { name: BUILTIN_MODULE.to_owned(), entities: Vec::new() }];
    modules.extend(
        sources
            .files()
            .map(|(_, file)| Module { name: file.module().to_owned(), entities: Vec::new() }),
    );
    for step in &declarations.steps {
        let (module, entity) = match *step {
            Step::Include { from, to } => (from, Entity::Include(to)),
            Step::Entity(EntityId::Type(id)) => (module_of(&checked.types, id), Entity::Type(id)),
            Step::Entity(EntityId::Command(id)) => {
                (checked.commands[id.index()].definition.module, Entity::Command(id))
            }
            Step::Entity(EntityId::Event(id)) => {
                (checked.events[id.index()].definition.module, Entity::Event(id))
            }
        };
        modules[module.index()].entities.push(entity);
    }
    Some((modules, checked))
}

/// Returns the module of a type; that of its element for an array.
fn module_of(types: &[Type], id: TypeId) -> ModuleId {
    let ty = match &types[id.index()] {
        Type::Array(array) => &types[array.element.index()],
        ty => ty,
    };
    ty.definition().map_or(ModuleId::new(0), |definition| definition.module)
}
