//! Definitions after the context-free checks: keys and shapes are right, shorthand is spelled
//! out, names are still strings.

use crate::cond::IfCond;
use crate::doc::DocBlock;
pub(crate) use crate::expression::Text;
use crate::schema::CommandFlags;
use crate::source::Span;

/// The files of a schema as a list of definitions and includes in the order of reading.
#[derive(Debug, Default)]
pub(crate) struct File {
    /// Every item in order.
    pub(crate) items: Vec<Item>,
}

/// Something at a file's top level.
#[derive(Debug)]
pub(crate) enum Item {
    /// `{ 'include': FILE }`, with the module name of the file.
    Include(Text),
    /// A definition.
    Definition(Box<Definition>),
    /// Free-form documentation.
    FreeForm(DocBlock),
}

/// A definition of an entity.
#[derive(Debug)]
pub(crate) struct Definition {
    /// Its name.
    pub(crate) name: Text,
    /// Its kind and contents.
    pub(crate) kind: DefinitionBody,
    /// The condition it exists under.
    pub(crate) cond: Option<IfCond>,
    /// Its features.
    pub(crate) features: Vec<Feature>,
    /// Its documentation.
    pub(crate) doc: Option<DocBlock>,
    /// The whole object.
    pub(crate) span: Span,
    /// The simple union that stands for this definition, if the schema does not write it.
    pub(crate) implied_by: Option<String>,
}

impl Definition {
    /// Returns its features, then those of its members or values, in the order of writing.
    pub(crate) fn all_features(&self) -> impl Iterator<Item = &Feature> {
        let members: &[Member] = match &self.kind {
            DefinitionBody::Struct { members, .. }
            | DefinitionBody::Union { base: Some(Members::Inline(members)), .. }
            | DefinitionBody::Command(Command {
                arguments: Some(Members::Inline(members)), ..
            })
            | DefinitionBody::Event { data: Some(Members::Inline(members)), .. } => members,
            _ => &[],
        };
        let values: &[EnumValue] = match &self.kind {
            DefinitionBody::Enum { values, .. } => values,
            _ => &[],
        };
        let of_members = members.iter().flat_map(|member| &member.features);
        let of_values = values.iter().flat_map(|value| &value.features);
        self.features.iter().chain(of_members).chain(of_values)
    }
}

/// The part of a definition that depends on its kind.
#[derive(Debug)]
pub(crate) enum DefinitionBody {
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
pub(crate) struct Command {
    /// `data`.
    pub(crate) arguments: Option<Members>,
    /// `returns`.
    pub(crate) returns: Option<TypeRef>,
    /// Its flags.
    pub(crate) flags: CommandFlags,
}

/// Members by the name of an object type or written in line.
#[derive(Debug)]
pub(crate) enum Members {
    /// `'data': 'NAME'`.
    Named(Text),
    /// `'data': { ... }`.
    Inline(Vec<Member>),
}

/// A type as a member, branch or result names it.
#[derive(Debug, Clone)]
pub(crate) struct TypeRef {
    /// The name, without brackets.
    pub(crate) name: Text,
    /// True for `['NAME']`.
    pub(crate) array: bool,
}

/// A member of an object.
#[derive(Debug)]
pub(crate) struct Member {
    /// The name without the star.
    pub(crate) name: Text,
    /// True if the name was written with a star.
    pub(crate) optional: bool,
    /// Its type.
    pub(crate) ty: TypeRef,
    /// The condition it exists under.
    pub(crate) cond: Option<IfCond>,
    /// Its features.
    pub(crate) features: Vec<Feature>,
}

/// A branch of a union or an alternative of an alternate.
#[derive(Debug)]
pub(crate) struct Branch {
    /// The tag's value, or the alternative's name.
    pub(crate) name: Text,
    /// Its type.
    pub(crate) ty: TypeRef,
    /// The condition it exists under.
    pub(crate) cond: Option<IfCond>,
}

/// A value of an enum.
#[derive(Debug)]
pub(crate) struct EnumValue {
    /// The name on the wire.
    pub(crate) name: Text,
    /// The condition it exists under.
    pub(crate) cond: Option<IfCond>,
    /// Its features.
    pub(crate) features: Vec<Feature>,
}

/// A feature.
#[derive(Debug, Clone)]
pub(crate) struct Feature {
    /// Its name.
    pub(crate) name: Text,
    /// The condition it exists under.
    pub(crate) cond: Option<IfCond>,
}
