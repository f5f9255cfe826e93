//! The rules between definitions. Checks every declaration in QEMU's order and converts it to its
//! finished form.

mod alternate;
mod command;
mod doc_index;
mod docs;
mod features;
mod object;
mod union;

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;

use super::declaration::{EntityId, Q_TYPE_VALUES, Step, TypeDeclaration};
use super::declare::Declarations;
use super::error::SchemaError;
use super::fold::folded;
use super::report::Reporter;
use super::source_definition::SourceDefinition;
use super::types::*;
use crate::ast;
use crate::diagnostic::Severity;
use crate::expr::DefinitionKind;
use crate::expression::Text;
use crate::rules::Rules;
use crate::source::{FileId, Span};
use crate::suggest;
use doc_index::DocIndex;

/// Maximum nesting of unions in branches of unions. Bases count as part of their type. Python's
/// recursion limit ends QEMU's check at 493.
const MAX_NESTED_UNIONS: usize = 500;

/// Maximum number of inherited members and filled-in branches of all types together: a small file
/// could demand more than memory holds. A chain of as many bases as QEMU takes, with two members
/// in each, has 971,210.
const MAX_EXPANDED: usize = 1_000_000;

/// Maximum number of names compared for suggestions; later errors get none.
const MAX_COMPARED: usize = 250_000;

/// The built-in types by their names in other languages.
const OTHER_WORDS: [(&str, &str); 5] = [
    ("string", "str"),
    ("boolean", "bool"),
    ("integer", "int"),
    ("float", "number"),
    ("double", "number"),
];

/// The label at the other place of a clash.
const FIRST: &str = "first written here";

/// The progress of a type's check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CheckState {
    Pending,
    InProgress,
    Failed,
    Sound,
}

/// The name of a member and the type whose definition has it.
type OwnedName<'a> = (&'a Text, TypeId);

/// The names that a check has seen, folded.
type Seen<'a> = HashMap<Cow<'a, str>, OwnedName<'a>>;

/// Every entity in its finished form.
pub(super) struct Entities {
    pub(super) types: Vec<Type>,
    pub(super) commands: Vec<Command>,
    pub(super) events: Vec<Event>,
}

