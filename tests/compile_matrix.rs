//! Real schemas as Rust that compiles without a warning: every condition on and none, each role,
//! and the documentation of two releases.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use qapi_codegen::{Conditions, Options, check_cfg, generate_text};
use qapi_parser::schema::Schema;
#[cfg(feature = "corpus")]
use qapi_tests::trees::PROGRAM_ROOTS;
use qapi_tests::trees::{Tree, verdicts};

/// Trees in `QAPI_SHARED`, and the roles to compile their schemas for.
const MATRIX: [(&str, &[&str]); 6] = [
    ("releases/qemu-4.2.0", &["client", "both"]),
    ("releases/qemu-6.1.0", &["client", "both"]),
    ("releases/qemu-8.2.0", &["client", "both"]),
    ("releases/qemu-11.0.0", &["client", "both"]),
    ("releases/fork-openeuler-4.1.0", &["client", "both"]),
    ("corpus/qemu-10.0.2", &["server"]),
];

/// Trees for conditions as `cfg`s, and for documentation.
const OLD_AND_NEW: [&str; 2] = ["corpus/qemu-7.2.0", "corpus/qemu-10.0.2"];

/// Lints that the generated code must pass.
const LINTS: &str = "#![deny(warnings, missing_docs, rust_2024_compatibility)]";

/// A workspace of crates of generated modules.
struct Workspace {
    folder: PathBuf,
}

/// The modules of a crate, and the `cfg`s that its build script reports.
#[derive(Default)]
struct Crate {
    modules: Vec<(String, String)>,
    instructions: BTreeSet<String>,
}

