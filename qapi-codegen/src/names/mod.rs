//! The Rust identifier of each name in the schema.
//!
//! | in the schema | in Rust | rule |
//! |---|---|---|
//! | type `SocketAddress` | `SocketAddress` | unchanged; other characters separate words |
//! | value `pre-switchover` | `PreSwitchover` | capital at each word's start, the rest unchanged |
//! | value `2_5`, `25` | `_2_5`, `_25` | `_` stays between digits and precedes a leading digit |
//! | member `node-name`, `UUID` | `node_name`, `uuid` | words in small letters |
//! | member `type`, `self` | `r#type`, `self_` | keywords are raw, or else end in `_` |
//! | command `query-status` | `commands::QueryStatus` | like values |
//! | event `MIGRATION_PASS` | `events::MigrationPass` | like values, from small letters |
//! | module `block-core.json` | `BlockCoreCommands` | like values |

mod case;

use std::collections::{HashMap, HashSet};

use proc_macro2::Ident;
use qapi_parser::schema::{
    Branch, EnumType, EnumValue, Member, Module, ModuleId, ObjectType, Schema, Type, TypeId,
};
use quote::format_ident;
use syn::ext::IdentExt as _;

use case::{camel, ident, snake, upper_camel, words};

use crate::pattern::Patterns;

/// The identifiers of a schema's definitions, the renames applied.
#[derive(Debug)]
pub(crate) struct Names<'a> {
    schema: &'a Schema,
    renames: &'a Patterns<Ident>,
    types: Vec<Ident>,
    /// The type and the method of each command.
    commands: HashMap<&'a str, (Ident, Ident)>,
    events: HashMap<&'a str, Ident>,
    modules: Vec<String>,
}

impl<'a> Names<'a> {
    pub(crate) fn new(schema: &'a Schema, renames: &'a Patterns<Ident>) -> Self {
        let types = schema.types().map(|(_, ty)| match ty {
            Type::Builtin(_) | Type::Array(_) => ident("_"),
            ty => rename(renames, ty.name()).unwrap_or_else(|| ident(&camel(ty.name()))),
        });
        let commands = schema.commands().iter().map(|command| {
            let name = command.definition.name.as_str();
            (name, (command_type(renames, name), command_method(renames, name)))
        });
        let events = schema.events().iter().map(|event| {
            let name = event.definition.name.as_str();
            (name, event_type(renames, name))
        });
        Self {
            schema,
            renames,
            types: types.collect(),
            commands: commands.collect(),
            events: events.collect(),
            modules: module_words(schema),
        }
    }

    /// Returns the name of an enum, struct, union or alternate.
    pub(crate) fn ty(&self, id: TypeId) -> &Ident {
        &self.types[id.index()]
    }

    /// Returns the name of the enum of branches in a union that is a struct.
    pub(crate) fn branch_enum(&self, union: TypeId) -> Ident {
        let name = self.ty(union).unraw().to_string();
        // Without the `_` that follows a keyword.
        format_ident!("{}Branch", name.trim_end_matches('_'))
    }

    /// Returns the field of a member. `owner` is the definition that contains it in Rust.
    pub(crate) fn member(&self, owner: &str, member: &Member) -> Ident {
        let defined_in = self.schema.ty(member.defined_in).name();
        self.renamed_member(owner, &member.name)
            .or_else(|| self.renamed_member(defined_in, &member.name))
            .unwrap_or_else(|| ident(&snake(&member.name)))
    }

    /// Returns the variant of an enum's value.
    pub(crate) fn value(&self, ty: &EnumType, value: &EnumValue) -> Ident {
        self.variant(&ty.definition.name, &value.name)
    }

    /// Returns the variant of a union's branch: that of the tag's value.
    pub(crate) fn branch(&self, union: &ObjectType, branch: &Branch) -> Ident {
        match union.branches.as_ref().map(|branches| self.schema.ty(union.members[branches.tag].ty))
        {
            Some(Type::Enum(tag)) => self.variant(&tag.definition.name, &branch.name),
            _ => ident(&camel(&branch.name)),
        }
    }

    /// Returns the variant of an alternate's alternative.
    pub(crate) fn variant(&self, owner: &str, name: &str) -> Ident {
        let name = self.renamed_member(owner, name).unwrap_or_else(|| ident(&camel(name)));
        // `VALUES` is the list of an enum's values.
        if name == "VALUES" { format_ident!("{name}_") } else { name }
    }

