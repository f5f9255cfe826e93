//! A user's crate is built again when a file of its schema changes, included ones too, and only then.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The checkout that the crates of this test depend on.
const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// A crate of a user's, with a schema of two files.
struct Project {
    folder: PathBuf,
}

impl Project {
    /// A crate called `name` with more in its manifest, and its sources.
    fn new(name: &str, manifest: &str, sources: &[(&str, &str)]) -> Project {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(folder.join("src"));
        let project = Project { folder };
        let lints = "[lints.rust]\nwarnings = \"deny\"\n";
        let head = format!(
            "[package]\nname = \"{name}\"\nedition = \"2024\"\n\n[workspace]\n\n{lints}\n{manifest}"
        );
        project.file("Cargo.toml", &head);
        for (file, text) in sources {
            project.file(file, text);
        }
        let lock =
            fs::read_to_string(Path::new(WORKSPACE).join("Cargo.lock")).expect("the lock file");
        project.file("Cargo.lock", &lock);
        project.file(
            "root.json",
            "{ 'include': 'colour.json' }\n{ 'struct': 'Paint', 'data': { '*c': 'Colour' } }\n",
        );
        project.file("colour.json", "{ 'enum': 'Colour', 'data': [ 'red' ] }\n");
        project
    }

    fn file(&self, name: &str, text: &str) {
        let path = self.folder.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a writable folder");
        fs::write(path, text).expect("a writable folder");
    }

    /// Builds, and tells whether that compiled the crate.
    fn build(&self, name: &str) -> bool {
        let output = Command::new(env!("CARGO"))
            .args(["build", "--offline"])
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("rebuild-target"))
            .output()
            .expect("cargo starts");
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{text}");
        text.contains(&format!("Compiling {name} "))
    }

    /// The crate's builds after an edit to an included file, and after none.
    fn check(&self, name: &str) {
        self.build(name);
        assert!(!self.build(name), "no edit, no build");
        self.file("colour.json", "{ 'enum': 'Colour', 'data': [ 'red', 'green' ] }\n");
        assert!(self.build(name), "an edit to an included file is built");
        assert!(!self.build(name), "and built once");
        self.file(
            "src/lib.rs",
            &fs::read_to_string(self.folder.join("src/lib.rs"))
                .expect("the source")
                .replace("Red", "Green"),
        );
        assert!(self.build(name), "the new value is there");
    }
}

#[test]
fn a_build_script_runs_again_for_an_included_file() {
    let manifest = format!(
        "[dependencies]\nqapi = {{ path = \"{WORKSPACE}/qapi\" }}\n\n\
         [build-dependencies]\nqapi-codegen = {{ path = \"{WORKSPACE}/qapi-codegen\" }}\n"
    );
    let build = "fn main() -> Result<(), qapi_codegen::Error> {\n    \
                 qapi_codegen::Builder::new(\"root.json\").compile(\"api.rs\")?;\n    Ok(())\n}\n";
    let lib = "pub mod api {\n    include!(concat!(env!(\"OUT_DIR\"), \"/api.rs\"));\n}\n\
               pub const COLOUR: api::Colour = api::Colour::Red;\n";
    let name = "with-build-script";
    Project::new(name, &manifest, &[("build.rs", build), ("src/lib.rs", lib)]).check(name);
}

#[test]
fn the_macro_is_expanded_again_for_an_included_file() {
    let manifest = format!("[dependencies]\nqapi = {{ path = \"{WORKSPACE}/qapi\" }}\n");
    let lib = "pub mod api {\n    qapi::include_qapi!(\"root.json\");\n}\n\
               pub const COLOUR: api::Colour = api::Colour::Red;\n";
    let name = "with-macro";
    Project::new(name, &manifest, &[("src/lib.rs", lib)]).check(name);
}
