//! Our types of the payloads, from the schema that they are about.

use qapi_codegen::{Builder, Options};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-env-changed=QAPI_SHARED");
    println!("cargo::rerun-if-env-changed=QAPI_CORPUS");
    let wanted = ["query-migrate", "query-qmp-schema", "migrate", "blockdev-add"];
    let options = wanted.into_iter().fold(Options::new(), Options::select);
    Builder::new(qapi_benches::corpus_root()?).options(options).compile("ours.rs")?;
    Ok(())
}
