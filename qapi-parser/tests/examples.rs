//! Schemas with examples in their documentation beside the counts and faults: `ui/examples`.

use std::path::{Path, PathBuf};

use insta::Settings;
use qapi_parser::examples::{self, Coverage, Report};
use qapi_parser::render::{MessageFormat, render};
use qapi_parser::schema::Schema;
use qapi_parser::{Options, parse_file, parse_text};

fn check(path: &Path) -> (Schema, Report) {
    let schema = parse_file(path, Options::default()).expect("a schema that is accepted").schema;
    let report = examples::check(&schema);
    (schema, report)
}

/// Returns the path of a case as messages show it, relative to the package.
fn shown(path: &Path) -> PathBuf {
    path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap_or(path).to_owned()
}

#[test]
fn shows_the_faults_and_counts_of_each_case() {
    insta::glob!("ui/examples/*.json", |path| {
        let path = shown(path);
        let (schema, report) = check(&path);
        let faults = render(&report.faults, schema.sources(), MessageFormat::Human);
        let counts = report.render_counts(&path, MessageFormat::Human);
        let mut settings = Settings::clone_current();
        settings.set_snapshot_path("ui/examples");
        settings.set_prepend_module_to_snapshot(false);
        settings.remove_snapshot_suffix();
        settings.set_omit_expression(true);
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        settings.bind(|| insta::assert_snapshot!(name.as_ref(), format!("{faults}{counts}")));
    });
}

#[test]
fn finds_every_form_of_example() {
    let (_, report) = check(Path::new("tests/ui/examples/forms.json"));
    let counts = [Coverage::Checked, Coverage::Elided, Coverage::Unanswerable];
    assert_eq!(counts.map(|coverage| report.count(coverage)), [13, 1, 1]);
    assert!(report.faults.is_empty());
}

#[test]
fn renders_the_counts_as_json() {
    let (_, report) = check(Path::new("tests/ui/examples/forms.json"));
    assert_eq!(
        report.render_counts(Path::new("a \"b\""), MessageFormat::Json),
        "{\"file\":\"a \\\"b\\\"\",\"checked\":13,\"elided\":1,\"unanswerable\":1,\"faults\":0}\n"
    );
}

#[test]
fn never_panics_on_damaged_examples() {
    let text = std::fs::read_to_string("tests/ui/examples/forms.json").expect("a case");
    let damages = ["\"", "{", "]", "\\", "...", "é", "\n#\n"];
    for ((at, _), damage) in text.char_indices().zip(damages.into_iter().cycle()) {
        let damaged = format!("{}{damage}{}", &text[..at], &text[at..]);
        if let Ok(checked) = parse_text("damaged.json", damaged, Options::default()) {
            let report = examples::check(&checked.schema);
            let faults = render(&report.faults, checked.schema.sources(), MessageFormat::Human);
            assert_eq!(faults.is_empty(), report.faults.is_empty());
        }
    }
}

#[test]
fn checks_many_members_in_linear_time() {
    let members: String = (0..50_000).map(|index| format!(", \"m{index}\": 1")).collect();
    let text = format!(
        "##\n# @a:\n#\n# -> {{ \"execute\": \"a\", \"arguments\": {{ \"m\": 1{members} }} }}\n##\n\
         {{ 'command': 'a' }}\n"
    );
    let schema = parse_text("many.json", text, Options::default()).expect("a schema").schema;
    assert_eq!(examples::check(&schema).faults.len(), 50);
}
