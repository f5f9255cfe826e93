//! Declarations: types, commands and events before they are checked.

use std::borrow::Cow;

use super::source_definition::SourceDefinition;
use super::types::{Builtin, CommandId, EventId, ModuleId, ObjectOrigin, TypeId};
use crate::ast::{self, Branch, Member};
use crate::cond::IfCond;
use crate::expression::Text;

/// The values of an enum, each with its condition.
pub(super) type Values<'a> = Vec<(&'a str, Option<&'a IfCond>)>;

/// A type, command or event that has a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EntityId {
    Type(TypeId),
    Command(CommandId),
    Event(EventId),
}

/// A step of QEMU's order of checks and visits.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    Include { from: ModuleId, to: ModuleId },
    Entity(EntityId),
}

/// A type before it is checked. `source` is the definition that defines or implies it.
#[derive(Debug)]
pub(super) enum TypeDeclaration<'a> {
    Builtin(Builtin),
    /// The built-in enum of the JSON types.
    QType,
    Enum {
        source: SourceDefinition<'a>,
        prefix: Option<&'a Text>,
        values: &'a [ast::EnumValue],
    },
    Array {
        name: String,
        element: Cow<'a, str>,
        source: Option<SourceDefinition<'a>>,
        written: Option<&'a Text>,
    },
    Object(ObjectDeclaration<'a>),
    Alternate {
        source: SourceDefinition<'a>,
        alternatives: &'a [Branch],
    },
}

/// An object type before it is checked.
#[derive(Debug)]
pub(super) struct ObjectDeclaration<'a> {
    pub(super) name: Cow<'a, str>,
    pub(super) source: Option<SourceDefinition<'a>>,
    pub(super) origin: ObjectOrigin,
    pub(super) base: Base<'a>,
    pub(super) members: &'a [Member],
    pub(super) union: Option<UnionDeclaration<'a>>,
}

/// The base of an object type.
#[derive(Debug, Clone, Copy)]
pub(super) enum Base<'a> {
    None,
    Named(&'a Text),
    Implicit(TypeId),
}

/// The discriminator and branches of a union.
#[derive(Debug, Clone, Copy)]
pub(super) struct UnionDeclaration<'a> {
    pub(super) discriminator: &'a Text,
    pub(super) branches: &'a [Branch],
}

/// The object type of a command's or event's arguments.
#[derive(Debug, Clone, Copy)]
pub(super) enum Arguments<'a> {
    None,
    Named(&'a Text),
    Implicit(TypeId),
}

/// A command before it is checked.
#[derive(Debug)]
pub(super) struct CommandDeclaration<'a> {
    pub(super) source: SourceDefinition<'a>,
    pub(super) arguments: Arguments<'a>,
    pub(super) command: &'a ast::Command,
}

/// An event before it is checked.
#[derive(Debug)]
pub(super) struct EventDeclaration<'a> {
    pub(super) source: SourceDefinition<'a>,
    pub(super) data: Arguments<'a>,
    pub(super) boxed: bool,
}

/// The values of the built-in enum `QType`.
pub(super) const Q_TYPE_VALUES: [&str; 7] =
    ["none", "qnull", "qnum", "qstring", "qdict", "qlist", "qbool"];
