//! The finished, immutable schema: every name resolved, every rule checked.

mod build;
mod check;
mod declaration;
mod declare;
pub(crate) mod error;
mod flags;
mod fold;
mod report;
mod source_definition;
mod types;

pub(crate) use build::build;
pub use flags::CommandFlags;
pub(crate) use flags::Flag;
pub use types::*;

use crate::doc::DocBlock;
use crate::source::SourceMap;

/// A checked schema: types, commands and events, each behind an id, and the modules that define
/// them.
///
/// ```
/// use qapi_parser::schema::Type;
/// use qapi_parser::{Options, parse_text};
///
/// let text = "
/// { 'enum': 'Side', 'data': [ 'left', 'right' ] }
/// { 'struct': 'Leaf', 'data': { 'weight': 'int' } }
/// { 'union': 'Place', 'base': { 'side': 'Side' }, 'discriminator': 'side',
///   'data': { 'right': 'Leaf' } }
/// ";
/// let schema = parse_text("places.json", text, Options::new())?.schema;
/// for (_, ty) in schema.types() {
///     match ty {
///         Type::Enum(ty) => println!("enum {}, {} values", ty.definition.name, ty.values.len()),
///         Type::Object(ty) => println!("object {}", ty.definition.name),
///         Type::Alternate(ty) => println!("alternate {}", ty.definition.name),
///         Type::Builtin(_) | Type::Array(_) => {}
///     }
/// }
/// let place = schema.object(schema.type_named("Place").unwrap());
/// let branches = &place.branches.as_ref().unwrap().branches;
/// let of_branch = |index: usize| schema.ty(branches[index].ty).name();
/// assert_eq!((of_branch(0), branches[0].implicit), ("Leaf", false));
/// assert_eq!((of_branch(1), branches[1].implicit), ("q_empty", true));
/// # Ok::<(), qapi_parser::Error>(())
/// ```
#[derive(Debug, Clone)]
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

    /// Returns the files it was read from.
    #[must_use]
    pub fn sources(&self) -> &SourceMap {
        &self.sources
    }

    /// Returns the modules: the built-in one, then a module for each file in the order of reading.
    #[must_use]
    pub fn modules(&self) -> &[Module] {
        &self.modules
    }

    /// Returns the module behind `id`.
    #[must_use]
    pub fn module(&self, id: ModuleId) -> &Module {
        &self.modules[id.index()]
    }

    /// Returns the type behind `id`.
    #[must_use]
    pub fn ty(&self, id: TypeId) -> &Type {
        &self.types[id.index()]
    }

    /// Returns all types, implicit and built-in ones too.
    #[must_use]
    pub fn types(&self) -> impl ExactSizeIterator<Item = (TypeId, &Type)> {
        self.types.iter().enumerate().map(|(index, ty)| (TypeId::new(index), ty))
    }

    /// Finds the type called `name`.
    #[must_use]
    pub fn type_named(&self, name: &str) -> Option<TypeId> {
        self.types().find(|(_, ty)| ty.name() == name).map(|(id, _)| id)
    }

    /// Returns the object type behind `id`.
    ///
    /// # Panics
    /// If `id` is of another kind of type.
    #[must_use]
    pub fn object(&self, id: TypeId) -> &ObjectType {
        match self.ty(id) {
            Type::Object(object) => object,
            other => panic!("type '{}' is no object type", other.name()),
        }
    }

    /// Returns all commands in the order of definition.
    #[must_use]
    pub fn commands(&self) -> &[Command] {
        &self.commands
    }

    /// Returns the command behind `id`.
    #[must_use]
    pub fn command(&self, id: CommandId) -> &Command {
        &self.commands[id.index()]
    }

    /// Returns all events in the order of definition.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// Returns the event behind `id`.
    #[must_use]
    pub fn event(&self, id: EventId) -> &Event {
        &self.events[id.index()]
    }

    /// Returns all documentation blocks in the order of reading, free-form ones too.
    #[must_use]
    pub fn docs(&self) -> &[DocBlock] {
        &self.docs
    }

    /// Returns the documentation block behind `id`.
    #[must_use]
    pub fn doc(&self, id: DocId) -> &DocBlock {
        &self.docs[id.index()]
    }
}
