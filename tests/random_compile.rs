//! Random schemas as Rust that compiles without a warning, under random subsets of their
//! conditions, evaluated and as cfgs. `RANDOM_SCHEMAS` sets their number.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use fastrand::Rng;
use qapi_codegen::{Conditions, Options, generate_text};
use qapi_tests::random::{RandomSchema, SYMBOLS};

/// The number of subsets, each a crate.
const SUBSETS: u64 = 4;

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Writes the crate of a subset. Returns the number of modules in it.
fn add_crate(folder: &Path, subset: u64, seeds: u64) -> usize {
    let mut rng = Rng::with_seed(subset);
    let defined: BTreeSet<String> = match subset {
        0 => BTreeSet::new(),
        1 => SYMBOLS.map(str::to_owned).into(),
        _ => SYMBOLS.iter().filter(|_| rng.bool()).map(|symbol| (*symbol).to_owned()).collect(),
    };
    let mut lib = "#![deny(warnings)]\n//! Random schemas.\n".to_owned();
    let mut modules = 0;
    for seed in 0..seeds {
        let schema = RandomSchema::new(seed).parse().expect("a valid schema").schema;
        let evaluated = Options::new().conditions(Conditions::Defined(defined.clone()));
        // A type that the subset removes may be used: such a schema is refused by name.
        let Ok(text) = generate_text(&schema, &evaluated) else { continue };
        let cfgs = generate_text(&schema, &Options::new().conditions(Conditions::Cfg)).unwrap();
        for (kind, text) in [("evaluated", text), ("cfg", cfgs)] {
            write(&folder.join(format!("src/{kind}_{seed}.rs")), &text);
            _ = writeln!(
                lib,
                "/// Seed {seed}.\npub mod {kind}_{seed} {{\n    include!(\"{kind}_{seed}.rs\");\n}}"
            );
            modules += 1;
        }
    }
    write(&folder.join("src/lib.rs"), &lib);
    let known = SYMBOLS.iter().map(|symbol| format!("cargo::rustc-check-cfg=cfg({symbol})"));
    let on = defined.iter().map(|symbol| format!("cargo::rustc-cfg={symbol}"));
    let prints: String = known.chain(on).map(|line| format!("    println!({line:?});\n")).collect();
    write(&folder.join("build.rs"), &format!("fn main() {{\n{prints}}}\n"));
    let qapi = fs::canonicalize(Path::new(env!("CARGO_MANIFEST_DIR")).join("../qapi")).unwrap();
    let manifest = format!(
        "[package]\nname = \"subset-{subset}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
         [dependencies]\nqapi = {{ path = {qapi:?}, default-features = false, features = [\"serde\", \"server\"] }}\n"
    );
    write(&folder.join("Cargo.toml"), &manifest);
    modules
}

#[test]
fn random_schemas_compile() {
    let seeds =
        std::env::var("RANDOM_SCHEMAS").map_or(25, |count| count.parse().expect("a number"));
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("random");
    let _ = fs::remove_dir_all(folder.join("crates"));
    write(&folder.join("Cargo.toml"), "[workspace]\nresolver = \"3\"\nmembers = [\"crates/*\"]\n");
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
    fs::copy(lock, folder.join("Cargo.lock")).unwrap();
    for subset in 0..SUBSETS {
        let modules = add_crate(&folder.join(format!("crates/subset-{subset}")), subset, seeds);
        println!("subset {subset}: {modules} modules");
        assert!(modules > 0, "every schema is refused");
    }
    let output = Command::new(env!("CARGO"))
        .args(["check", "--workspace", "--keep-going", "--offline", "--quiet"])
        .current_dir(&folder)
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
