//! Every Rust identifier: which name of the schema becomes which.
//!
//! | in the schema | in Rust | rule |
//! |---|---|---|
//! | type `SocketAddress` | `SocketAddress` | as it is; what is no letter or digit parts words |
//! | value `pre-switchover` | `PreSwitchover` | words start with a capital, the rest as it is |
//! | value `2_5`, `25` | `_2_5`, `_25` | `_` stays between digits and goes before a leading one |
//! | member `node-name`, `UUID` | `node_name`, `uuid` | words in small letters |
//! | member `type`, `self` | `r#type`, `self_` | keywords are raw, or end in `_` where Rust has no raw form |
//! | command `query-status` | `commands::QueryStatus` | like values |
//! | event `MIGRATION_PASS` | `events::MigrationPass` | like values, from small letters |
//! | module `block-core.json` | `BlockCoreCommands` | like values |

mod case;
mod check;

use qapi_parser::schema::{
    Branch, EnumType, EnumValue, Member, ModuleId, ObjectType, Schema, Type, TypeId,
};

pub(crate) use case::{camel, is_identifier, snake};
pub(crate) use check::check_collisions;

use crate::select::Patterns;

/// The identifiers of a schema's definitions, the renames applied.
#[derive(Debug)]
pub(crate) struct Names<'a> {
    schema: &'a Schema,
    renames: &'a Patterns<String>,
    types: Vec<String>,
    modules: Vec<String>,
}

impl<'a> Names<'a> {
    pub(crate) fn new(schema: &'a Schema, renames: &'a Patterns<String>) -> Self {
        let types = schema.types().map(|(_, ty)| match ty {
            Type::Builtin(_) | Type::Array(_) => String::new(),
            ty => rename(renames, ty.name()).unwrap_or_else(|| camel(ty.name())),
        });
        Self { schema, renames, types: types.collect(), modules: module_words(schema) }
    }

    /// The name of an enum, a struct, a union or an alternate.
    pub(crate) fn ty(&self, id: TypeId) -> &str {
        &self.types[id.index()]
    }

    /// The enum that carries a union's branch where the union itself is a struct.
    pub(crate) fn branch_enum(&self, union: TypeId) -> String {
        format!("{}Branch", self.ty(union).trim_start_matches("r#"))
    }

    /// The field of a member. `owner` is the entity it is flattened into.
    pub(crate) fn member(&self, owner: &str, member: &Member) -> String {
        let defined_in = self.schema.ty(member.defined_in).name();
        self.renamed_member(owner, &member.name)
            .or_else(|| self.renamed_member(defined_in, &member.name))
            .unwrap_or_else(|| snake(&member.name))
    }

    /// The variant of an enum's value.
    pub(crate) fn value(&self, ty: &EnumType, value: &EnumValue) -> String {
        self.variant(&ty.definition.name, &value.name)
    }

    /// The variant of a union's branch: that of the tag's value.
    pub(crate) fn branch(&self, union: &ObjectType, branch: &Branch) -> String {
        match union.branches.as_ref().map(|branches| self.schema.ty(union.members[branches.tag].ty))
        {
            Some(Type::Enum(tag)) => self.variant(&tag.definition.name, &branch.name),
            _ => camel(&branch.name),
        }
    }

    /// The variant of an alternate's alternative.
    pub(crate) fn variant(&self, owner: &str, name: &str) -> String {
        let name = self.renamed_member(owner, name).unwrap_or_else(|| camel(name));
        // `VALUES` is the list of an enum's values.
        if name == "VALUES" { format!("{name}_") } else { name }
    }

    /// The variant that keeps what the schema does not name, beside the `taken` ones.
    pub(crate) fn catch_all(taken: &[String]) -> String {
        let mut name = "Other".to_owned();
        while taken.contains(&name) {
            name.push('_');
        }
        name
    }

    /// The type of a command in `commands`.
    pub(crate) fn command(&self, name: &str) -> String {
        rename(self.renames, name).unwrap_or_else(|| camel(name))
    }

    /// The method of a command in a server's trait.
    pub(crate) fn method(&self, name: &str) -> String {
        match rename(self.renames, name) {
            Some(renamed) => snake(&renamed),
            None => snake(name),
        }
    }

    /// The type of an event in `events`.
    pub(crate) fn event(&self, name: &str) -> String {
        rename(self.renames, name).unwrap_or_else(|| camel(&name.to_ascii_lowercase()))
    }

    /// The trait of the commands that a module defines.
    pub(crate) fn command_trait(&self, module: ModuleId) -> String {
        format!("{}Commands", camel(&self.modules[module.index()]))
    }

    /// The dispatch table of the commands that a module defines.
    pub(crate) fn command_table(&self, module: ModuleId) -> String {
        snake(&format!("{}-commands", self.modules[module.index()]))
    }

    fn renamed_member(&self, owner: &str, name: &str) -> Option<String> {
        if self.renames.is_empty() {
            return None;
        }
        rename(self.renames, &format!("{owner}.{name}"))
    }
}

fn rename(renames: &Patterns<String>, name: &str) -> Option<String> {
    renames.matching(name).last().cloned()
}

/// What modules are called: their files' stems, or whole paths where two stems meet.
fn module_words(schema: &Schema) -> Vec<String> {
    let path = |name: &str| name.strip_suffix(".json").unwrap_or(name).to_owned();
    let stem = |name: &str| path(name.rsplit('/').next().unwrap_or(name));
    let stems: Vec<String> =
        schema.modules().iter().map(|module| snake(&stem(&module.name))).collect();
    let unique = |stem: &String| stems.iter().filter(|other| *other == stem).count() == 1;
    schema
        .modules()
        .iter()
        .zip(&stems)
        .map(|(module, stem)| if unique(stem) { stem.clone() } else { snake(&path(&module.name)) })
        .collect()
}
