//! The text under the spans of expressions, documentation and diagnostics.

use std::io;
use std::path::Path;

use qapi_parser::diagnostic::Diagnostics;
use qapi_parser::doc::DocBlock;
use qapi_parser::expression::{Expression, Value};
use qapi_parser::loader::{Parsed, ParsedItem, Root, load};
use qapi_parser::render::{MessageFormat, render};
use qapi_parser::source::Span;
use qapi_parser::{Options, parse_text};

/// Files that are not on disk.
fn files(path: &Path) -> io::Result<Vec<u8>> {
    match path.to_str() {
        Some("dir/points.json") => Ok(POINTS.into()),
        Some("dir/../last.json") => Ok("{ 'struct': 'Last'".into()),
        _ => Err(io::ErrorKind::NotFound.into()),
    }
}

const POINTS: &str = "\
# Ünïcode in a comment moves columns and bytes apart.
##
# Points.
##

##
# @move:
#
# Move a
# point.
#
# @by: how far,
#     in dots
#
# Features:
#
# @fast: quick
#
# Returns: where
#
# Loose
# text.
##
{ 'command': 'move',
  'data': { 'by': [ 'int' ], '*hard': true },
  'returns': 'Po\\\\int' }
";

fn read(text: &str) -> Parsed {
    load(
        &[Root::Text { path: "dir/root.json".into(), bytes: text.into() }],
        &files,
        Options::default(),
    )
}

fn expressions(parsed: &Parsed) -> Vec<&Expression> {
    let mut expressions = Vec::new();
    for item in &parsed.items {
        if let ParsedItem::Expression(expression) = item {
            expressions.push(expression);
        }
    }
    expressions
}

#[test]
fn expressions_of_an_included_file() {
    let parsed = read("{ 'include': 'points.json' }\n");
    let text = |span: Span| parsed.sources.text(span);
    let ParsedItem::Include(module) = &parsed.items[0] else { panic!("an include") };
    assert_eq!((module.text.as_str(), text(module.span)), ("points.json", "'points.json'"));

    let object = &expressions(&parsed)[0].object;
    assert!(text(object.span).starts_with("{ 'command'") && text(object.span).ends_with("int' }"));
    let (key, value) = &object.members[1];
    assert_eq!(text(key.span), "'data'");
    assert_eq!(text(value.span()), "{ 'by': [ 'int' ], '*hard': true }");
    let Value::Object(data) = value else { panic!("an object") };
    assert_eq!(text(data.members[0].1.span()), "[ 'int' ]");
    assert_eq!(text(data.members[1].1.span()), "true");
    let Some(Value::String(returns)) = object.get("returns") else { panic!("a string") };
    assert_eq!((returns.text.as_str(), text(returns.span)), ("Po\\int", "'Po\\\\int'"));
}

#[test]
fn documentation() {
    let parsed = read("{ 'include': 'points.json' }\n");
    let text = |span: Span| parsed.sources.text(span);
    let ParsedItem::FreeForm(free_form) = &parsed.items[1] else {
        panic!("free-form documentation")
    };
    assert_eq!(text(free_form.span), "##\n# Points.\n##");
    assert_eq!(text(free_form.body.span), "Points.");

    let doc: &DocBlock = expressions(&parsed)[0].doc.as_ref().expect("documentation");
    assert!(text(doc.span).starts_with("##\n# @move:") && text(doc.span).ends_with("# text.\n##"));
    assert_eq!(doc.symbol.as_ref().map(|symbol| text(symbol.span)), Some("move"));
    assert_eq!(text(doc.body.span), "Move a\n# point.");
    assert_eq!(text(doc.members[0].name.span), "by");
    assert_eq!(text(doc.members[0].text.span), "how far,\n#     in dots");
    assert_eq!(text(doc.features[0].name.span), "fast");
    assert_eq!(text(doc.features[0].text.span), "quick");
    assert_eq!(text(doc.sections[0].span), "Returns:");
    assert_eq!(text(doc.sections[0].text.span), "where");
    assert_eq!(text(doc.sections[1].span), "Loose");
    assert_eq!(text(doc.sections[1].text.span), "Loose\n# text.");
}

