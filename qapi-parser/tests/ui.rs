//! Schemas beside their snapshots: `ui/err` with the diagnostics, `ui/ok` with the dump.
//! `src/codes.rs` tests that every code has a case.

use std::path::{Path, PathBuf};

use insta::Settings;
use qapi_parser::render::{MessageFormat, render};
use qapi_parser::{Options, dump, parse_file};

/// Errors and style findings.
const STYLE: Options = Options::new().style(true);

/// Returns a case's path as messages show it, relative to the package.
fn shown(path: &Path) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    path.strip_prefix(root).unwrap_or(path).to_owned()
}

/// Compares with the snapshot beside the case.
fn compare(folder: &str, path: &Path, text: &str) {
    let mut settings = Settings::clone_current();
    settings.set_snapshot_path(folder);
    settings.set_prepend_module_to_snapshot(false);
    settings.remove_snapshot_suffix();
    settings.set_omit_expression(true);
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    settings.bind(|| insta::assert_snapshot!(name.as_ref(), text));
}

#[test]
fn shows_the_errors_of_refused_schemas() {
    insta::glob!("ui/err/*.json", |path| {
        let path = shown(path);
        let error = parse_file(&path, STYLE).expect_err("a schema that is refused");
        compare("ui/err", &path, &error.render(MessageFormat::Human));
    });
}

#[test]
fn dumps_accepted_schemas_with_their_style_findings() {
    insta::glob!("ui/ok/*.json", |path| {
        let path = shown(path);
        let checked = parse_file(&path, STYLE).expect("a schema that is accepted");
        let style = render(&checked.style, checked.schema.sources(), MessageFormat::Human);
        let quiet = parse_file(&path, Options::default()).expect("style findings only");
        assert_eq!(dump(&quiet.schema), dump(&checked.schema), "depends on the style check");
        compare("ui/ok", &path, &format!("{}{style}", dump(&checked.schema)));
    });
}
