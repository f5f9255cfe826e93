//! Real schemas as Rust that compiles without a warning: every condition on and none, each role, and the
//! documentation of all of QEMU's.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use qapi_codegen::{Conditions, Options, check_cfg, generate_text};
use qapi_parser::schema::Schema;

const ROOTS: [&str; 3] =
    ["qapi/qapi-schema.json", "qga/qapi-schema.json", "storage-daemon/qapi/qapi-schema.json"];

/// What all lints are asked of the generated code.
const LINTS: &str = "#![deny(warnings, missing_docs, rust_2024_compatibility)]";

/// A workspace in which each generated file is a crate.
struct Workspace {
    folder: PathBuf,
    count: usize,
}

impl Workspace {
    fn new(name: &str) -> Workspace {
        let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        // Packages of an earlier run; what was built for them stays.
        let _ = fs::remove_dir_all(folder.join("crates"));
        fs::create_dir_all(folder.join("crates")).unwrap();
        fs::write(
            folder.join("Cargo.toml"),
            "[workspace]\nresolver = \"3\"\nmembers = [\"crates/*\"]\n",
        )
        .unwrap();
        fs::copy(project.join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
        Workspace { folder, count: 0 }
    }

    /// Adds the crate of a generated file, and of what its build script says to cargo.
    fn add(&mut self, name: &str, text: &str, instructions: &[String]) {
        let folder = self.folder.join("crates").join(name);
        fs::create_dir_all(folder.join("src")).unwrap();
        let qapi = fs::canonicalize(Path::new(env!("CARGO_MANIFEST_DIR")).join("../qapi")).unwrap();
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n\
             qapi = {{ path = {qapi:?}, default-features = false, features = [\"serde\"] }}\n"
        );
        fs::write(folder.join("Cargo.toml"), manifest).unwrap();
        let lib = format!(
            "{LINTS}\n//! {name}\n/// The schema.\npub mod api {{\n    include!(\"api.rs\");\n}}\n"
        );
        fs::write(folder.join("src/lib.rs"), lib).unwrap();
        fs::write(folder.join("src/api.rs"), text).unwrap();
        if !instructions.is_empty() {
            let prints: String =
                instructions.iter().map(|line| format!("    println!({line:?});\n")).collect();
            fs::write(folder.join("build.rs"), format!("fn main() {{\n{prints}}}\n")).unwrap();
        }
        self.count += 1;
    }

    /// Runs cargo on all of the crates.
    fn cargo(&self, arguments: &[&str], rustdoc_flags: &str) {
        assert!(self.count > 0, "QAPI_SHARED has no schema");
        let output = Command::new(env!("CARGO"))
            .args(arguments)
            .args(["--offline", "--quiet"])
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", self.folder.join("target"))
            .env("RUSTDOCFLAGS", rustdoc_flags)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        println!("{} crates: cargo {}", self.count, arguments.join(" "));
    }
}

/// The schemas under `QAPI_SHARED`, each with a name that a crate can have.
fn schemas() -> Vec<(String, Schema)> {
    let corpus = qapi_tests::folder("QAPI_SHARED").join("corpus");
    let mut trees: Vec<PathBuf> = fs::read_dir(corpus)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    trees.sort();
    let mut schemas = Vec::new();
    for tree in trees {
        for root in ROOTS {
            let path = tree.join(root);
            if !path.is_file() {
                continue;
            }
            let checked = qapi_parser::parse_file(&path, qapi_parser::Options::default()).unwrap();
            let tree = tree.file_name().unwrap().to_string_lossy();
            let folder = root.split('/').next().unwrap();
            schemas.push((format!("{tree}-{folder}").replace('.', "_"), checked.schema));
        }
    }
    schemas
}

fn options(settings: &[(&str, &str)]) -> Options {
    let mut options = Options::new();
    for (key, value) in settings {
        options.set(key, value).unwrap();
    }
    options
}

#[test]
fn every_schema_condition_and_role() {
    let mut workspace = Workspace::new("matrix");
    for (name, schema) in schemas() {
        for conditions in ["all", "none"] {
            for role in ["client", "server", "both"] {
                let options = options(&[("conditions", conditions), ("role", role)]);
                let text = generate_text(&schema, &options).unwrap();
                workspace.add(&format!("{name}-{conditions}-{role}"), &text, &[]);
            }
        }
    }
    workspace.cargo(&["check", "--workspace"], "");
}

#[test]
fn conditions_as_cfgs_on_and_off() {
    let mut workspace = Workspace::new("cfgs");
    for (name, schema) in schemas() {
        for (kind, conditions) in [("cfg", Conditions::Cfg), ("feature", Conditions::Features)] {
            let options =
                options(&[("open", "*"), ("unstable-feature", "unstable")]).conditions(conditions);
            let text = generate_text(&schema, &options).unwrap();
            let expected = check_cfg(&schema, &options);
            let check: Vec<String> =
                expected.iter().map(|value| format!("cargo::rustc-check-cfg={value}")).collect();
            workspace.add(&format!("{name}-{kind}-off"), &text, &check);
            // `cfg(SYMBOL)` is switched on as `SYMBOL`, `cfg(feature, values("X"))` as `feature="X"`.
            let on = expected.iter().map(|value| {
                let inner = value.trim_start_matches("cfg(").trim_end_matches(')');
                format!("cargo::rustc-cfg={}", inner.replace("feature, values(", "feature="))
            });
            let on: Vec<String> = check.iter().cloned().chain(on).collect();
            workspace.add(&format!("{name}-{kind}-on"), &text, &on);
        }
    }
    workspace.cargo(&["check", "--workspace"], "");
}

#[test]
fn documentation_is_clean() {
    let mut workspace = Workspace::new("docs");
    for (name, schema) in schemas() {
        workspace.add(&name, &generate_text(&schema, &Options::new()).unwrap(), &[]);
    }
    workspace.cargo(&["doc", "--workspace", "--no-deps"], "-D warnings");
}
