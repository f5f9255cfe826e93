//! Clients of the releases whose servers were probed, with the probed commands alone.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;

use qapi_codegen::{Builder, Options, Role};

use crate::traffic::capabilities;

/// Generates a module for each release, and the table of all; an empty one without `QAPI_SHARED`.
pub fn modules(shared: Option<&Path>) -> Result<String, Box<dyn Error>> {
    let mut releases: BTreeMap<Vec<u32>, (_, BTreeSet<String>)> = BTreeMap::new();
    for file in shared.map(capabilities).unwrap_or_default() {
        println!("cargo::rerun-if-changed={}", file.path().display());
        let numbers = file.version.split('.').map(str::parse).collect::<Result<_, _>>()?;
        let (_, names) = releases.entry(numbers).or_insert((file.clone(), BTreeSet::new()));
        names.extend(file.exchanges().iter().map(|exchange| exchange.command().to_owned()));
    }
    let (mut text, mut table) = (String::new(), String::new());
    for (file, names) in releases.values() {
        let tree = shared.map(|shared| file.tree(shared)).unwrap_or_default();
        match module(&file.version, &tree.join("qapi/qapi-schema.json"), names) {
            Ok((module, rows)) => {
                text.push_str(&module);
                writeln!(table, "({:?}, &[\n{rows}]),", file.version)?;
            }
            // The test that wants this client fails.
            Err(error) => println!("cargo::warning=no client of {}: {error}", file.version),
        }
    }
    let clients =
        "/// The clients, oldest release first.\npub static CLIENTS: &[ClientReplies] = &[";
    Ok(format!("{text}{clients}\n{table}];\n"))
}

/// Generates the client of a release: its module, and the rows of its table.
fn module(
    version: &str,
    root: &Path,
    commands: &BTreeSet<String>,
) -> Result<(String, String), Box<dyn Error>> {
    let options = Options::new().docs(false).role(Role::Client);
    let options = commands.iter().fold(options, Options::select);
    let checked = qapi_parser::parse_file(root, qapi_parser::Options::default())?;
    let manifest = qapi_codegen::manifest(&checked.schema, &options)?;
    let module = format!("release_{}", version.replace('.', "_"));
    Builder::new(root).options(options).compile(format!("{module}.rs"))?;
    let text = format!(
        "/// The client of {version}.\n#[allow(missing_docs, deprecated)]\npub mod {module} {{\n\
         include!(concat!(env!(\"OUT_DIR\"), \"/{module}.rs\"));\n}}\n"
    );
    let items = manifest.commands.iter().map(|command| &command.item);
    let rows =
        items.map(|item| format!("({:?}, round_trip::<{module}::{}>),\n", item.name, item.path));
    Ok((text, rows.collect()))
}