    /// Returns the variant for values that the schema does not name; differs from those `taken`.
    pub(crate) fn catch_all(taken: &[Ident]) -> Ident {
        let mut name = ident("Other");
        while taken.contains(&name) {
            name = format_ident!("{name}_");
        }
        name
    }

    /// Returns the type of a command in `commands`.
    pub(crate) fn command(&self, name: &str) -> &Ident {
        &self.commands[name].0
    }

    /// Returns the method of a command in a server's trait.
    pub(crate) fn method(&self, name: &str) -> &Ident {
        &self.commands[name].1
    }

    /// Returns the type of an event in `events`.
    pub(crate) fn event(&self, name: &str) -> &Ident {
        &self.events[name]
    }

    /// Returns the trait of a module's commands. Its name follows `prefix`.
    pub(crate) fn command_trait(&self, prefix: &str, module: ModuleId) -> Ident {
        ident(&trait_name(prefix, &self.modules[module.index()]))
    }

    /// Returns the dispatch table of a module's commands. Its name follows `prefix`.
    pub(crate) fn command_table(&self, prefix: &str, module: ModuleId) -> Ident {
        ident(&table_name(prefix, &self.modules[module.index()]))
    }

    fn renamed_member(&self, owner: &str, name: &str) -> Option<Ident> {
        if self.renames.is_empty() {
            return None;
        }
        rename(self.renames, &format!("{owner}.{name}"))
    }
}

fn command_type(renames: &Patterns<Ident>, name: &str) -> Ident {
    rename(renames, name).unwrap_or_else(|| ident(&upper_camel(name)))
}

fn command_method(renames: &Patterns<Ident>, name: &str) -> Ident {
    match rename(renames, name) {
        Some(renamed) => ident(&snake(&renamed.unraw().to_string())),
        None => ident(&snake(name)),
    }
}

fn event_type(renames: &Patterns<Ident>, name: &str) -> Ident {
    rename(renames, name).unwrap_or_else(|| ident(&upper_camel(&name.to_ascii_lowercase())))
}

fn rename(renames: &Patterns<Ident>, name: &str) -> Option<Ident> {
    renames.matching(name).last().cloned()
}

/// Returns the names of modules as words: the stems of their files, the whole paths of equal stems,
/// and a number at the end where names of generated items would meet.
fn module_words(schema: &Schema) -> Vec<String> {
    let path = |name: &str| match words(&ascii(name.strip_suffix(".json").unwrap_or(name))) {
        words if words.is_empty() => "module".to_owned(),
        words => words,
    };
    let stem = |name: &str| path(name.rsplit('/').next().unwrap_or(name));
    let mut uses = HashMap::<String, usize>::new();
    for module in schema.modules() {
        *uses.entry(stem(&module.name)).or_default() += 1;
    }
    // The functions that return the tables of all modules.
    let mut taken = HashSet::from(["commands", "async_commands"].map(str::to_owned));
    let mut unique = |module: &Module| {
        let stem = stem(&module.name);
        let wanted = if uses[&stem] == 1 { stem } else { path(&module.name) };
        let numbered = (2..).map(|number| format!("{wanted}_{number}"));
        let is_free = |words: &String| module_items(words).iter().all(|item| !taken.contains(item));
        let words =
            [wanted.clone()].into_iter().chain(numbered).find(is_free).unwrap_or(wanted.clone());
        taken.extend(module_items(&words));
        words
    };
    schema.modules().iter().map(&mut unique).collect()
}

/// Returns the names of a module's traits and tables, sync and async.
fn module_items(words: &str) -> [String; 4] {
    [
        trait_name("", words),
        table_name("", words),
        trait_name("async", words),
        table_name("async", words),
    ]
}

fn trait_name(prefix: &str, words: &str) -> String {
    upper_camel(&format!("{prefix}_{words}_commands"))
}

fn table_name(prefix: &str, words: &str) -> String {
    snake(&format!("{prefix}_{words}_commands"))
}

/// Replaces letters that rustc warns about in names.
fn ascii(name: &str) -> String {
    name.chars().map(|char| if char.is_ascii() { char } else { '-' }).collect()
}
