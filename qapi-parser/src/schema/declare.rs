//! The names of a schema: the types, commands and events that definitions define or imply, in
//! QEMU's order.

use std::borrow::Cow;
use std::collections::HashMap;

use super::declaration::{
    Arguments, Base, CommandDeclaration, EntityId, EventDeclaration, ObjectDeclaration,
    Q_TYPE_VALUES, Step, TypeDeclaration, UnionDeclaration, Values,
};
use super::error::SchemaError;
use super::report::Reporter;
use super::source_definition::SourceDefinition;
use super::types::{Builtin, CommandId, EventId, ObjectOrigin, TypeId};
use crate::ast::{DefinitionBody, Member, Members, TypeRef};
use crate::expression::Text;

/// Every name of a schema.
#[derive(Debug, Default)]
pub(super) struct Declarations<'a> {
    pub(super) steps: Vec<Step>,
    pub(super) types: Vec<TypeDeclaration<'a>>,
    pub(super) commands: Vec<CommandDeclaration<'a>>,
    pub(super) events: Vec<EventDeclaration<'a>>,
    pub(super) names: HashMap<Cow<'a, str>, EntityId>,
}

impl<'a> Declarations<'a> {
    /// Returns the built-in types and their arrays.
    pub(super) fn with_builtins() -> Self {
        let mut names = Declarations::default();
        for builtin in Builtin::ALL {
            names.add_type(Cow::Borrowed(builtin.name()), TypeDeclaration::Builtin(builtin));
            names.array(Cow::Borrowed(builtin.name()), None, None);
        }
        let empty = ObjectDeclaration {
            name: Cow::Borrowed("q_empty"),
            source: None,
            origin: ObjectOrigin::Empty,
            base: Base::None,
            members: &[],
            union: None,
        };
        names.add_type(Cow::Borrowed("q_empty"), TypeDeclaration::Object(empty));
        names.add_type(Cow::Borrowed("QType"), TypeDeclaration::QType);
        names
    }

    /// Finds the type called `name`.
    pub(super) fn type_named(&self, name: &str) -> Option<TypeId> {
        match self.names.get(name) {
            Some(&EntityId::Type(id)) => Some(id),
            _ => None,
        }
    }

    /// Returns the names of types that a schema may refer to, for suggestions.
    pub(super) fn type_names(&self) -> impl Iterator<Item = &str> {
        self.types.iter().filter_map(|ty| match ty {
            TypeDeclaration::Builtin(builtin) => Some(builtin.name()),
            TypeDeclaration::Enum { source, .. } | TypeDeclaration::Alternate { source, .. } => {
                Some(source.ast.name.text.as_str())
            }
            TypeDeclaration::Object(ObjectDeclaration {
                origin: ObjectOrigin::Struct | ObjectOrigin::Union,
                source: Some(source),
                ..
            }) => Some(source.ast.name.text.as_str()),
            TypeDeclaration::QType | TypeDeclaration::Array { .. } | TypeDeclaration::Object(_) => {
                None
            }
        })
    }

