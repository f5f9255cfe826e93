//! The client of the release whose conversations are recorded, with the commands and events that
//! occur in them.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use qapi_codegen::{Builder, Options, Role};
use qapi_parser::schema::Schema;

/// The release.
const TREE: &str = "releases/qemu-11.0.0";

/// The records of its messages.
const RECORDS: [&str; 2] = ["traffic/iotests.jsonl", "traffic/examples-qemu-11.0.0.jsonl"];

/// Generates the client and a table of its decoders; an empty table without `QAPI_SHARED`.
pub fn module(shared: Option<&Path>) -> Result<String, Box<dyn Error>> {
    let none = "/// Empty: there is no schema of the release.\n\
                pub static CLIENT: Client = Client { commands: &[], events: &[] };\n";
    let Some(shared) = shared else { return Ok(none.to_owned()) };
    let root = shared.join(TREE).join("qapi/qapi-schema.json");
    let Ok(checked) = qapi_parser::parse_file(&root, qapi_parser::Options::default()) else {
        return Ok(none.to_owned());
    };
    let mut records = String::new();
    for path in RECORDS.map(|name| shared.join(name)) {
        println!("cargo::rerun-if-changed={}", path.display());
        records.push_str(&fs::read_to_string(path).unwrap_or_default());
    }
    let options = Options::new().docs(false).role(Role::Client);
    let options = mentioned(&checked.schema, &records).into_iter().fold(options, Options::select);
    let manifest = qapi_codegen::manifest(&checked.schema, &options)?;
    Builder::new(root).options(options).compile("conversations_client.rs")?;
    let mut text =
        "/// Generated from the release.\n#[allow(missing_docs, deprecated)]\npub mod client {\n\
                    include!(concat!(env!(\"OUT_DIR\"), \"/conversations_client.rs\"));\n}\n\
                    /// The client of the release.\n#[allow(deprecated)]\n\
                    pub static CLIENT: Client = Client { commands: &[\n"
            .to_owned();
    for item in manifest.commands.iter().map(|command| &command.item) {
        writeln!(text, "({:?}, Command::of::<client::{}>()),", item.name, item.path)?;
    }
    text.push_str("], events: &[\n");
    for item in &manifest.events {
        writeln!(text, "({:?}, decode::<client::{}>),", item.name, item.path)?;
    }
    text.push_str("] };\n");
    Ok(text)
}

/// Returns the commands and events whose names stand in quotes in `records`.
fn mentioned<'a>(schema: &'a Schema, records: &str) -> Vec<&'a str> {
    let commands = schema.commands().iter().map(|command| &command.definition);
    let events = schema.events().iter().map(|event| &event.definition);
    let names = commands.chain(events).map(|definition| definition.name.as_str());
    names
        .filter(|name| ["\"", "'"].iter().any(|quote| records.contains(&format!("{quote}{name}"))))
        .collect()
}
