//! The README's client is compiled in a crate that depends on `qapi` alone.

use std::fs;
use std::path::Path;
use std::process::Command;

/// The checkout.
const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// Returns the code block that begins with `// src/main.rs`.
fn program(readme: &str) -> &str {
    let (_, rest) = readme.split_once("```rust,ignore\n// src/main.rs").expect("the program");
    rest.split_once('\n').and_then(|(_, rest)| rest.split_once("```")).expect("its end").0
}

#[test]
fn the_client_compiles_in_an_empty_crate() {
    let workspace = Path::new(WORKSPACE);
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let qapi = workspace.join("qapi").canonicalize().unwrap();
    let manifest = format!(
        "[package]\nname = \"empty\"\nedition = \"2024\"\n\n[workspace]\n\n\
         [lints.rust]\nwarnings = \"deny\"\n\n[dependencies]\nqapi = {{ path = {qapi:?} }}\n"
    );
    file("Cargo.toml", &manifest);
    file("Cargo.lock", &fs::read_to_string(workspace.join("Cargo.lock")).unwrap());
    file("src/main.rs", program(&fs::read_to_string(workspace.join("README.md")).unwrap()));
    // A schema with the same definitions in place of QEMU's.
    let schema = workspace.join("qapi/examples/schema/client.json");
    file("qapi/qapi-schema.json", &fs::read_to_string(schema).unwrap());

    let output = Command::new(env!("CARGO"))
        .args(["build", "--offline"])
        .current_dir(folder.path())
        .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("rebuild-target"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
