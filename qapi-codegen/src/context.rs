//! The data that every emitter reads: the schema, the options, and their consequences.

use std::collections::HashSet;

use proc_macro2::TokenStream;
use qapi_parser::diagnostic::Diagnostics;
use qapi_parser::schema::{
    Branch, Definition, EnumType, EnumValue, Feature, Member, Module, ModuleId, ObjectOrigin,
    ObjectType, Schema, Type, TypeId,
};
use quote::quote;

use crate::cond::Presence;
use crate::cycles::boxed_edges;
use crate::names::Names;
use crate::options::{ExternType, Options, Parsed, Role};
use crate::received::received;
use crate::select::{Selection, is_defined, select};
use crate::targets::Targets;

/// The input of all emitters, built once for a run. Emitters change nothing in it but the marks of
/// patterns that matched.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    pub(crate) schema: &'a Schema,
    pub(crate) options: &'a Options,
    pub(crate) patterns: &'a Parsed,
    pub(crate) names: Names<'a>,
    pub(crate) selection: Selection,
    /// Types that exist elsewhere, by type.
    externs: Vec<Option<ExternType>>,
    /// Enums that keep unknown values, by type.
    open: Vec<bool>,
    /// Definitions that documentation can refer to.
    pub(crate) targets: Targets<'a>,
    /// Pairs of types, the first of which holds the second in a `Box`.
    boxed: HashSet<(usize, usize)>,
    /// The path of crate `qapi`.
    pub(crate) root: &'a TokenStream,
    /// Its module for generated code.
    pub(crate) rt: TokenStream,
}

impl<'a> Context<'a> {
    pub(crate) fn new(
        schema: &'a Schema,
        options: &'a Options,
        patterns: &'a Parsed,
        diagnostics: &mut Diagnostics,
    ) -> Self {
        let externs: Vec<Option<ExternType>> = schema
            .types()
            .map(|(_, ty)| {
                patterns.externs.matching(ty.name()).last().filter(|_| is_defined(ty)).cloned()
            })
            .collect();
        let selection = select(schema, options, &patterns.select, &externs, diagnostics);
        // A client is meant to understand newer servers.
        let received = match options.role {
            Role::Client => received(schema),
            Role::Server | Role::Both => vec![false; schema.types().len()],
        };
        let is_open = |(id, ty): (TypeId, &Type)| {
            if !matches!(ty, Type::Enum(_)) || !selection.has_type(id) {
                return false;
            }
            let (opened, closed) =
                (patterns.open.is_match(ty.name()), patterns.closed.is_match(ty.name()));
            (opened || received[id.index()]) && !closed
        };
        let boxed = boxed_edges(&holdings(schema, &selection, &externs));
        let root = &patterns.runtime_path;
        Self {
            open: schema.types().map(is_open).collect(),
            names: Names::new(schema, &patterns.renames),
            targets: Targets::new(schema, &selection),
            rt: quote!(#root::rt),
            schema,
            options,
            patterns,
            selection,
            externs,
            boxed,
            root,
        }
    }

    /// Returns the modules that define commands, in the order of reading.
    pub(crate) fn command_modules(&self) -> impl Iterator<Item = (ModuleId, &'a Module)> {
        let mut used: Vec<ModuleId> =
            self.selection.commands(self.schema).map(|command| command.definition.module).collect();
        used.sort_unstable();
        used.dedup();
        used.into_iter().map(|id| (id, self.schema.module(id)))
    }

    /// Returns true if values of the enum that the schema does not name are kept.
    pub(crate) fn is_open(&self, id: TypeId) -> bool {
        self.open[id.index()]
    }

    /// Returns the type that is used instead of a generated one.
    pub(crate) fn extern_type(&self, id: TypeId) -> Option<&ExternType> {
        self.externs[id.index()].as_ref()
    }

    /// Returns true if `owner` has to hold `ty` in a `Box`.
    pub(crate) fn is_boxed(&self, owner: Option<TypeId>, ty: TypeId) -> bool {
        owner.is_some_and(|owner| self.boxed.contains(&(owner.index(), ty.index())))
    }

    /// Returns the presence of a member.
    pub(crate) fn member_presence(&self, member: &Member) -> Presence {
        self.options.presence_with(member.cond.as_ref(), &member.features)
    }

    /// Returns the presence of a type. An unstable type stays without the Cargo feature, because
    /// parts that are not marked may use it.
    pub(crate) fn type_presence(&self, id: TypeId) -> Presence {
        match self.schema.ty(id).definition() {
            Some(ty) => self.options.presence(ty.cond.as_ref()),
            None => Presence::Always,
        }
    }

    /// Returns the presence of a command or event.
    pub(crate) fn entity_presence(&self, definition: &Definition) -> Presence {
        self.options.presence_with(definition.cond.as_ref(), &definition.features)
    }

    /// Returns the presence of an enum's value.
    pub(crate) fn value_presence(&self, value: &EnumValue) -> Presence {
        self.options.presence_with(value.cond.as_ref(), &value.features)
    }

    /// Returns the presence of an alternative, or of a union's branch beside that of the tag's
    /// value.
    pub(crate) fn branch_presence(&self, branch: &Branch) -> Presence {
        self.options.presence(branch.cond.as_ref())
    }

    /// Returns the enum of a union's tag.
    pub(crate) fn tag_enum(&self, union: &ObjectType) -> Option<(TypeId, &'a EnumType)> {
        let tag = union.members[union.branches.as_ref()?.tag].ty;
        match self.schema.ty(tag) {
            Type::Enum(ty) => Some((tag, ty)),
            _ => None,
        }
    }

    /// Returns the feature `deprecated`, unless a condition removes it.
    pub(crate) fn deprecation<'f>(&self, features: &'f [Feature]) -> Option<&'f Feature> {
        let deprecated = features.iter().find(|feature| feature.name == "deprecated")?;
        self.options.has_feature(features, "deprecated").then_some(deprecated)
    }

    /// Returns true if the type of arguments or of a branch has a name in Rust.
    pub(crate) fn is_named(&self, id: TypeId) -> bool {
        match self.schema.ty(id) {
            Type::Object(ty) => matches!(ty.origin, ObjectOrigin::Struct | ObjectOrigin::Union),
            _ => true,
        }
    }
}

/// Returns, for each type, the types that it holds by value.
fn holdings(
    schema: &Schema,
    selection: &Selection,
    externs: &[Option<ExternType>],
) -> Vec<Vec<usize>> {
    let by_value = |id: TypeId| {
        let is_inline = matches!(schema.ty(id), Type::Object(_) | Type::Alternate(_));
        (is_inline && externs[id.index()].is_none()).then_some(id.index())
    };
    let of = |(id, ty): (TypeId, &Type)| {
        let mut types: Vec<usize> = match ty {
            _ if !selection.has_type(id) => Vec::new(),
            Type::Builtin(_) | Type::Enum(_) | Type::Array(_) => Vec::new(),
            Type::Alternate(ty) => {
                ty.alternatives.iter().filter_map(|branch| by_value(branch.ty)).collect()
            }
            Type::Object(ty) => {
                let branches = ty.branches.iter().flat_map(|branches| &branches.branches);
                let types = ty
                    .members
                    .iter()
                    .map(|member| member.ty)
                    .chain(branches.map(|branch| branch.ty));
                types.filter_map(by_value).collect()
            }
        };
        types.sort_unstable();
        types.dedup();
        types
    };
    schema.types().map(of).collect()
}