#[test]
fn the_end_of_a_second_file() {
    let parsed = read("\n{ 'include': '../last.json' }\n");
    let diagnostic = parsed.diagnostics.iter().next().expect("an error");
    let span = diagnostic.span.expect("a place");
    assert_eq!(parsed.sources.file(span.file).module(), "../last.json");
    assert_eq!((span.start, span.end), (18, 18));
    insta::assert_snapshot!(render(&parsed.diagnostics, &parsed.sources, MessageFormat::Human), @r"
    In file included from dir/root.json:2:
    dir/../last.json:1:19: error: expected ',' or '}'
     1 | { 'struct': 'Last'
       |                   ^
    dir/../last.json:1:1: note: opened here
     1 | { 'struct': 'Last'
       | ^
    ");
}

#[test]
fn line_ends_of_every_kind_count_once() {
    for end in ["\n", "\r\n", "\r"] {
        let parsed = read(&["##", "# @a: x", "##", "", "{ 'b': ; }", ""].join(end));
        let short = render(&parsed.diagnostics, &parsed.sources, MessageFormat::Short);
        assert_eq!(
            short,
            "dir/root.json:2:3: error: line should end with ':'\ndir/root.json:5:8: error: stray ';'\n"
        );
    }
}

#[test]
fn one_object_a_line_for_programs() {
    let parsed = read("{ 'include': '../last.json' }\n{ 'pragma': { 'doc-requird': \"\u{1}é\n");
    insta::assert_snapshot!(render(&parsed.diagnostics, &parsed.sources, MessageFormat::Json), @r#"
    {"file":"dir/../last.json","line":1,"column":19,"end_line":1,"end_column":19,"severity":"error","code":"unexpected-token","message":"expected ',' or '}'","context":null,"hints":[],"labels":[{"file":"dir/../last.json","line":1,"column":1,"end_line":1,"end_column":2,"message":"opened here"}],"includes":[{"file":"dir/root.json","line":1}]}
    {"file":"dir/root.json","line":2,"column":30,"end_line":2,"end_column":33,"severity":"error","code":"stray-characters","message":"stray '\"\\u{1}é'","context":null,"hints":["strings stand in single quotes"],"labels":[],"includes":[]}
    "#);
}

#[test]
fn a_long_line_is_cut_around_the_mistake() {
    let parsed = read(&format!(
        "{{ 'a': [ {} ; {} ] }}\n",
        "'x', ".repeat(100_000),
        "'y', ".repeat(100_000)
    ));
    let human = render(&parsed.diagnostics, &parsed.sources, MessageFormat::Human);
    assert!(human.contains("dir/root.json:1:500011: error: stray ';'"), "{human}");
    assert!(human.lines().all(|line| line.chars().count() < 150), "{human}");
    let lines: Vec<_> = human.lines().collect();
    assert_eq!(lines[1].chars().position(|c| c == ';'), lines[2].chars().position(|c| c == '^'));
}

#[test]
fn columns_of_a_long_line_count_characters() {
    let text = format!("##\n# {}\n##\n", "aé€𝄞".repeat(5_000));
    let options = Options { style: true, ..Options::default() };
    let checked = parse_text("m.json", text, options).expect("a style finding only");
    let json = render(&checked.style, checked.schema.sources(), MessageFormat::Json);
    let place = "\"line\":2,\"column\":3,\"end_line\":2,\"end_column\":20003,";
    assert!(json.contains(place), "{json}");
}

#[test]
fn many_findings_on_a_long_line_take_linear_time() {
    let text = format!("{{ 'a': [ {}; ] }}", "'x', ".repeat(800_000));
    let error = parse_text("m.json", text, Options::default()).expect_err("a stray character");
    let mut many = Diagnostics::default();
    let found = error.diagnostics().iter().next().expect("a finding");
    many.extend(std::iter::repeat_n(found.clone(), 20_000));
    let start = std::time::Instant::now();
    for format in [MessageFormat::Human, MessageFormat::Short, MessageFormat::Json] {
        assert!(render(&many, error.sources(), format).lines().count() >= 20_000);
    }
    let spent = start.elapsed();
    assert!(spent.as_secs() < 20, "quadratic time: {spent:?}");
}

#[test]
fn a_root_that_cannot_be_read() {
    let parsed = load(&[Root::File("no/such.json".into())], &files, Options::default());
    let short = render(&parsed.diagnostics, &parsed.sources, MessageFormat::Short);
    assert_eq!(short, "error: can't read schema file 'no/such.json': entity not found\n");
    let json = render(&parsed.diagnostics, &parsed.sources, MessageFormat::Json);
    assert!(json.starts_with("{\"file\":null,\"line\":null,"), "{json}");
}
