//! What every emitter reads: the schema, the options, and what follows from both.

use std::collections::{HashMap, HashSet};

use qapi_parser::diagnostic::{Diagnostic, Diagnostics, Severity};
use qapi_parser::schema::{
    Branch, CommandId, Entity, EnumType, EnumValue, EventId, Feature, Member, Module, ModuleId,
    ObjectOrigin, ObjectType, Schema, Type, TypeId,
};

use crate::cond::Presence;
use crate::names::Names;
use crate::options::Options;
use crate::select::{Patterns, Selection};
use crate::ty::Scope;

/// The options that are patterns.
#[derive(Debug)]
pub(crate) struct PatternOptions {
    pub(crate) select: Patterns<()>,
    pub(crate) renames: Patterns<String>,
    pub(crate) externs: Patterns<String>,
    pub(crate) open: Patterns<()>,
    pub(crate) type_attributes: Patterns<String>,
    pub(crate) member_attributes: Patterns<String>,
}

impl PatternOptions {
    pub(crate) fn new(options: &Options) -> Self {
        let bare =
            |list: &[String]| Patterns::new(list.iter().map(|pattern| (pattern.clone(), ())));
        Self {
            select: bare(&options.select),
            renames: Patterns::new(options.renames.clone()),
            externs: Patterns::new(options.extern_types.clone()),
            open: bare(&options.open),
            type_attributes: Patterns::new(options.type_attributes.clone()),
            member_attributes: Patterns::new(options.member_attributes.clone()),
        }
    }

    /// Reports patterns without effect. Where only a part of the schema is selected, the other options
    /// may speak of the rest: so one set of options does for several selections.
    pub(crate) fn check(&self, schema: &Schema, diagnostics: &mut Diagnostics) {
        for pattern in self.select.unmatched() {
            let message = format!("option 'select': '{pattern}' matches nothing in the schema");
            diagnostics.push(option_error("unmatched-pattern", message));
        }
        if !diagnostics.is_empty() {
            return;
        }
        let elsewhere =
            |pattern: &str| !self.select.is_empty() && crate::select::is_in_schema(schema, pattern);
        let each = [
            ("rename", self.renames.unmatched().collect::<Vec<_>>()),
            ("extern-type", self.externs.unmatched().collect()),
            ("open", self.open.unmatched().collect()),
            ("type-attribute", self.type_attributes.unmatched().collect()),
            ("member-attribute", self.member_attributes.unmatched().collect()),
        ];
        for (option, patterns) in each {
            for pattern in patterns.into_iter().filter(|pattern| !elsewhere(pattern)) {
                let message =
                    format!("option '{option}': '{pattern}' matches nothing that is generated");
                diagnostics.push(option_error("unmatched-pattern", message));
            }
        }
    }
}

/// A finding that is about no place in the schema.
pub(crate) fn option_error(code: &'static str, message: String) -> Diagnostic {
    Diagnostic {
        severity: Severity::Error,
        code,
        message,
        span: None,
        context: None,
        labels: Vec::new(),
        hints: Vec::new(),
    }
}

/// Built once for a run; the emitters only read it.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    pub(crate) schema: &'a Schema,
    pub(crate) options: &'a Options,
    pub(crate) patterns: &'a PatternOptions,
    pub(crate) names: Names<'a>,
    pub(crate) selection: Selection,
    /// The path of a type that exists elsewhere.
    externs: Vec<Option<String>>,
    /// Whether an enum keeps unknown values.
    open: Vec<bool>,
    /// What documentation can refer to.
    targets: HashMap<&'a str, Target>,
    /// What holds what in a `Box`.
    boxed: HashSet<(usize, usize)>,
    /// `::qapi` or where it is re-exported.
    pub(crate) root: &'a str,
    /// Its module for generated code.
    pub(crate) rt: String,
}

impl<'a> Context<'a> {
    pub(crate) fn new(
        schema: &'a Schema,
        options: &'a Options,
        patterns: &'a PatternOptions,
        diagnostics: &mut Diagnostics,
    ) -> Self {
        let defined = |ty: &Type| crate::select::is_defined(ty);
        let externs: Vec<Option<String>> = schema
            .types()
            .map(|(_, ty)| {
                patterns.externs.matching(ty.name()).last().filter(|_| defined(ty)).cloned()
            })
            .collect();
        let selection =
            crate::select::select(schema, options, &patterns.select, &externs, diagnostics);
        let is_open = |(id, ty): (TypeId, &Type)| {
            matches!(ty, Type::Enum(_))
                && selection.has_type(id)
                && patterns.open.is_match(ty.name())
        };
        let boxed = crate::cycles::boxed_edges(&holdings(schema, &selection, &externs));
        let targets = targets(schema, &selection);
        let root = options.runtime_path.trim_end_matches("::");
        Self {
            open: schema.types().map(is_open).collect(),
            names: Names::new(schema, &patterns.renames),
            rt: format!("{root}::rt"),
            schema,
            options,
            patterns,
            selection,
            externs,
            targets,
            boxed,
            root,
        }
    }

    /// The modules that define commands, in the order of reading.
    pub(crate) fn command_modules(&self) -> impl Iterator<Item = (ModuleId, &'a Module)> {
        let mut used: Vec<ModuleId> =
            self.selection.commands(self.schema).map(|command| command.definition.module).collect();
        used.sort_unstable();
        used.dedup();
        used.into_iter().map(|id| (id, self.schema.module(id)))
    }

    /// Whether values of the enum that the schema does not name are kept.
    pub(crate) fn is_open(&self, id: TypeId) -> bool {
        self.open[id.index()]
    }

