//! For feature `recorded`: generates Rust from the real schemas of the recorded cases, and tables
//! of its functions by the schema's names.
//!
//! Without such a tree the tables are empty and hold the reason; only tests that use them fail.

#[path = "build/conversations.rs"]
mod conversations;
#[path = "build/replies.rs"]
mod replies;
#[allow(dead_code, reason = "the tests use the rest")]
#[path = "src/traffic.rs"]
mod traffic;

use std::collections::BTreeSet;
use std::env;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use qapi_codegen::{Builder, CommandItem, Item, Manifest, Options, Role};

/// The version of the recorded cases.
const VERSION: &str = "10.0.2";
/// The version of the client for newer servers.
const OLDER: &str = "7.2.0";

/// A schema in QEMU's tree.
struct Schema {
    /// The name of its module.
    name: &'static str,
    file: &'static str,
    /// True if cases use the arguments of its commands.
    arguments: bool,
    /// True if cases use its types and events.
    types: bool,
    /// The file in `QAPI_SHARED` with the symbols of the recorded program, if they are known.
    symbols: Option<&'static str>,
}

/// The schemas of the cases, with the tables that cases use; all would take minutes to compile.
const SCHEMAS: &[Schema] = &[
    Schema {
        name: "full",
        file: "qapi/qapi-schema.json",
        arguments: true,
        types: false,
        symbols: Some("introspect/qemu-10.0.2-x86_64.config-symbols.json"),
    },
    Schema {
        name: "qga",
        file: "qga/qapi-schema.json",
        arguments: false,
        types: false,
        symbols: None,
    },
    Schema {
        name: "storage_daemon",
        file: "storage-daemon/qapi/qapi-schema.json",
        arguments: false,
        types: false,
        symbols: None,
    },
    Schema {
        name: "test",
        file: "tests/qapi-schema/qapi-schema-test.json",
        arguments: true,
        types: true,
        symbols: None,
    },
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    if env::var_os("CARGO_FEATURE_RECORDED").is_none() {
        return Ok(());
    }
    let shared = folder("QAPI_SHARED");
    let is_recorded = |tree: &PathBuf| version(tree).as_deref() == Some(VERSION);
    let copy = shared.as_ref().map(|shared| shared.join(format!("corpus/qemu-{VERSION}")));
    let checkout = || folder("QAPI_CORPUS").filter(is_recorded);
    let tree = copy.filter(is_recorded).or_else(checkout);
    let mut text = match &tree {
        Some(tree) => modules(tree, shared.as_deref())?,
        None => String::new(),
    };
    let older = shared.as_ref().map(|shared| shared.join(format!("corpus/qemu-{OLDER}")));
    if let Some(older) = older.filter(|older| older.is_dir()) {
        text.push_str(&older_client(&older)?);
    }
    let names = SCHEMAS
        .iter()
        .filter(|_| tree.is_some())
        .map(|schema| format!("&{}::TABLES, ", schema.name));
    let names: String = names.collect();
    let all = format!("/// The tables of all schemas.\nstatic ALL: &[&Tables] = &[{names}];\n");
    let out = env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?;
    let out = Path::new(&out);
    fs::write(out.join("wire.rs"), text + &all)?;
    fs::write(out.join("replies.rs"), replies::modules(shared.as_deref())?)?;
    fs::write(out.join("conversations.rs"), conversations::module(shared.as_deref())?)?;
    Ok(())
}

/// Returns the folder that a variable names, if it is set. Tests check that it exists.
fn folder(variable: &str) -> Option<PathBuf> {
    println!("cargo::rerun-if-env-changed={variable}");
    env::var_os(variable).map(PathBuf::from)
}

fn version(tree: &Path) -> Option<String> {
    let path = tree.join("VERSION");
    println!("cargo::rerun-if-changed={}", path.display());
    fs::read_to_string(path).ok().map(|text| text.trim().to_owned())
}

/// Returns the conditions of the recorded program: all hold if none are known.
fn built(schema: &Schema, shared: Option<&Path>) -> Result<Options, Box<dyn Error>> {
    let path = shared.zip(schema.symbols).map(|(shared, symbols)| shared.join(symbols));
    let Some(path) = path.filter(|path| path.is_file()) else {
        return Ok(options());
    };
    println!("cargo::rerun-if-changed={}", path.display());
    let symbols: serde_json::Value = serde_json::from_str(&fs::read_to_string(path)?)?;
    let defined =
        symbols["defined"].as_array().into_iter().flatten().filter_map(serde_json::Value::as_str);
    Ok(defined.fold(options(), Options::define))
}

fn options() -> Options {
    Options::new().docs(false)
}

