//! Entities and types of a [`Schema`](super::Schema).

use std::fmt;
use std::str::FromStr;

use super::flags::CommandFlags;
use crate::cond::IfCond;
use crate::doc::DocText;
use crate::source::Span;
use crate::unknown_name::UnknownName;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u32);

        impl $name {
            pub(crate) fn new(index: usize) -> Self {
                Self(index as u32)
            }

            /// Returns its place in the schema's list, from 0.
            #[must_use]
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

id!(
    /// A type of a schema.
    TypeId
);
id!(
    /// A command of a schema.
    CommandId
);
id!(
    /// An event of a schema.
    EventId
);
id!(
    /// A module of a schema.
    ModuleId
);
id!(
    /// A documentation block of a schema.
    DocId
);

/// A schema file, or the built-in module `./builtin`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Module {
    /// The path relative to the root file's folder, as QEMU prints it.
    pub name: String,
    /// The entities it defines, in QEMU's order.
    pub entities: Vec<Entity>,
}

/// Something a module holds.
///
/// Exhaustive like [`Type`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entity {
    /// An `include` directive, with the module included.
    Include(ModuleId),
    /// A type.
    Type(TypeId),
    /// A command.
    Command(CommandId),
    /// An event.
    Event(EventId),
}

/// The properties of all entities.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Definition {
    /// The name; implicit types have QEMU's names, such as `q_obj_migrate-arg`.
    pub name: String,
    /// The definition; that of the first user for implicit types; none for built-in ones.
    pub span: Option<Span>,
    /// The module of its definition.
    pub module: ModuleId,
    /// The condition it exists under.
    pub cond: Option<IfCond>,
    /// Its features.
    pub features: Vec<Feature>,
    /// Its documentation.
    pub doc: Option<DocId>,
    /// True for a type that the schema does not write: implicit or built-in.
    pub implied: bool,
}

/// A type.
///
/// Exhaustive: a generator has to handle every kind of type, and the language has not gained one
/// since alternates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    /// A built-in scalar or `any`.
    Builtin(Builtin),
    /// An enum.
    Enum(EnumType),
    /// A list.
    Array(ArrayType),
    /// A struct, a union, or an implicit object type.
    Object(ObjectType),
    /// An alternate.
    Alternate(AlternateType),
}

impl Type {
    /// Returns the name by which QEMU knows the type, such as `strList`.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Type::Builtin(builtin) => builtin.name(),
            Type::Enum(ty) => &ty.definition.name,
            Type::Array(ty) => &ty.name,
            Type::Object(ty) => &ty.definition.name,
            Type::Alternate(ty) => &ty.definition.name,
        }
    }

    /// Returns its properties as an entity; none for built-in scalars and lists.
    #[must_use]
    pub fn definition(&self) -> Option<&Definition> {
        match self {
            Type::Builtin(_) | Type::Array(_) => None,
            Type::Enum(ty) => Some(&ty.definition),
            Type::Object(ty) => Some(&ty.definition),
            Type::Alternate(ty) => Some(&ty.definition),
        }
    }
}

/// The built-in scalar types and `any`.
///
/// Exhaustive like [`Type`].
///
/// ```
/// use qapi_parser::schema::Builtin;
///
/// assert_eq!("uint8".parse(), Ok(Builtin::Uint8));
/// assert_eq!(Builtin::Uint8.to_string(), "uint8");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // each is its name in the language
pub enum Builtin {
    Str,
    Number,
    Int,
    Int8,
    Int16,
    Int32,
    Int64,
    Uint8,
    Uint16,
    Uint32,
    Uint64,
    Size,
    Bool,
    Any,
    Null,
}

impl Builtin {
    /// All of them in QEMU's order.
    pub const ALL: [Builtin; 15] = [
        Builtin::Str,
        Builtin::Number,
        Builtin::Int,
        Builtin::Int8,
        Builtin::Int16,
        Builtin::Int32,
        Builtin::Int64,
        Builtin::Uint8,
        Builtin::Uint16,
        Builtin::Uint32,
        Builtin::Uint64,
        Builtin::Size,
        Builtin::Bool,
        Builtin::Any,
        Builtin::Null,
    ];

