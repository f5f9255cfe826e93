//! The manifest: the generated items and their Rust paths, for build scripts that generate further
//! code.

use proc_macro2::TokenStream;
use qapi_parser::schema::{Command, Schema};

use crate::cond::Presence;
use crate::context::Context;
use crate::emit::arguments;
use crate::error::Error;
use crate::generate::prepare;
use crate::matches::{Coverage, check_matches};
use crate::options::{Options, Parsed};
use crate::ty::Scope;

/// The items of a generated file, in schema order.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Manifest {
    /// Enums, structs, unions and alternates.
    pub types: Vec<Item>,
    /// Types of commands' arguments.
    pub commands: Vec<CommandItem>,
    /// Types of events' data.
    pub events: Vec<Item>,
}

/// A generated type.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Item {
    /// The schema's name.
    pub name: String,
    /// The path in Rust, relative to the module with the generated code.
    pub path: String,
    /// The predicate of its `#[cfg(...)]`, if it has one.
    pub cfg: Option<String>,
}

/// A command's type, and the method that serves it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CommandItem {
    /// The type that implements `qapi::Command`.
    pub item: Item,
    /// The path of the trait that a server implements; the asynchronous trait has the same name
    /// after `Async`.
    pub server_trait: String,
    /// The trait's method.
    pub method: String,
    /// The type of the method's `arguments`, relative to the same module; none if it has none.
    pub arguments: Option<String>,
}

/// Lists the items of [`generate`](crate::generate)'s output.
///
/// ```
/// use qapi_codegen::{Options, manifest};
///
/// let schema = "{ 'command': 'greet-all', 'data': { 'name': 'str' } }";
/// let schema = qapi_parser::parse_text("greet.json", schema, Default::default())?.schema;
/// let manifest = manifest(&schema, &Options::new())?;
/// assert_eq!(manifest.commands[0].item.path, "commands::GreetAll");
/// assert_eq!(manifest.commands[0].server_trait, "server::GreetCommands");
/// assert_eq!(manifest.commands[0].method, "greet_all");
/// # Ok::<(), qapi_codegen::Error>(())
/// ```
///
/// A build script that adds a function to the generated code:
///
/// ```no_run
#[doc = include_str!("../examples/build_script.rs")]
/// ```
///
/// # Errors
/// As [`generate`](crate::generate).
pub fn manifest(schema: &Schema, options: &Options) -> Result<Manifest, Error> {
    let parsed = Parsed::new(options)?;
    let cx = &prepare(schema, options, &parsed)?;
    check_matches(&parsed, schema, Coverage::Part)?;
    let types = cx.selection.types(schema).filter(|&id| cx.extern_type(id).is_none());
    let types = types
        .map(|id| item(schema.ty(id).name(), cx.names.ty(id).to_string(), cx.type_presence(id)));
    let events = cx.selection.events(schema).map(|event| {
        let definition = &event.definition;
        let path = format!("events::{}", cx.names.event(&definition.name));
        item(&definition.name, path, cx.entity_presence(definition))
    });
    Ok(Manifest {
        types: types.collect(),
        commands: cx.selection.commands(schema).map(|command| command_item(cx, command)).collect(),
        events: events.collect(),
    })
}

fn item(name: &str, path: String, presence: Presence) -> Item {
    let cfg = match presence {
        Presence::Cfg(predicate) => Some(predicate.to_string()),
        Presence::Always | Presence::Never => None,
    };
    Item { name: name.to_owned(), path, cfg }
}

fn command_item(cx: &Context<'_>, command: &Command) -> CommandItem {
    let definition = &command.definition;
    let path = format!("commands::{}", cx.names.command(&definition.name));
    let arguments = arguments(cx, command, Scope::Root).map(|ty| path_text(&ty));
    CommandItem {
        item: item(&definition.name, path, cx.entity_presence(definition)),
        server_trait: format!("server::{}", cx.names.command_trait("", definition.module)),
        method: cx.names.method(&definition.name).to_string(),
        arguments,
    }
}

/// Writes a path as people do, without the spaces between its tokens.
fn path_text(path: &TokenStream) -> String {
    path.to_string().split_whitespace().collect()
}