    /// The path of a type that is not generated.
    pub(crate) fn extern_path(&self, id: TypeId) -> Option<&str> {
        self.externs[id.index()].as_deref()
    }

    /// Whether `owner` has to hold `ty` in a `Box`.
    pub(crate) fn is_boxed(&self, owner: Option<TypeId>, ty: TypeId) -> bool {
        owner.is_some_and(|owner| self.boxed.contains(&(owner.index(), ty.index())))
    }

    /// Whether a member is there.
    pub(crate) fn member_presence(&self, member: &Member) -> Presence {
        self.options.presence_with(member.cond.as_ref(), &member.features)
    }

    /// Whether a type is there.
    pub(crate) fn type_presence(&self, id: TypeId) -> Presence {
        match self.schema.ty(id).definition() {
            Some(ty) => self.options.presence_with(ty.cond.as_ref(), &ty.features),
            None => Presence::Always,
        }
    }

    /// Whether a branch of a union, or an alternative, is there. A branch needs the tag's value.
    pub(crate) fn branch_presence(&self, value: Option<&EnumValue>, branch: &Branch) -> Presence {
        let own = self.options.presence(branch.cond.as_ref());
        match value {
            Some(value) => {
                own.and(self.options.presence_with(value.cond.as_ref(), &value.features))
            }
            None => own,
        }
    }

    /// The enum of a union's tag.
    pub(crate) fn tag_enum(&self, union: &ObjectType) -> Option<(TypeId, &'a EnumType)> {
        let tag = union.members[union.branches.as_ref()?.tag].ty;
        match self.schema.ty(tag) {
            Type::Enum(ty) => Some((tag, ty)),
            _ => None,
        }
    }

    /// What a `deprecated` among these features has to say; nothing where it is not there.
    pub(crate) fn deprecation<'f>(&self, features: &'f [Feature]) -> Option<&'f Feature> {
        let deprecated = features.iter().find(|feature| feature.name == "deprecated")?;
        self.options.has_feature(features, "deprecated").then_some(deprecated)
    }

    /// Whether the type of arguments or of a branch has a name in Rust.
    pub(crate) fn is_named(&self, id: TypeId) -> bool {
        match self.schema.ty(id) {
            Type::Object(ty) => matches!(ty.origin, ObjectOrigin::Struct | ObjectOrigin::Union),
            _ => true,
        }
    }

    /// A link to the type, command or event called `name`, from documentation in `scope`.
    pub(crate) fn link(&self, name: &str, scope: Scope) -> Option<String> {
        let prefix = scope.prefix();
        let (path, presence) = match *self.targets.get(name)? {
            Target::Type(id) => {
                let path = match self.extern_path(id) {
                    Some(path) => path.to_owned(),
                    None => format!("{prefix}{}", self.names.ty(id)),
                };
                (path, self.type_presence(id))
            }
            Target::Command(id) => {
                let definition = &self.schema.command(id).definition;
                let path = format!("{prefix}commands::{}", self.names.command(name));
                (path, self.options.presence_with(definition.cond.as_ref(), &definition.features))
            }
            Target::Event(id) => {
                let definition = &self.schema.event(id).definition;
                let path = format!("{prefix}events::{}", self.names.event(name));
                (path, self.options.presence_with(definition.cond.as_ref(), &definition.features))
            }
        };
        // Under a condition there may be nothing to link to.
        presence.is_always().then(|| {
            if path == name { format!("[`{name}`]") } else { format!("[`{name}`]({path})") }
        })
    }
}

/// Something that has documentation of its own.
#[derive(Debug, Clone, Copy)]
enum Target {
    Type(TypeId),
    Command(CommandId),
    Event(EventId),
}

fn targets<'a>(schema: &'a Schema, selection: &Selection) -> HashMap<&'a str, Target> {
    let target = |entity: &Entity| match *entity {
        Entity::Include(_) => None,
        Entity::Type(id) => {
            let listed = selection.has_type(id) && crate::select::is_defined(schema.ty(id));
            listed.then(|| (schema.ty(id).name(), Target::Type(id)))
        }
        Entity::Command(id) => selection
            .has_command(id)
            .then(|| (&*schema.command(id).definition.name, Target::Command(id))),
        Entity::Event(id) => {
            selection.has_event(id).then(|| (&*schema.event(id).definition.name, Target::Event(id)))
        }
    };
    crate::select::entities(schema).filter_map(target).collect()
}

/// For each type which types it holds by value.
fn holdings(schema: &Schema, selection: &Selection, externs: &[Option<String>]) -> Vec<Vec<usize>> {
    let held = |id: TypeId| {
        let by_value = matches!(schema.ty(id), Type::Object(_) | Type::Alternate(_));
        (by_value && externs[id.index()].is_none()).then_some(id.index())
    };
    let of = |(id, ty): (TypeId, &Type)| {
        let mut held: Vec<usize> = match ty {
            _ if !selection.has_type(id) => Vec::new(),
            Type::Builtin(_) | Type::Enum(_) | Type::Array(_) => Vec::new(),
            Type::Alternate(ty) => {
                ty.alternatives.iter().filter_map(|branch| held(branch.ty)).collect()
            }
            Type::Object(ty) => {
                let branches = ty.branches.iter().flat_map(|branches| &branches.branches);
                let types = ty
                    .members
                    .iter()
                    .map(|member| member.ty)
                    .chain(branches.map(|branch| branch.ty));
                types.filter_map(held).collect()
            }
        };
        held.sort_unstable();
        held.dedup();
        held
    };
    schema.types().map(of).collect()
}
