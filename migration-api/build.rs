//! Generates the types, traits and tables of the schema's commands and events.

use qapi_codegen::{Builder, Error, Options};

/// Conditions of the schema that this engine satisfies.
const CONFIG: [&str; 4] = ["CONFIG_LINUX", "CONFIG_POSIX", "CONFIG_REPLICATION", "CONFIG_ZSTD"];

fn main() -> Result<(), Error> {
    let options = CONFIG.into_iter().fold(Options::new(), Options::define);
    Builder::new("../schema/qapi-schema.json").options(options).compile("api.rs")?;
    Ok(())
}
