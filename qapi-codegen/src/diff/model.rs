//! An interface as a client sees it: commands, events, and the types that they use.

use std::collections::{BTreeMap, BTreeSet};

use qapi_parser::schema::Builtin;

use super::change::Place;

/// The interface of a server, read from a schema or from a `query-qmp-schema` reply.
#[derive(Debug)]
pub struct Interface {
    pub(super) commands: BTreeMap<String, Command>,
    pub(super) events: BTreeMap<String, Event>,
    pub(super) types: Vec<TypeInfo>,
}

impl Interface {
    pub(super) fn shape(&self, ty: TypeIndex) -> &Shape {
        &self.types[ty].shape
    }

    /// Returns true for an object type without members, such as that of a branch without data.
    pub(super) fn is_empty_object(&self, ty: TypeIndex) -> bool {
        matches!(self.shape(ty), Shape::Object(object) if object.members.is_empty())
    }
}

/// The place of a type in [`Interface::types`].
pub(super) type TypeIndex = usize;

/// The names of features.
pub(super) type Features = BTreeSet<String>;

#[derive(Debug)]
pub(super) struct Command {
    pub(super) arguments: TypeIndex,
    pub(super) returns: TypeIndex,
    pub(super) allow_oob: bool,
    pub(super) features: Features,
    pub(super) place: Option<Place>,
}

#[derive(Debug)]
pub(super) struct Event {
    pub(super) data: TypeIndex,
    pub(super) features: Features,
    pub(super) place: Option<Place>,
}

#[derive(Debug)]
pub(super) struct TypeInfo {
    /// None for implicit, masked and built-in types.
    pub(super) name: Option<String>,
    pub(super) shape: Shape,
    pub(super) features: Features,
    pub(super) place: Option<Place>,
}

#[derive(Debug)]
pub(super) enum Shape {
    Scalar(Scalar),
    Array(TypeIndex),
    Enum(BTreeMap<String, EnumValue>),
    Object(Object),
    Alternate(Vec<Alternative>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scalar {
    String,
    /// With its type in the schema, which replies do not tell.
    Integer(Option<Builtin>),
    Number,
    Boolean,
    Null,
    Any,
}

#[derive(Debug)]
pub(super) struct EnumValue {
    pub(super) features: Features,
    pub(super) place: Option<Place>,
}

#[derive(Debug, Default)]
pub(super) struct Object {
    pub(super) members: BTreeMap<String, Member>,
    pub(super) tag: Option<String>,
    pub(super) branches: BTreeMap<String, Branch>,
}

#[derive(Debug)]
pub(super) struct Member {
    pub(super) ty: TypeIndex,
    pub(super) optional: bool,
    pub(super) features: Features,
    pub(super) place: Option<Place>,
}

#[derive(Debug)]
pub(super) struct Branch {
    pub(super) ty: TypeIndex,
    pub(super) place: Option<Place>,
}

#[derive(Debug)]
pub(super) struct Alternative {
    pub(super) ty: TypeIndex,
    pub(super) place: Option<Place>,
}

/// Returns the name of a type that has one of its own: QAPI reserves `q_` for implicit types, and
/// masked names are numbers.
pub(super) fn own_name(name: &str) -> Option<String> {
    let is_own = !name.starts_with("q_") && !name.starts_with(|first: char| first.is_ascii_digit());
    is_own.then(|| name.to_owned())
}