impl Crate {
    fn add(&mut self, module: &str, schema: &Schema, options: &Options) {
        self.modules.push((module.to_owned(), generate_text(schema, options).unwrap()));
    }
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
        Workspace { folder }
    }

    fn add(&self, name: &str, content: &Crate) {
        let folder = self.folder.join("crates").join(name);
        fs::create_dir_all(folder.join("src")).unwrap();
        let qapi = fs::canonicalize(Path::new(env!("CARGO_MANIFEST_DIR")).join("../qapi")).unwrap();
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n\
             qapi = {{ path = {qapi:?}, default-features = false, features = [\"serde\", \"server\"] }}\n"
        );
        fs::write(folder.join("Cargo.toml"), manifest).unwrap();
        let mut lib = format!("{LINTS}\n//! {name}\n");
        for (module, text) in &content.modules {
            fs::write(folder.join(format!("src/{module}.rs")), text).unwrap();
            lib.push_str(&format!(
                "/// A schema.\npub mod {module} {{\n    include!(\"{module}.rs\");\n}}\n"
            ));
        }
        fs::write(folder.join("src/lib.rs"), lib).unwrap();
        if !content.instructions.is_empty() {
            let instructions = content.instructions.iter();
            let prints: String =
                instructions.map(|line| format!("    println!({line:?});\n")).collect();
            fs::write(folder.join("build.rs"), format!("fn main() {{\n{prints}}}\n")).unwrap();
        }
    }

    /// Runs cargo on all of the crates.
    fn cargo(&self, arguments: &[&str], rustdoc_flags: &str) {
        let output = Command::new(env!("CARGO"))
            .args(arguments)
            .args(["--offline", "--quiet"])
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", self.folder.join("target"))
            .env("RUSTDOCFLAGS", rustdoc_flags)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

/// Returns the schemas of a tree in `QAPI_SHARED` that its own front end accepts, as [`parsed`]
/// does.
fn schemas(path: &str) -> (String, Vec<(String, Schema)>) {
    let tree = Tree::new(qapi_tests::folder("QAPI_SHARED").join(path));
    let verdicts = verdicts();
    let is_refused =
        |root: &str| verdicts.get(&(tree.name.clone(), root.to_owned())) == Some(&false);
    parsed(&tree, |root| !is_refused(root))
}

/// Returns the name of a tree and its schemas, each with a name for its module.
fn parsed(tree: &Tree, wanted: impl Fn(&str) -> bool) -> (String, Vec<(String, Schema)>) {
    let schemas: Vec<(String, Schema)> = tree
        .roots()
        .filter(|root| wanted(root))
        .map(|root| {
            let options = qapi_parser::Options::default();
            let checked = qapi_parser::parse_file(tree.path.join(root), options).unwrap();
            (root.trim_end_matches(".json").replace(['/', '-'], "_"), checked.schema)
        })
        .collect();
    assert!(!schemas.is_empty(), "{} has no schema", tree.path.display());
    (tree.name.replace('.', "_"), schemas)
}

/// Returns options for code that only rustc reads: formatting all of it takes half a minute.
fn options(settings: &[(&str, &str)]) -> Options {
    let mut options = Options::new().format(false);
    for (key, value) in settings {
        options.set(key, value).unwrap();
    }
    options
}

#[test]
fn real_schemas_compile_under_every_condition_and_role() {
    let workspace = Workspace::new("matrix");
    for (tree, roles) in MATRIX {
        let mut content = Crate::default();
        let (name, schemas) = schemas(tree);
        for (module, schema) in schemas {
            for conditions in ["all", "none"] {
                for role in roles {
                    let options = options(&[("conditions", conditions), ("role", role)]);
                    content.add(&format!("{module}_{conditions}_{role}"), &schema, &options);
                }
            }
        }
        println!("{name}: {} modules", content.modules.len());
        workspace.add(&name, &content);
    }
    workspace.cargo(&["check", "--workspace"], "");
}

/// The programs' schemas of the checkout that `QAPI_CORPUS` names, for both roles.
#[cfg(feature = "corpus")]
#[test]
fn a_checkout_compiles() {
    let workspace = Workspace::new("checkout");
    let mut content = Crate::default();
    let tree = Tree::new(qapi_tests::folder("QAPI_CORPUS"));
    let (_, schemas) = parsed(&tree, |root| PROGRAM_ROOTS.contains(&root));
    for (module, schema) in schemas {
        content.add(&module, &schema, &options(&[]));
    }
    workspace.add("checkout", &content);
    workspace.cargo(&["check", "--workspace"], "");
}

#[test]
fn real_schemas_compile_with_cfgs_on_and_off() {
    let workspace = Workspace::new("cfgs");
    for tree in OLD_AND_NEW {
        let mut content = Crate::default();
        let mut on = BTreeSet::new();
        let (name, schemas) = schemas(tree);
        for (module, schema) in schemas {
            for (kind, conditions) in [("cfg", Conditions::Cfg), ("feature", Conditions::Features)]
            {
                let options = options(&[("open", "*"), ("unstable-feature", "unstable")])
                    .conditions(conditions);
                content.add(&format!("{module}_{kind}"), &schema, &options);
                for cfg in check_cfg(&schema, &options) {
                    content.instructions.insert(format!("cargo::rustc-check-cfg={cfg}"));
                    // `cfg(SYMBOL)` is switched on as `SYMBOL`, `cfg(feature, values("X"))` as
                    // `feature="X"`.
                    let inner = cfg.trim_start_matches("cfg(").trim_end_matches(')');
                    let inner = inner.replace("feature, values(", "feature=");
                    on.insert(format!("cargo::rustc-cfg={inner}"));
                }
            }
        }
        workspace.add(&format!("{name}-off"), &content);
        content.instructions.append(&mut on);
        workspace.add(&format!("{name}-on"), &content);
    }
    workspace.cargo(&["check", "--workspace"], "");
}

#[test]
fn documentation_of_real_schemas_has_no_warning() {
    let workspace = Workspace::new("docs");
    for tree in OLD_AND_NEW {
        let mut content = Crate::default();
        let (name, schemas) = schemas(tree);
        for (module, schema) in schemas {
            content.add(&module, &schema, &options(&[]));
        }
        workspace.add(&name, &content);
    }
    workspace.cargo(&["doc", "--workspace", "--no-deps"], "-D warnings");
}