/// Generates a module for each schema: its code and its tables.
fn modules(tree: &Path, shared: Option<&Path>) -> Result<String, Box<dyn Error>> {
    let mut text = String::new();
    for schema in SCHEMAS {
        let Schema { name, file, .. } = schema;
        let rust = format!("{name}.rs");
        Builder::new(tree.join(file)).options(options()).compile(&rust)?;
        let checked = qapi_parser::parse_file(tree.join(file), qapi_parser::Options::default())?;
        let manifest = qapi_codegen::manifest(&checked.schema, &options())?;
        let built = qapi_codegen::manifest(&checked.schema, &built(schema, shared)?)?;
        write!(
            text,
            "/// Generated from `{file}`.\n#[allow(missing_docs, deprecated, clippy::disallowed_names)]\npub mod {name} {{\n\
             include!(concat!(env!(\"OUT_DIR\"), \"/{rust}\"));\n{}}}\n",
            tables(schema, &manifest, &built)
        )?;
    }
    Ok(text)
}

/// Generates a module with a client of an older version.
fn older_client(tree: &Path) -> Result<String, Box<dyn Error>> {
    let options =
        options().role(Role::Client).select("query-migrate-capabilities").select("query-status");
    Builder::new(tree.join("qapi/qapi-schema.json")).options(options).compile("older.rs")?;
    Ok("/// A client of an older version.\n#[allow(missing_docs, deprecated)]\npub mod older {\n\
        include!(concat!(env!(\"OUT_DIR\"), \"/older.rs\"));\n}\n"
        .to_owned())
}

fn tables(schema: &Schema, manifest: &Manifest, built: &Manifest) -> String {
    let types: Vec<(String, String)> = manifest.types.iter().map(pair).collect();
    let lists =
        types.iter().map(|(name, path)| (format!("[{name}]"), format!("::std::vec::Vec<{path}>")));
    let types: Vec<(String, String)> = lists.chain(types.iter().cloned()).collect();
    let commands: Vec<(String, String)> =
        manifest.commands.iter().map(|command| pair(&command.item)).collect();
    let events: Vec<(String, String)> = manifest.events.iter().map(pair).collect();
    let arguments = if schema.arguments { &commands[..] } else { &[] };
    let (types, events) = if schema.types { (&types[..], &events[..]) } else { (&[][..], &[][..]) };
    let names = |manifest: &Manifest| -> BTreeSet<String> {
        manifest.commands.iter().map(|command| command.item.name.clone()).collect()
    };
    let absent: Vec<String> = names(manifest).difference(&names(built)).cloned().collect();
    format!(
        "pub static TABLES: crate::wire::Tables = crate::wire::Tables {{\nname: {:?},\n{}{}{}{}\
         commands: || server::commands::<crate::stub::Stub>()\
         .into_iter().fold(::qapi::Commands::new(), |all, table| all.with(table)),\n\
         introspection: schema::PIECES,\nabsent: &{absent:?},\n}};\n{}",
        schema.name,
        table("types", "round_trip", types),
        table("arguments", "round_trip", arguments),
        table("data", "round_trip", events),
        table("emitters", "emit", events),
        methods(&manifest.commands)
    )
}

fn pair(item: &Item) -> (String, String) {
    (item.name.clone(), item.path.clone())
}

fn table(field: &str, function: &str, items: &[(String, String)]) -> String {
    let items = items
        .iter()
        .map(|(name, path)| format!("({name:?}, crate::wire::{function}::<{path}>),\n"));
    format!("{field}: &[\n{}],\n", items.collect::<String>())
}

/// Generates a stub's implementation of every command, trait by trait.
fn methods(commands: &[CommandItem]) -> String {
    let mut text = String::new();
    let mut traits: Vec<&str> =
        commands.iter().map(|command| command.server_trait.as_str()).collect();
    traits.sort_unstable();
    traits.dedup();
    for server_trait in traits {
        text.push_str(&format!("impl {server_trait} for crate::stub::Stub {{\n"));
        for command in commands.iter().filter(|command| command.server_trait == server_trait) {
            let (method, path) = (&command.method, &command.item.path);
            let (declared, passed) = match &command.arguments {
                Some(ty) => (format!(", arguments: {ty}"), "::qapi::to_text(&arguments)"),
                None => (String::new(), "::std::string::String::from(\"{}\")"),
            };
            text.push_str(&format!(
                "fn {method}(&self, cx: &::qapi::Context<'_>{declared}) -> ::core::result::Result<\
                 <{path} as ::qapi::Command>::Response, ::qapi::QmpError> {{ self.serve::<{path}>(cx, {passed}) }}\n"
            ));
        }
        text.push_str("}\n");
    }
    text
}
