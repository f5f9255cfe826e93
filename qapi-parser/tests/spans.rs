//! The text under the spans of documentation and diagnostics.

use std::io;
use std::path::Path;

use qapi_parser::diagnostic::Diagnostics;
use qapi_parser::loader::Root;
use qapi_parser::render::{MessageFormat, render};
use qapi_parser::source::Span;
use qapi_parser::{Checked, Error, Options, parse_sources, parse_text};

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
{ 'command': 'move', 'data': { 'by': [ 'int' ] }, 'features': [ 'fast' ],
  'returns': 'Point' }
{ 'struct': 'Point', 'data': { } }
";

fn read(text: &str) -> Result<Checked, Error> {
    let root = Root::Text { path: "dir/root.json".into(), bytes: text.into() };
    parse_sources(&[root], &files, Options::new())
}

/// Renders the error of a schema that is refused.
fn refused(text: &str, format: MessageFormat) -> String {
    read(text).expect_err("a schema that is refused").render(format)
}

#[test]
fn spans_of_documentation_cover_its_parts() {
    let checked = read("{ 'include': 'points.json' }\n").expect("a schema that is accepted");
    let text = |span: Span| checked.schema.sources().text(span);
    let [free_form, doc] = checked.schema.docs() else { panic!("two blocks") };
    assert_eq!(text(free_form.span), "##\n# Points.\n##");
    assert_eq!(text(free_form.body.span), "Points.");

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
fn reports_the_end_of_an_included_file_with_the_chain_of_includes() {
    let error = read("\n{ 'include': '../last.json' }\n").expect_err("an error");
    let diagnostic = error.diagnostics().iter().next().expect("an error");
    let span = diagnostic.span.expect("a place");
    assert_eq!(error.sources().file(span.file).module(), "../last.json");
    assert_eq!((span.start, span.end), (18, 18));
    insta::assert_snapshot!(error.render(MessageFormat::Human), @r"
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
fn counts_line_ends_of_every_kind_once() {
    for end in ["\n", "\r\n", "\r"] {
        let text = ["##", "# @a: x", "##", "", "{ 'b': ; }", ""].join(end);
        assert_eq!(
            refused(&text, MessageFormat::Short),
            "dir/root.json:2:3: error: line should end with ':'\ndir/root.json:5:8: error: stray ';'\n"
        );
    }
}

#[test]
fn renders_one_json_object_a_line() {
    let text = "{ 'include': '../last.json' }\n{ 'pragma': { 'doc-requird': \"\u{1}é\n";
    insta::assert_snapshot!(refused(text, MessageFormat::Json), @r#"
    {"file":"dir/../last.json","line":1,"column":19,"end_line":1,"end_column":19,"severity":"error","code":"unexpected-token","message":"expected ',' or '}'","context":null,"hints":[],"labels":[{"file":"dir/../last.json","line":1,"column":1,"end_line":1,"end_column":2,"message":"opened here"}],"includes":[{"file":"dir/root.json","line":1}]}
    {"file":"dir/root.json","line":2,"column":30,"end_line":2,"end_column":33,"severity":"error","code":"stray-characters","message":"stray '\"\\u{1}é'","context":null,"hints":["strings stand in single quotes"],"labels":[],"includes":[]}
    "#);
}

#[test]
fn cuts_a_long_line_around_the_mistake() {
    let (before, after) = ("'x', ".repeat(100_000), "'y', ".repeat(100_000));
    let human = refused(&format!("{{ 'a': [ {before} ; {after} ] }}\n"), MessageFormat::Human);
    assert!(human.contains("dir/root.json:1:500011: error: stray ';'"), "{human}");
    assert!(human.lines().all(|line| line.chars().count() < 150), "{human}");
    let lines: Vec<_> = human.lines().collect();
    assert_eq!(lines[1].chars().position(|c| c == ';'), lines[2].chars().position(|c| c == '^'));
}

#[test]
fn counts_columns_in_characters() {
    let text = format!("##\n# {}\n##\n", "aé€𝄞".repeat(5_000));
    let options = Options::new().style(true);
    let checked = parse_text("m.json", text, options).expect("a style finding only");
    let json = render(&checked.style, checked.schema.sources(), MessageFormat::Json);
    let place = "\"line\":2,\"column\":3,\"end_line\":2,\"end_column\":20003,";
    assert!(json.contains(place), "{json}");
}

#[test]
fn renders_many_findings_on_a_long_line_in_linear_time() {
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
fn reports_a_root_that_cannot_be_read() {
    let roots = [Root::File("no/such.json".into())];
    let error = parse_sources(&roots, &files, Options::new()).expect_err("no file");
    let short = error.render(MessageFormat::Short);
    assert_eq!(short, "error: can't read schema file 'no/such.json': entity not found\n");
    let json = error.render(MessageFormat::Json);
    assert!(json.starts_with("{\"file\":null,\"line\":null,"), "{json}");
}
