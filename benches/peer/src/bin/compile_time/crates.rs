//! The crates to compile: the generated code of both sides, and programs that read and write the
//! values that their arguments name.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use qapi_codegen::{Item, Options, Role};

use crate::Result;

/// The commands of the small programs.
const TEN: [&str; 10] = [
    "query-status",
    "query-migrate",
    "migrate",
    "migrate-set-parameters",
    "blockdev-add",
    "query-block",
    "query-named-block-nodes",
    "netdev_add",
    "query-cpus-fast",
    "stop",
];

const OURS: &str = "\
/// Reads and writes the text of a `T`.
fn pass<T: qapi::rt::Field>(text: &str) -> Result<String, qapi::DecodeError> {
    Ok(qapi::to_text(&qapi::from_text::<T>(text, &qapi::Rules::STRICT)?))
}

/// Reads and writes a command's arguments or, in square brackets, its response.
fn command<C: qapi::Command>(text: &str) -> Result<String, qapi::DecodeError> {
    if text.starts_with('[') { pass::<C::Response>(text) } else { pass::<C>(text) }
}
";

const PEER: &str = "\
/// Reads and writes the text of a `T`.
fn pass<T: serde::Serialize + serde::de::DeserializeOwned>(text: &str) -> Result<String, serde_json::Error> {
    serde_json::to_string(&serde_json::from_str::<T>(text)?)
}

/// Reads and writes a command's arguments or, in square brackets, its response.
fn command<C: qapi_spec::Command + serde::de::DeserializeOwned>(text: &str) -> Result<String, serde_json::Error>
where
    C::Ok: serde::Serialize,
{
    if text.starts_with('[') { pass::<C::Ok>(text) } else { pass::<C>(text) }
}
";

/// What the peer's file expects around it.
const PEER_HEAD: &str = "\
#![allow(non_snake_case, non_camel_case_types, deprecated)]
use serde::{Deserialize, Serialize};
pub trait QmpCommand: qapi_spec::Command {}
include!(\"types.rs\");
";

/// One side's way of doing things.
struct Side {
    name: &'static str,
    /// What the crate of types depends on, and the programs besides.
    dependencies: String,
    head: &'static str,
    functions: &'static str,
    /// Names and paths of commands and events.
    commands: Vec<(String, String)>,
    events: Vec<(String, String)>,
}

/// Writes a workspace of all crates. Returns the number of lines generated: ours, ours for clients,
/// the peer's.
pub fn write(root: &Path, scratch: &Path) -> Result<[usize; 3]> {
    let sides = [ours(root)?, peer(root)?];
    let mut members = String::new();
    let without_serde = runtime(&["server"]);
    for (name, dependencies) in [
        ("ours-client", &sides[0].dependencies),
        ("ours-types-without-serde", &without_serde),
        ("ours-client-without-serde", &without_serde),
    ] {
        write_crate(scratch, name, dependencies, "lib.rs", sides[0].head)?;
        write!(members, "\"{name}\", ")?;
    }
    for side in &sides {
        let types = format!("{}-types", side.name);
        write_crate(scratch, &types, &side.dependencies, "lib.rs", side.head)?;
        let programs = format!("{}{types} = {{ path = \"../{types}\" }}\n", side.dependencies);
        let ten: Vec<_> = side
            .commands
            .iter()
            .filter(|(name, _)| TEN.contains(&name.as_str()))
            .cloned()
            .collect();
        if ten.len() != TEN.len() {
            return Err("the schema lacks some of the ten commands".into());
        }
        for (name, text) in [
            ("none", "fn main() {}\n".to_owned()),
            ("ten", program(side, &ten, &[])),
            ("all", program(side, &side.commands, &side.events)),
        ] {
            write_crate(scratch, &format!("{}-{name}", side.name), &programs, "main.rs", &text)?;
        }
        for name in ["types", "none", "ten", "all"] {
            write!(members, "\"{}-{name}\", ", side.name)?;
        }
    }
    fs::write(
        scratch.join("Cargo.toml"),
        format!("[workspace]\nresolver = \"3\"\nmembers = [{members}]\n"),
    )?;
    // What is compared has the same dependencies as this program has.
    fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock"), scratch.join("Cargo.lock"))?;
    let schema = qapi_parser::parse_file(root, qapi_parser::Options::default())?.schema;
    let both = qapi_codegen::generate_text(&schema, &Options::new())?;
    for name in ["ours-types", "ours-types-without-serde"] {
        fs::write(scratch.join(name).join("src/types.rs"), &both)?;
    }
    let client = qapi_codegen::generate_text(&schema, &Options::new().role(Role::Client))?;
    for name in ["ours-client", "ours-client-without-serde"] {
        fs::write(scratch.join(name).join("src/types.rs"), &client)?;
    }
    let folder = root.parent().ok_or("a schema lies in a folder")?;
    let file = scratch.join("peer-types/src/types.rs");
    peer_codegen::codegen(folder, &file, "QmpCommand".into())?;
    let peer = fs::read_to_string(file)?;
    Ok([&both, &client, &peer].map(|text| text.lines().count()))
}

fn ours(root: &Path) -> Result<Side> {
    let schema = qapi_parser::parse_file(root, qapi_parser::Options::default())?.schema;
    let manifest = qapi_codegen::manifest(&schema, &Options::new())?;
    let pair = |item: &Item| (item.name.clone(), format!("ours_types::{}", item.path));
    Ok(Side {
        name: "ours",
        dependencies: runtime(&["serde", "server"]),
        head: "include!(\"types.rs\");\n",
        functions: OURS,
        commands: manifest.commands.iter().map(|command| pair(&command.item)).collect(),
        events: manifest.events.iter().map(pair).collect(),
    })
}

/// Returns the dependency on our runtime with some of its features.
fn runtime(features: &[&str]) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../qapi");
    format!("qapi = {{ path = {path:?}, default-features = false, features = {features:?} }}\n")
}

