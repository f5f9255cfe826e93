//! The README's client and build script are compiled, each in a crate of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// The checkout.
const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// Returns the code block of the README that begins with the comment `// FILE`.
fn block(file: &str) -> String {
    let readme = fs::read_to_string(Path::new(WORKSPACE).join("README.md")).unwrap();
    let blocks = readme.split("```rust").skip(1).filter_map(|rest| {
        let code = rest.split_once('\n')?.1.split_once("```")?.0;
        code.starts_with(&format!("// {file}")).then(|| code.to_owned())
    });
    let blocks: Vec<String> = blocks.collect();
    assert_eq!(blocks.len(), 1, "blocks that begin with // {file}");
    blocks.concat()
}

/// A crate outside the workspace.
struct Crate {
    folder: TempDir,
}

impl Crate {
    /// A crate with these lines of dependencies.
    fn new(dependencies: &str) -> Crate {
        let folder = tempfile::tempdir().unwrap();
        let new = Crate { folder };
        let manifest = format!(
            "[package]\nname = \"empty\"\nedition = \"2024\"\n\n[workspace]\n\n\
             [lints.rust]\nwarnings = \"deny\"\n\n{dependencies}"
        );
        new.file("Cargo.toml", &manifest);
        new.file(
            "Cargo.lock",
            &fs::read_to_string(Path::new(WORKSPACE).join("Cargo.lock")).unwrap(),
        );
        new
    }

    fn file(&self, name: &str, text: &str) {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn build(&self) {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("rebuild-target");
        let output = Command::new(env!("CARGO"))
            .args(["build", "--offline"])
            .current_dir(self.folder.path())
            .env("CARGO_TARGET_DIR", target)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

fn package(name: &str) -> PathBuf {
    Path::new(WORKSPACE).join(name).canonicalize().unwrap()
}

#[test]
fn the_client_compiles_in_an_empty_crate() {
    let qapi = package("qapi");
    let new = Crate::new(&format!("[dependencies]\nqapi = {{ path = {qapi:?} }}\n"));
    new.file("src/main.rs", &block("src/main.rs"));
    // A schema with the same definitions in place of QEMU's.
    let schema = qapi.join("examples/schema/client.json");
    new.file("qapi/qapi-schema.json", &fs::read_to_string(schema).unwrap());
    new.build();
}

#[test]
fn the_build_script_generates_what_the_library_includes() {
    let (qapi, codegen) = (package("qapi"), package("qapi-codegen"));
    let new = Crate::new(&format!(
        "[dependencies]\nqapi = {{ path = {qapi:?}, default-features = false, features = [\"client\", \"serde\", \"server\"] }}\n\n\
         [build-dependencies]\nqapi-codegen = {{ path = {codegen:?} }}\n"
    ));
    new.file("build.rs", &block("build.rs"));
    new.file("src/lib.rs", &block("src/lib.rs"));
    for entry in fs::read_dir(package("schema")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        new.file(&format!("schema/{name}"), &fs::read_to_string(&path).unwrap());
    }
    new.build();
}
