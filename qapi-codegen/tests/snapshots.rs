//! The Rust of each shape of the schema. The snapshots are files of Rust, which `compiled`
//! compiles.

use std::path::Path;

use qapi_codegen::{Options, generate_text};

/// Generates with the options that the schema's first lines give as `# option: key = value`.
fn generate_file(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    let mut options = Options::new();
    for option in text.lines().map_while(|line| line.strip_prefix("# option: ")) {
        let (key, value) = option.split_once(" = ").unwrap();
        options.set(key, value).unwrap();
    }
    let checked = qapi_parser::parse_file(path, qapi_parser::Options::default()).unwrap();
    generate_text(&checked.schema, &options).unwrap()
}

#[test]
fn shapes() {
    insta::glob!("schemas/*.json", |path| {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_suffix("");
        settings.set_omit_expression(true);
        settings.bind(|| {
            insta::assert_binary_snapshot!(&format!("{name}.rs"), generate_file(path).into_bytes())
        });
    });
}

#[test]
fn generating_again_gives_the_same_bytes() {
    for entry in
        std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schemas")).unwrap()
    {
        let path = entry.unwrap().path();
        let first = generate_file(&path);
        for _ in 0..10 {
            assert_eq!(generate_file(&path), first, "{}", path.display());
        }
    }
}