    pub(super) fn ty(&self, id: TypeId) -> &TypeDeclaration<'a> {
        &self.types[id.index()]
    }

    pub(super) fn object(&self, id: TypeId) -> Option<&ObjectDeclaration<'a>> {
        match self.ty(id) {
            TypeDeclaration::Object(object) => Some(object),
            _ => None,
        }
    }

    /// Returns the values of an enum; `None` for other types.
    pub(super) fn values(&self, id: TypeId) -> Option<Values<'a>> {
        match *self.ty(id) {
            TypeDeclaration::Enum { values, .. } => Some(
                values
                    .iter()
                    .map(|value| (value.name.text.as_str(), value.cond.as_ref()))
                    .collect(),
            ),
            TypeDeclaration::QType => {
                Some(Q_TYPE_VALUES.iter().map(|name| (*name, None)).collect())
            }
            _ => None,
        }
    }

    /// Describes the type as QEMU's messages do.
    pub(super) fn describe(&self, id: TypeId) -> String {
        match self.ty(id) {
            TypeDeclaration::Builtin(builtin) => format!("built-in type '{}'", builtin.name()),
            TypeDeclaration::QType => "enum type 'QType'".to_owned(),
            TypeDeclaration::Enum { source, .. } => format!("enum type '{}'", source.ast.name.text),
            TypeDeclaration::Array { element, .. } => format!("array type ['{element}']"),
            TypeDeclaration::Object(object) => {
                let meta = if object.union.is_some() { "union" } else { "struct" };
                format!("{meta} type '{}'", object.name)
            }
            TypeDeclaration::Alternate { source, .. } => {
                format!("alternate type '{}'", source.ast.name.text)
            }
        }
    }

    fn add_type(&mut self, name: Cow<'a, str>, declaration: TypeDeclaration<'a>) -> TypeId {
        let id = TypeId::new(self.types.len());
        self.types.push(declaration);
        self.steps.push(Step::Entity(EntityId::Type(id)));
        self.names.insert(name, EntityId::Type(id));
        id
    }

    fn array(
        &mut self,
        element: Cow<'a, str>,
        source: Option<SourceDefinition<'a>>,
        written: Option<&'a Text>,
    ) {
        let name = format!("{element}List");
        if self.type_named(&name).is_none() {
            let declaration =
                TypeDeclaration::Array { name: name.clone(), element, source, written };
            self.add_type(Cow::Owned(name), declaration);
        }
    }

    fn array_of(&mut self, ty: &'a TypeRef, source: SourceDefinition<'a>) {
        if ty.array {
            self.array(Cow::Borrowed(&ty.name.text), Some(source), Some(&ty.name));
        }
    }

    fn arrays_of_members(&mut self, members: &'a [Member], source: SourceDefinition<'a>) {
        members.iter().for_each(|member| self.array_of(&member.ty, source));
    }

    /// Declares the type of inline members; `None` if there are no members.
    fn implicit(
        &mut self,
        members: &'a [Member],
        origin: ObjectOrigin,
        role: &str,
        source: SourceDefinition<'a>,
    ) -> Option<TypeId> {
        self.arrays_of_members(members, source);
        if members.is_empty() {
            return None;
        }
        let name = format!("q_obj_{}-{role}", source.ast.name.text);
        if let Some(id) = self.type_named(&name) {
            return Some(id);
        }
        let declaration = ObjectDeclaration {
            name: Cow::Owned(name.clone()),
            source: Some(source),
            origin,
            base: Base::None,
            members,
            union: None,
        };
        Some(self.add_type(Cow::Owned(name), TypeDeclaration::Object(declaration)))
    }

    fn arguments(
        &mut self,
        data: Option<&'a Members>,
        source: SourceDefinition<'a>,
    ) -> Arguments<'a> {
        match data {
            None => Arguments::None,
            Some(Members::Named(name)) => Arguments::Named(name),
            Some(Members::Inline(members)) => self
                .implicit(members, ObjectOrigin::Arguments, "arg", source)
                .map_or(Arguments::None, Arguments::Implicit),
        }
    }

    /// Adds a definition and the types it implies.
    pub(super) fn define(&mut self, source: SourceDefinition<'a>, reporter: &mut Reporter<'a>) {
        let name = Cow::Borrowed(source.ast.name.text.as_str());
        match &source.ast.kind {
            DefinitionBody::Enum { prefix, values } => {
                let prefix = prefix.as_ref();
                self.define_type(
                    name,
                    TypeDeclaration::Enum { source, prefix, values },
                    source,
                    reporter,
                );
            }
            DefinitionBody::Struct { base, members } => {
                self.arrays_of_members(members, source);
                let object = ObjectDeclaration {
                    name: name.clone(),
                    source: Some(source),
                    origin: ObjectOrigin::Struct,
                    base: base.as_ref().map_or(Base::None, Base::Named),
                    members,
                    union: None,
                };
                self.define_type(name, TypeDeclaration::Object(object), source, reporter);
            }
            DefinitionBody::Union { base, members, discriminator, branches } => {
                let base = match base {
                    None => Base::None,
                    Some(Members::Named(name)) => Base::Named(name),
                    Some(Members::Inline(members)) => self
                        .implicit(members, ObjectOrigin::Base, "base", source)
                        .map_or(Base::None, Base::Implicit),
                };
                let object = ObjectDeclaration {
                    name: name.clone(),
                    source: Some(source),
                    origin: ObjectOrigin::Union,
                    base,
                    members,
                    union: Some(UnionDeclaration { discriminator, branches }),
                };
                self.define_type(name, TypeDeclaration::Object(object), source, reporter);
            }
            DefinitionBody::Alternate { alternatives } => {
                alternatives.iter().for_each(|alternative| self.array_of(&alternative.ty, source));
                self.define_type(
                    name,
                    TypeDeclaration::Alternate { source, alternatives },
                    source,
                    reporter,
                );
            }
            DefinitionBody::Command(command) => {
                let arguments = self.arguments(command.arguments.as_ref(), source);
                if let Some(returns) = &command.returns {
                    self.array_of(returns, source);
                }
                if self.is_new(source, reporter) {
                    let id = CommandId::new(self.commands.len());
                    self.commands.push(CommandDeclaration { source, arguments, command });
                    self.add_name(name, EntityId::Command(id));
                }
            }
            DefinitionBody::Event { data, boxed } => {
                let data = self.arguments(data.as_ref(), source);
                if self.is_new(source, reporter) {
                    let id = EventId::new(self.events.len());
                    self.events.push(EventDeclaration { source, data, boxed: *boxed });
                    self.add_name(name, EntityId::Event(id));
                }
            }
        }
    }

    fn define_type(
        &mut self,
        name: Cow<'a, str>,
        declaration: TypeDeclaration<'a>,
        source: SourceDefinition<'a>,
        reporter: &mut Reporter<'a>,
    ) {
        if self.is_new(source, reporter) {
            self.add_type(name, declaration);
        }
    }

    fn add_name(&mut self, name: Cow<'a, str>, entity: EntityId) {
        self.steps.push(Step::Entity(entity));
        self.names.insert(name, entity);
    }

    /// Returns true if the definition's name is free, and reports an error otherwise.
    fn is_new(&self, source: SourceDefinition<'a>, reporter: &mut Reporter<'a>) -> bool {
        let name = &source.ast.name;
        let Some(&other) = self.names.get(name.text.as_str()) else { return true };
        match self.source(other) {
            Some(previous) => {
                let error = SchemaError::Redefined { name: name.text.clone() };
                let previous = (previous.ast.name.span, "previous definition");
                reporter.error_with_label(source, name.span, error, previous);
            }
            None => {
                let described = match other {
                    EntityId::Type(id) => self.describe(id),
                    EntityId::Command(_) | EntityId::Event(_) => format!("'{}'", name.text),
                };
                reporter.error(source, name.span, SchemaError::BuiltinRedefined { described });
            }
        }
        false
    }

    /// Returns the definition of an entity; `None` for built-in ones.
    pub(super) fn source(&self, entity: EntityId) -> Option<SourceDefinition<'a>> {
        match entity {
            EntityId::Command(id) => Some(self.commands[id.index()].source),
            EntityId::Event(id) => Some(self.events[id.index()].source),
            EntityId::Type(id) => match self.ty(id) {
                TypeDeclaration::Builtin(_) | TypeDeclaration::QType => None,
                TypeDeclaration::Enum { source, .. }
                | TypeDeclaration::Alternate { source, .. } => Some(*source),
                TypeDeclaration::Array { source, .. } => *source,
                TypeDeclaration::Object(object) => object.source,
            },
        }
    }
}
