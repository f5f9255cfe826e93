//! A build script that generates further code: a function that checks requests by their name.

use std::env;
use std::error::Error;
use std::fmt::Write as _;
use std::path::PathBuf;

use qapi_codegen::qapi_parser::parse_file;
use qapi_codegen::{Builder, Options, Role, manifest, write_whole};

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::new().role(Role::Client);
    Builder::new("schema.json").options(options.clone()).compile("api.rs")?;

    let schema = parse_file("schema.json", Default::default())?.schema;
    let mut rust = "\
/// Decodes a command's arguments; `None` if the schema has no such command.
pub fn check(name: &str, arguments: &str) -> Option<Result<(), qapi::DecodeError>> {
    let rules = &qapi::Rules::STRICT;
    Some(match name {
"
    .to_owned();
    for command in manifest(&schema, &options)?.commands {
        // Paths start at the module that includes `api.rs`.
        let (name, path) = (&command.item.name, &command.item.path);
        writeln!(rust, "{name:?} => qapi::from_text::<api::{path}>(arguments, rules).map(drop),")?;
    }
    rust.push_str("_ => return None,\n    })\n}\n");

    let folder = env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?;
    write_whole(PathBuf::from(folder).join("check.rs"), &rust)?;
    Ok(())
}
