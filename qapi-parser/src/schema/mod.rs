//! The finished, immutable schema: every name resolved, every rule checked.

mod build;
mod check;
mod declare;
mod error;
mod fold;
mod report;
mod types;

pub(crate) use build::build;
pub use error::SchemaError;
pub use types::*;

use crate::doc::DocBlock;
use crate::source::SourceMap;

/// A checked schema.
#[derive(Debug)]
pub struct Schema {
    pub(crate) sources: SourceMap,
    pub(crate) modules: Vec<Module>,
    pub(crate) types: Vec<Type>,
    pub(crate) commands: Vec<Command>,
    pub(crate) events: Vec<Event>,
    pub(crate) docs: Vec<DocBlock>,
}

impl Schema {
    pub(crate) fn into_sources(self) -> SourceMap {
        self.sources
    }

    /// The files it was read from.
    pub fn sources(&self) -> &SourceMap {
        &self.sources
    }

    /// The modules: the built-in one first, then a module for each file in the order of reading.
    pub fn modules(&self) -> &[Module] {
        &self.modules
    }

    /// The module behind `id`.
    pub fn module(&self, id: ModuleId) -> &Module {
        &self.modules[id.index()]
    }

    /// The type behind `id`.
    pub fn ty(&self, id: TypeId) -> &Type {
        &self.types[id.index()]
    }

    /// All types, implicit and built-in ones too.
    pub fn types(&self) -> impl ExactSizeIterator<Item = (TypeId, &Type)> {
        self.types.iter().enumerate().map(|(index, ty)| (TypeId::new(index), ty))
    }

    /// The type called `name`.
    pub fn type_named(&self, name: &str) -> Option<TypeId> {
        self.types().find(|(_, ty)| ty.name() == name).map(|(id, _)| id)
    }

    /// The object type behind `id`.
    ///
    /// # Panics
    /// Where `id` is of another kind of type.
    pub fn object(&self, id: TypeId) -> &ObjectType {
        match self.ty(id) {
            Type::Object(object) => object,
            other => panic!("type '{}' is no object type", other.name()),
        }
    }

    /// All commands in the order of definition.
    pub fn commands(&self) -> &[Command] {
        &self.commands
    }

    /// The command behind `id`.
    pub fn command(&self, id: CommandId) -> &Command {
        &self.commands[id.index()]
    }

    /// All events in the order of definition.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// The event behind `id`.
    pub fn event(&self, id: EventId) -> &Event {
        &self.events[id.index()]
    }

    /// All documentation blocks in the order of reading, free-form ones too.
    pub fn docs(&self) -> &[DocBlock] {
        &self.docs
    }

    /// The documentation block behind `id`.
    pub fn doc(&self, id: DocId) -> &DocBlock {
        &self.docs[id.index()]
    }
}