fn peer(root: &Path) -> Result<Side> {
    let Side { commands, events, .. } = ours(root)?;
    let renamed = |items: Vec<(String, String)>| {
        items
            .into_iter()
            .map(|(name, _)| (name.clone(), format!("peer_types::{}", name.replace('-', "_"))))
            .collect()
    };
    Ok(Side {
        name: "peer",
        dependencies: "qapi-spec = \"=0.3.2\"\nserde = { version = \"1\", features = [\"derive\"] }\nserde_json = \"1\"\n"
            .to_owned(),
        head: PEER_HEAD,
        functions: PEER,
        commands: renamed(commands),
        events: renamed(events),
    })
}

fn program(side: &Side, commands: &[(String, String)], events: &[(String, String)]) -> String {
    let mut text = format!("#![allow(deprecated)]\n{}\nfn main() {{\n", side.functions);
    text.push_str("    let arguments: Vec<String> = std::env::args().collect();\n");
    text.push_str("    let [_, name, text] = &arguments[..] else { return };\n    let outcome = match name.as_str() {\n");
    for (function, items) in [("command", commands), ("pass", events)] {
        for (name, path) in items {
            text.push_str(&format!("        {name:?} => {function}::<{path}>(text),\n"));
        }
    }
    text.push_str("        _ => return,\n    };\n    println!(\"{outcome:?}\");\n}\n");
    text
}

fn write_crate(
    scratch: &Path,
    name: &str,
    dependencies: &str,
    file: &str,
    text: &str,
) -> Result<()> {
    let folder = scratch.join(name).join("src");
    fs::create_dir_all(&folder)?;
    fs::write(folder.join(file), text)?;
    let package =
        format!("[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2021\"\n");
    fs::write(
        scratch.join(name).join("Cargo.toml"),
        format!("{package}\n[dependencies]\n{dependencies}"),
    )?;
    Ok(())
}
