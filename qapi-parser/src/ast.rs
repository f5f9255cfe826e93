//! Definitions after the context-free checks: keys and shapes are right, shorthand is spelled
//! out, names are still strings.

use crate::cond::IfCond;
use crate::doc::DocBlock;
pub use crate::expression::Text;
use crate::source::Span;

/// The files of a schema as a list of definitions and includes in the order of reading.
#[derive(Debug, Default)]
pub struct File {
    /// Every item in order.
    pub items: Vec<Item>,
}

/// Something at a file's top level.
#[derive(Debug)]
pub enum Item {
    /// `{ 'include': FILE }`, with the module name of the file.
    Include(Text),
    /// A definition.
    Definition(Box<Definition>),
    /// Free-form documentation.
    FreeForm(DocBlock),
}

/// A definition of an entity.
#[derive(Debug)]
pub struct Definition {
    /// Its name.
    pub name: Text,
    /// Its kind and contents.
    pub kind: Kind,
    /// The condition it exists under.
    pub cond: Option<IfCond>,
    /// Its features.
    pub features: Vec<Feature>,
    /// Its documentation.
    pub doc: Option<DocBlock>,
    /// The whole object.
    pub span: Span,
    /// The simple union that stands for this definition, if the schema does not write it.
    pub implied_by: Option<String>,
}

impl Definition {
    /// Its features, then those of what it holds, in the order of writing.
    pub fn all_features(&self) -> impl Iterator<Item = &Feature> {
        let members: &[Member] = match &self.kind {
            Kind::Struct { members, .. }
            | Kind::Union { base: Some(Members::Inline(members, _)), .. }
            | Kind::Command(Command { arguments: Some(Members::Inline(members, _)), .. })
            | Kind::Event { data: Some(Members::Inline(members, _)), .. } => members,
            _ => &[],
        };
        let values: &[EnumValue] = match &self.kind {
            Kind::Enum { values, .. } => values,
            _ => &[],
        };
        let of_members = members.iter().flat_map(|member| &member.features);
        let of_values = values.iter().flat_map(|value| &value.features);
        self.features.iter().chain(of_members).chain(of_values)
    }
}

/// The kinds of entities.
#[derive(Debug)]
pub enum Kind {
    /// `enum`.
    Enum {
        /// `prefix`: the C constants' prefix.
        prefix: Option<Text>,
        /// The values.
        values: Vec<EnumValue>,
    },
    /// `struct`.
    Struct {
        /// `base`.
        base: Option<Text>,
        /// `data`.
        members: Vec<Member>,
    },
    /// `union`.
    Union {
        /// `base`; absent only from translated simple unions.
        base: Option<Members>,
        /// Members of its own; only translated simple unions have one, their tag.
        members: Vec<Member>,
        /// `discriminator`.
        discriminator: Text,
        /// `data`.
        branches: Vec<Branch>,
    },
    /// `alternate`.
    Alternate {
        /// `data`.
        alternatives: Vec<Branch>,
    },
    /// `command`.
    Command(Command),
    /// `event`.
    Event {
        /// `data`.
        data: Option<Members>,
        /// `boxed`.
        boxed: bool,
    },
}

/// A command's own keys.
#[derive(Debug)]
pub struct Command {
    /// `data`.
    pub arguments: Option<Members>,
    /// `returns`.
    pub returns: Option<TypeRef>,
    /// `boxed`: the handler takes its arguments as one object.
    pub boxed: bool,
    /// `success-response`: whether success is answered.
    pub success_response: bool,
    /// `gen`: whether arguments and result are marshalled by generated code.
    pub generate: bool,
    /// `allow-oob`: whether it may be executed out-of-band.
    pub allow_oob: bool,
    /// `allow-preconfig`: whether it may be executed before the machine is built.
    pub allow_preconfig: bool,
    /// `coroutine`: whether the handler may yield.
    pub coroutine: bool,
}

/// Members by the name of an object type or written in line.
#[derive(Debug)]
pub enum Members {
    /// `'data': 'NAME'`.
    Named(Text),
    /// `'data': { ... }`.
    Inline(Vec<Member>, Span),
}

/// A type as a member, branch or result names it.
#[derive(Debug, Clone)]
pub struct TypeRef {
    /// The name, without brackets.
    pub name: Text,
    /// True for `['NAME']`.
    pub array: bool,
}

/// A member of an object.
#[derive(Debug)]
pub struct Member {
    /// The name without the star.
    pub name: Text,
    /// True if the name was written with a star.
    pub optional: bool,
    /// Its type.
    pub ty: TypeRef,
    /// The condition it exists under.
    pub cond: Option<IfCond>,
    /// Its features.
    pub features: Vec<Feature>,
}

/// A branch of a union or an alternative of an alternate.
#[derive(Debug)]
pub struct Branch {
    /// The tag's value, or the alternative's name.
    pub name: Text,
    /// Its type.
    pub ty: TypeRef,
    /// The condition it exists under.
    pub cond: Option<IfCond>,
}

/// A value of an enum.
#[derive(Debug)]
pub struct EnumValue {
    /// The name on the wire.
    pub name: Text,
    /// The condition it exists under.
    pub cond: Option<IfCond>,
    /// Its features.
    pub features: Vec<Feature>,
}

/// A feature.
#[derive(Debug, Clone)]
pub struct Feature {
    /// Its name.
    pub name: Text,
    /// The condition it exists under.
    pub cond: Option<IfCond>,
}