pub(super) struct Checker<'a> {
    declarations: &'a Declarations<'a>,
    modules: &'a HashMap<FileId, ModuleId>,
    docs: Vec<DocIndex<'a>>,
    rules: &'a Rules<'a>,
    reporter: Reporter<'a>,
    states: Vec<CheckState>,
    /// The finished form of the sound ones.
    types: Vec<Option<Type>>,
    /// Of checked object types: how deep unions nest in them.
    nested_unions: Vec<usize>,
    /// The number of calls of `object` within each other.
    recursion: usize,
    /// The number of members and branches beyond those written.
    expanded: usize,
    /// The number of names compared for proposals.
    compared: Cell<usize>,
    /// Of checked object types: their members, those of the base first, without those of branches.
    own: HashMap<TypeId, Rc<[OwnedName<'a>]>>,
    /// Of checked object types: all members, those of branches too.
    reachable: HashMap<TypeId, Rc<[OwnedName<'a>]>>,
    commands: Vec<Command>,
    events: Vec<Event>,
    /// Errors in documentation, which QEMU reports after all others.
    late: Vec<(Span, SchemaError, Severity)>,
}

impl<'a> Checker<'a> {
    pub(super) fn new(
        declarations: &'a Declarations<'a>,
        modules: &'a HashMap<FileId, ModuleId>,
        docs: &'a [crate::doc::DocBlock],
        rules: &'a Rules<'a>,
        reporter: Reporter<'a>,
    ) -> Self {
        let count = declarations.types.len();
        Checker {
            declarations,
            modules,
            docs: docs.iter().map(DocIndex::new).collect(),
            rules,
            reporter,
            states: vec![CheckState::Pending; count],
            types: std::iter::repeat_with(|| None).take(count).collect(),
            nested_unions: vec![0; count],
            recursion: 0,
            expanded: 0,
            compared: Cell::new(0),
            own: HashMap::new(),
            reachable: HashMap::new(),
            commands: Vec::with_capacity(declarations.commands.len()),
            events: Vec::with_capacity(declarations.events.len()),
            late: Vec::new(),
        }
    }

    /// Checks everything. Returns `None` if there is an error.
    pub(super) fn check(mut self, definitions: &[SourceDefinition<'a>]) -> Option<Entities> {
        for step in &self.declarations.steps {
            if let Step::Entity(entity) = *step {
                let sound = match entity {
                    EntityId::Type(id) => self.ty(id),
                    EntityId::Command(id) => self.command(id),
                    EntityId::Event(id) => self.event(id),
                };
                if sound {
                    self.check_docs(entity);
                }
            }
        }
        for (span, error, severity) in std::mem::take(&mut self.late) {
            self.reporter.documentation(span, error, severity);
        }
        self.check_number_of_features(definitions);
        if self.reporter.errors() > 0 {
            return None;
        }
        let types = self.types.into_iter().collect::<Option<Vec<Type>>>()?;
        Some(Entities { types, commands: self.commands, events: self.events })
    }

    /// Checks a type unless another type's check has done so. Returns true if it is sound.
    fn ty(&mut self, id: TypeId) -> bool {
        let declarations = self.declarations;
        let checked = match declarations.ty(id) {
            TypeDeclaration::Object(_) => return self.object(id),
            TypeDeclaration::Builtin(builtin) => Some(Type::Builtin(*builtin)),
            TypeDeclaration::QType => Some(Type::Enum(q_type())),
            TypeDeclaration::Enum { source, prefix, values } => {
                self.enum_(*source, *prefix, values)
            }
            TypeDeclaration::Array { name, element, source, written } => {
                self.array(name, element, *source, *written)
            }
            TypeDeclaration::Alternate { source, alternatives } => {
                self.alternate(*source, alternatives)
            }
        };
        self.finish(id, checked)
    }

    /// Keeps the outcome of a type's check.
    fn finish(&mut self, id: TypeId, checked: Option<Type>) -> bool {
        let sound = checked.is_some();
        self.states[id.index()] = if sound { CheckState::Sound } else { CheckState::Failed };
        self.types[id.index()] = checked;
        sound
    }

    fn enum_(
        &mut self,
        source: SourceDefinition<'a>,
        prefix: Option<&Text>,
        values: &'a [ast::EnumValue],
    ) -> Option<Type> {
        let errors = self.reporter.errors();
        self.check_type_features(source);
        let mut seen = HashMap::with_capacity(values.len());
        for value in values {
            if let Some(first) = seen.insert(folded(&value.name.text), value) {
                let error = SchemaError::Clash {
                    second: format!("value '{}'", value.name.text),
                    first: format!("value '{}'", first.name.text),
                };
                self.reporter.error_with_label(
                    source,
                    value.name.span,
                    error,
                    (first.name.span, FIRST),
                );
            }
        }
        (self.reporter.errors() == errors).then(|| {
            Type::Enum(EnumType {
                definition: self.defined(source),
                prefix: prefix.map(|prefix| prefix.text.clone()),
                values: values
                    .iter()
                    .map(|value| EnumValue {
                        name: value.name.text.clone(),
                        cond: value.cond.clone(),
                        features: self.features(&value.features, source),
                        doc: self.member_doc(source, &value.name.text),
                        span: Some(value.name.span),
                    })
                    .collect(),
            })
        })
    }

    fn array(
        &mut self,
        name: &str,
        element: &str,
        source: Option<SourceDefinition<'a>>,
        written: Option<&Text>,
    ) -> Option<Type> {
        let id = match (source, written) {
            (Some(source), Some(written)) => {
                let id = self.resolve(written, source, || {
                    DefinitionKind::of(&source.ast.kind).key().to_owned()
                })?;
                if matches!(self.declarations.ty(id), TypeDeclaration::Array { .. }) {
                    let described = self.declarations.describe(id);
                    self.reporter.error(
                        source,
                        written.span,
                        SchemaError::ArrayOfArrays { described },
                    );
                    return None;
                }
                id
            }
            _ => self.declarations.type_named(element)?,
        };
        Some(Type::Array(ArrayType { name: name.to_owned(), element: id }))
    }

    /// Finds the type called `name`. If there is none, reports `user`, which refers to it.
    fn resolve(
        &mut self,
        name: &Text,
        source: SourceDefinition<'a>,
        user: impl FnOnce() -> String,
    ) -> Option<TypeId> {
        let found = self.declarations.type_named(&name.text);
        if found.is_none() {
            let nearest = self.nearest_type(&name.text);
            let error = SchemaError::UnknownType { user: user(), name: name.text.clone(), nearest };
            self.reporter.error(source, name.span, error);
        }
        found
    }

    /// Returns the type that `name` most likely stands for.
    fn nearest_type(&self, name: &str) -> Option<String> {
        let builtin =
            |word: &str| OTHER_WORDS.iter().find(|(other, _)| *other == word).map(|(_, ty)| *ty);
        let words = OTHER_WORDS.iter().map(|(word, _)| *word);
        let proposal = match builtin(name) {
            Some(ty) => ty.to_owned(),
            None => self.nearest(name, self.declarations.type_names().chain(words))?,
        };
        Some(builtin(&proposal).map_or(proposal, str::to_owned))
    }

    /// Returns the candidate that `name` most likely stands for.
    fn nearest<'n>(&self, name: &str, candidates: impl Iterator<Item = &'n str>) -> Option<String> {
        if self.compared.get() >= MAX_COMPARED {
            return None;
        }
        let counted = candidates.inspect(|_| self.compared.update(|count| count + 1));
        suggest::nearest(name, counted).map(str::to_owned)
    }

    /// Counts inherited members or implicit branches. Returns false if there are too many.
    fn expand(&mut self, count: usize, source: SourceDefinition<'a>) -> bool {
        self.expanded += count;
        if self.expanded <= MAX_EXPANDED {
            return true;
        }
        if self.expanded - count <= MAX_EXPANDED {
            let name = source.ast.name.text.clone();
            self.reporter.error(source, source.ast.name.span, SchemaError::TooManyMembers { name });
        }
        false
    }

    /// Returns the properties of a definition itself.
    fn defined(&self, source: SourceDefinition<'a>) -> Definition {
        Definition {
            features: self.features(&source.ast.features, source),
            doc: source.doc,
            implied: source.ast.implied_by.is_some(),
            ..self.implied(source, &source.ast.name.text)
        }
    }

    /// Returns the properties of a type that a definition implies.
    fn implied(&self, source: SourceDefinition<'a>, name: &str) -> Definition {
        Definition {
            name: name.to_owned(),
            span: Some(source.ast.span),
            module: self.modules[&source.ast.span.file],
            cond: source.ast.cond.clone(),
            features: Vec::new(),
            doc: None,
            implied: true,
        }
    }

    /// Reports that two members become the same in generated code. `span` brings in the second.
    fn member_clash(
        &mut self,
        span: Span,
        second: OwnedName<'a>,
        first: OwnedName<'a>,
        source: SourceDefinition<'a>,
    ) {
        let error = SchemaError::Clash {
            second: self.describe_member(second, source),
            first: self.describe_member(first, source),
        };
        self.reporter.error_with_label(source, span, error, (first.0.span, FIRST));
    }

    /// Describes a member as QEMU does in a message about the definition `source`.
    fn describe_member(&self, (name, owner): OwnedName, source: SourceDefinition) -> String {
        let name = &name.text;
        let object = self.declarations.object(owner);
        let (role, meta) = match object.map(|object| object.origin) {
            Some(ObjectOrigin::Arguments) => ("parameter", "command"),
            Some(ObjectOrigin::Base) => ("base member", "type"),
            _ => ("member", "type"),
        };
        match object.and_then(|object| object.source) {
            Some(definer) if definer.ast.name.text != source.ast.name.text => {
                format!("{role} '{name}' of {meta} '{}'", definer.ast.name.text)
            }
            _ => format!("{role} '{name}'"),
        }
    }

    /// Returns the checked object type; `None` before its check or if that failed.
    fn checked_object(&self, id: TypeId) -> Option<&ObjectType> {
        match &self.types[id.index()] {
            Some(Type::Object(object)) => Some(object),
            _ => None,
        }
    }
}

fn builtin_definition(name: &str) -> Definition {
    Definition {
        name: name.to_owned(),
        span: None,
        module: ModuleId::new(0),
        cond: None,
        features: Vec::new(),
        doc: None,
        implied: true,
    }
}

fn q_type() -> EnumType {
    let value = |name: &&str| EnumValue {
        name: (*name).to_owned(),
        cond: None,
        features: Vec::new(),
        doc: None,
        span: None,
    };
    EnumType {
        definition: builtin_definition("QType"),
        prefix: None,
        values: Q_TYPE_VALUES.iter().map(value).collect(),
    }
}