    /// Returns the name in the schema language.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Builtin::Str => "str",
            Builtin::Number => "number",
            Builtin::Int => "int",
            Builtin::Int8 => "int8",
            Builtin::Int16 => "int16",
            Builtin::Int32 => "int32",
            Builtin::Int64 => "int64",
            Builtin::Uint8 => "uint8",
            Builtin::Uint16 => "uint16",
            Builtin::Uint32 => "uint32",
            Builtin::Uint64 => "uint64",
            Builtin::Size => "size",
            Builtin::Bool => "bool",
            Builtin::Any => "any",
            Builtin::Null => "null",
        }
    }
}

impl fmt::Display for Builtin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Builtin {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        UnknownName::find("built-in type", name, &Builtin::ALL, Builtin::name)
    }
}

/// An enum.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct EnumType {
    /// Name, place, condition, features, documentation.
    pub definition: Definition,
    /// The prefix of its C constants.
    pub prefix: Option<String>,
    /// Its values in order.
    pub values: Vec<EnumValue>,
}

/// A value of an enum.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct EnumValue {
    /// The name on the wire.
    pub name: String,
    /// The condition it exists under.
    pub cond: Option<IfCond>,
    /// Its features.
    pub features: Vec<Feature>,
    /// Its description in the enum's documentation.
    pub doc: Option<DocText>,
    /// Its place; none in the built-in module.
    pub span: Option<Span>,
}

/// A list type.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ArrayType {
    /// QEMU's name: the element's with the suffix `List`.
    pub name: String,
    /// The element.
    pub element: TypeId,
}

/// A struct, a union, or an implicit object type.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ObjectType {
    /// Name, place, condition, features, documentation.
    pub definition: Definition,
    /// Its origin.
    pub origin: ObjectOrigin,
    /// The type whose members come first.
    pub base: Option<TypeId>,
    /// The members written in the definition itself.
    pub local_members: Vec<Member>,
    /// All members: those of the base, then the local ones.
    pub members: Vec<Member>,
    /// The branches of a union.
    pub branches: Option<Branches>,
}

/// The origin of an object type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ObjectOrigin {
    /// A `struct` definition.
    Struct,
    /// A `union` definition.
    Union,
    /// The in-line `base` of a union.
    Base,
    /// The in-line `data` of a command or event.
    Arguments,
    /// The built-in `q_empty`, the type of branches without data.
    Empty,
}

/// A member of an object type.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Member {
    /// The name on the wire.
    pub name: String,
    /// Its type.
    pub ty: TypeId,
    /// True if it may be absent.
    pub optional: bool,
    /// The condition it exists under.
    pub cond: Option<IfCond>,
    /// Its features.
    pub features: Vec<Feature>,
    /// The object type whose definition has it.
    pub defined_in: TypeId,
    /// Its description in that type's documentation, or for in-line members in their entity's.
    pub doc: Option<DocText>,
    /// Its place; none in the built-in module.
    pub span: Option<Span>,
}

/// The part of a union after its base.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Branches {
    /// The discriminator's place in [`ObjectType::members`].
    pub tag: usize,
    /// A branch for each value of the tag's enum: first those the definition gives, in its
    /// order, then the rest with the empty type.
    pub branches: Vec<Branch>,
}

/// A branch of a union or an alternative of an alternate.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Branch {
    /// The tag's value, or the alternative's name.
    pub name: String,
    /// Its type.
    pub ty: TypeId,
    /// The condition it exists under.
    pub cond: Option<IfCond>,
    /// Its description in the documentation.
    pub doc: Option<DocText>,
    /// Its place; that of the union for branches it leaves out.
    pub span: Option<Span>,
    /// True if the definition leaves it out.
    pub implicit: bool,
}

/// An alternate.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AlternateType {
    /// Name, place, condition, features, documentation.
    pub definition: Definition,
    /// Its alternatives, which all differ in the JSON type they take.
    pub alternatives: Vec<Branch>,
}

/// A command.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Command {
    /// Name, place, condition, features, documentation.
    pub definition: Definition,
    /// The object type of its arguments.
    pub arguments: Option<TypeId>,
    /// The type it returns on success; nothing is an empty object on the wire.
    pub returns: Option<TypeId>,
    /// `boxed`, `gen` and the other flags.
    pub flags: CommandFlags,
}

/// An event.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// Name, place, condition, features, documentation.
    pub definition: Definition,
    /// The object type of its data.
    pub data: Option<TypeId>,
    /// `boxed`.
    pub boxed: bool,
}

/// A feature.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Feature {
    /// Its name.
    pub name: String,
    /// The condition it exists under.
    pub cond: Option<IfCond>,
    /// Its description in the documentation.
    pub doc: Option<DocText>,
    /// Its place.
    pub span: Option<Span>,
}
