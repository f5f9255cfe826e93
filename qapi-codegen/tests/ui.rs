//! Schemas that cannot become Rust under the options in their first lines, beside the messages.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use qapi_codegen::{Error, Options, expand, generate};
use qapi_parser::parse_file;

/// Codes whose cases are too long for a file; `options.rs` makes them.
const GENERATED: [&str; 1] = ["too-many-values"];

/// Generates with the options that the first lines of the case give as `# option: key = value`, or
/// expands the definition that `# expand: name` gives.
fn refused(path: &Path) -> Error {
    let text = std::fs::read_to_string(path).expect("the case");
    let mut options = Options::new();
    let mut name = None;
    for line in text.lines() {
        if let Some(option) = line.strip_prefix("# option: ") {
            let (key, value) = option.split_once(" = ").expect("a key and a value");
            if let Err(error) = options.set(key, value) {
                return error.into();
            }
        }
        name = name.or(line.strip_prefix("# expand: "));
    }
    let schema = parse_file(path, Default::default()).expect("a schema without errors").schema;
    let generated = match name {
        Some(name) => expand(&schema, name, &options),
        None => generate(&schema, &options),
    };
    generated.expect_err("a case that is refused")
}

/// Returns the case's path as messages show it in every checkout.
fn shown(path: &Path) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    path.strip_prefix(root).unwrap_or(path).to_owned()
}

#[test]
fn messages() {
    insta::glob!("ui/*.json", |path| {
        let path = shown(path);
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path("ui");
        settings.set_prepend_module_to_snapshot(false);
        settings.remove_snapshot_suffix();
        settings.set_omit_expression(true);
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        settings.bind(|| insta::assert_snapshot!(name.as_ref(), refused(&path).to_string()));
    });
}

#[test]
fn every_code_has_a_case() {
    let mut seen = BTreeSet::from(GENERATED);
    for entry in std::fs::read_dir("tests/ui").expect("a folder of cases") {
        let path = entry.expect("a readable folder").path();
        if path.extension().is_some_and(|extension| extension == "json") {
            match refused(&path) {
                Error::Options(errors) => seen.extend(errors.iter().map(|error| error.code())),
                Error::Schema { diagnostics, .. } => {
                    seen.extend(diagnostics.iter().map(|diagnostic| diagnostic.code));
                }
                error => panic!("{}: {error:?}", path.display()),
            }
        }
    }
    let codes: BTreeSet<&str> = Error::codes().collect();
    assert_eq!(seen, codes, "the codes with a case under tests/ui, and all codes");
}
