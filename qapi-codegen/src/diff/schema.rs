//! The interface that a checked schema describes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use qapi_parser::cond::IfCond;
use qapi_parser::schema::{self, Builtin, ObjectType, Schema, Type, TypeId};
use qapi_parser::source::{FileId, Span};

use super::change::Place;
use super::model::{
    Alternative, Branch, Command, EnumValue, Event, Features, Interface, Member, Object, Scalar,
    Shape, TypeIndex, TypeInfo, own_name,
};

impl Interface {
    /// Returns the interface of `schema` with exactly `symbols` defined, or with every condition
    /// true.
    pub fn from_schema(schema: &Schema, symbols: Option<&BTreeSet<String>>) -> Interface {
        let files = schema.sources().files();
        let files = files.map(|(id, file)| (id, file.path().display().to_string().into()));
        let reader = SchemaReader { schema, symbols, files: files.collect() };
        let mut types = vec![reader.type_info(None, Shape::Object(Object::default()))];
        types.extend(schema.types().map(|(_, ty)| reader.ty(ty)));
        Interface { commands: reader.commands(), events: reader.events(), types }
    }
}

/// The type of arguments, replies and event data that a schema does not give.
const EMPTY: TypeIndex = 0;

fn index(id: TypeId) -> TypeIndex {
    id.index() + 1
}

struct SchemaReader<'a> {
    schema: &'a Schema,
    symbols: Option<&'a BTreeSet<String>>,
    files: BTreeMap<FileId, Arc<str>>,
}

impl SchemaReader<'_> {
    fn commands(&self) -> BTreeMap<String, Command> {
        let present = |command: &&schema::Command| self.holds(command.definition.cond.as_ref());
        let command = |command: &schema::Command| {
            let definition = &command.definition;
            let entry = Command {
                arguments: command.arguments.map_or(EMPTY, index),
                returns: command.returns.map_or(EMPTY, index),
                allow_oob: command.flags.allow_oob,
                features: self.features(&definition.features),
                place: self.place(definition.span),
            };
            (definition.name.clone(), entry)
        };
        self.schema.commands().iter().filter(present).map(command).collect()
    }

    fn events(&self) -> BTreeMap<String, Event> {
        let present = |event: &&schema::Event| self.holds(event.definition.cond.as_ref());
        let event = |event: &schema::Event| {
            let definition = &event.definition;
            let entry = Event {
                data: event.data.map_or(EMPTY, index),
                features: self.features(&definition.features),
                place: self.place(definition.span),
            };
            (definition.name.clone(), entry)
        };
        self.schema.events().iter().filter(present).map(event).collect()
    }

    fn ty(&self, ty: &Type) -> TypeInfo {
        let shape = match ty {
            Type::Builtin(builtin) => Shape::Scalar(scalar(*builtin)),
            Type::Array(array) => Shape::Array(index(array.element)),
            Type::Enum(ty) => {
                let values = ty.values.iter().filter(|value| self.holds(value.cond.as_ref()));
                let values = values.map(|value| {
                    let features = self.features(&value.features);
                    (value.name.clone(), EnumValue { features, place: self.place(value.span) })
                });
                Shape::Enum(values.collect())
            }
            Type::Object(ty) => Shape::Object(self.object(ty)),
            Type::Alternate(ty) => {
                let present = ty.alternatives.iter().filter(|one| self.holds(one.cond.as_ref()));
                let alternatives = present
                    .map(|one| Alternative { ty: index(one.ty), place: self.place(one.span) });
                Shape::Alternate(alternatives.collect())
            }
        };
        self.type_info(ty.definition(), shape)
    }

    fn type_info(&self, definition: Option<&schema::Definition>, shape: Shape) -> TypeInfo {
        TypeInfo {
            name: definition.and_then(|definition| own_name(&definition.name)),
            shape,
            features: definition.map_or_else(Features::new, |one| self.features(&one.features)),
            place: definition.and_then(|definition| self.place(definition.span)),
        }
    }

    fn object(&self, ty: &ObjectType) -> Object {
        let members = ty.members.iter().filter(|member| self.holds(member.cond.as_ref()));
        let members = members.map(|member| {
            let entry = Member {
                ty: index(member.ty),
                optional: member.optional,
                features: self.features(&member.features),
                place: self.place(member.span),
            };
            (member.name.clone(), entry)
        });
        let branches = ty.branches.iter().flat_map(|branches| &branches.branches);
        let branches = branches.filter(|branch| self.holds(branch.cond.as_ref()));
        let branches = branches.map(|branch| {
            let entry = Branch { ty: index(branch.ty), place: self.place(branch.span) };
            (branch.name.clone(), entry)
        });
        Object {
            members: members.collect(),
            tag: ty.branches.as_ref().map(|branches| ty.members[branches.tag].name.clone()),
            branches: branches.collect(),
        }
    }

    fn features(&self, features: &[schema::Feature]) -> Features {
        let present = features.iter().filter(|feature| self.holds(feature.cond.as_ref()));
        present.map(|feature| feature.name.clone()).collect()
    }

    fn holds(&self, cond: Option<&IfCond>) -> bool {
        match (cond, self.symbols) {
            (Some(cond), Some(symbols)) => cond.holds(&|symbol| symbols.contains(symbol)),
            _ => true,
        }
    }

    fn place(&self, span: Option<Span>) -> Option<Place> {
        let span = span?;
        let line = self.schema.sources().position(span.file, span.start).line;
        Some(Place::Line { file: Arc::clone(&self.files[&span.file]), line })
    }
}

fn scalar(builtin: Builtin) -> Scalar {
    match builtin {
        Builtin::Str => Scalar::String,
        Builtin::Number => Scalar::Number,
        Builtin::Bool => Scalar::Boolean,
        Builtin::Any => Scalar::Any,
        Builtin::Null => Scalar::Null,
        integer => Scalar::Integer(Some(integer)),
    }
}
