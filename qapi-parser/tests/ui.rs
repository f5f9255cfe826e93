//! Schemas beside what is said of them: `ui/err` with the diagnostics, `ui/ok` with the dump.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use insta::Settings;
use qapi_parser::diagnostic::Diagnostics;
use qapi_parser::doc::DocErrorKind;
use qapi_parser::loader::LoadErrorKind;
use qapi_parser::render::{MessageFormat, render};
use qapi_parser::schema::SchemaError;
use qapi_parser::{ExprError, OldForm, Options, SyntaxErrorKind, dump, parse_file};

/// Codes whose cases are too long for a file; `limits.rs` makes them.
const GENERATED: [&str; 2] = ["nested-too-deep", "too-many-members"];

/// Errors and style findings.
const STYLE: Options = Options { style: true, deny_warnings: false };

/// The case's path as messages show it, whatever the folder of the checkout.
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
fn errors() {
    insta::glob!("ui/err/*.json", |path| {
        let path = shown(path);
        let error = parse_file(&path, STYLE).expect_err("a schema that is refused");
        compare("ui/err", &path, &error.render(MessageFormat::Human));
    });
}

#[test]
fn accepted() {
    insta::glob!("ui/ok/*.json", |path| {
        let path = shown(path);
        let checked = parse_file(&path, STYLE).expect("a schema that is accepted");
        let style = render(&checked.style, checked.schema.sources(), MessageFormat::Human);
        let quiet = parse_file(&path, Options::default()).expect("style findings only");
        assert_eq!(dump(&quiet.schema), dump(&checked.schema), "depends on the style check");
        compare("ui/ok", &path, &format!("{}{style}", dump(&checked.schema)));
    });
}

#[test]
fn every_code_has_a_case() {
    let mut seen = BTreeSet::new();
    let mut see = |diagnostics: &Diagnostics| {
        seen.extend(diagnostics.iter().map(|diagnostic| diagnostic.code));
    };
    for folder in ["tests/ui/err", "tests/ui/ok"] {
        for entry in std::fs::read_dir(folder).expect("a folder of cases") {
            let path = entry.expect("a folder that can be read").path();
            if path.extension().is_some_and(|extension| extension == "json") {
                match parse_file(&path, STYLE) {
                    Ok(checked) => see(&checked.style),
                    Err(error) => see(error.diagnostics()),
                }
            }
        }
    }
    see(parse_file("tests/ui/no-such-file.json", Options::default())
        .expect_err("no file")
        .diagnostics());
    seen.extend(GENERATED);
    let codes = [
        SyntaxErrorKind::CODES,
        DocErrorKind::CODES,
        LoadErrorKind::CODES,
        ExprError::CODES,
        SchemaError::CODES,
        OldForm::CODES,
    ]
    .concat();
    let unseen: Vec<_> = codes.iter().filter(|code| !seen.contains(*code)).collect();
    assert!(unseen.is_empty(), "no case under tests/ui has {unseen:?}");
}
