//! The finished schema: entry points, modules, flattening, attached documentation.

use std::io;
use std::path::{Path, PathBuf};

use qapi_parser::diagnostic::Severity;
use qapi_parser::loader::Root;
use qapi_parser::schema::{Branches, Entity, ObjectOrigin, ObjectType, Schema, Type};
use qapi_parser::{Options, parse_sources, parse_text};

const BOOK: &str = "
{ 'include': 'parts/sides.json' }

##
# @Leaf:
#
# @weight: in grams
##
{ 'struct': 'Leaf', 'data': { 'weight': 'int' } }

##
# @Page:
#
# @rows: from the top
#
# Features:
#
# @unstable: Rows may become columns.
##
{ 'struct': 'Page', 'base': 'Leaf',
  'data': { 'rows': { 'type': [ 'str' ], 'features': [ 'unstable' ] } } }

##
# @Place:
#
# @side: which
##
{ 'union': 'Place', 'base': { 'side': 'Side' }, 'discriminator': 'side',
  'data': { 'right': 'Page' } }

##
# @fetch:
#
# @key: its name
##
{ 'command': 'fetch', 'data': { '*key': 'str' } }
";

const SIDES: &str = "{ 'enum': 'Side', 'data': [ 'left', { 'name': 'right', 'if': 'RIGHT' } ] }";

fn read(path: &Path) -> io::Result<Vec<u8>> {
    match path.to_str() {
        Some("book/book.json") => Ok(BOOK.into()),
        Some("book/parts/sides.json") => Ok(SIDES.into()),
        _ => Err(io::ErrorKind::NotFound.into()),
    }
}

fn book() -> Schema {
    let root = Root::File(PathBuf::from("book/book.json"));
    parse_sources(&[root], &read, Options::default()).expect("a schema that is accepted").schema
}

fn object<'a>(schema: &'a Schema, name: &str) -> &'a ObjectType {
    schema.object(schema.type_named(name).expect("a type of this name"))
}

#[test]
fn modules_contain_the_definitions_of_their_files() {
    let schema = book();
    let names: Vec<&str> = schema.modules().iter().map(|module| module.name.as_str()).collect();
    assert_eq!(names, ["./builtin", "book.json", "parts/sides.json"]);
    let Entity::Include(included) = schema.modules()[1].entities[0] else {
        panic!("an include comes first")
    };
    let sides = schema.module(included);
    let [Entity::Type(side)] = sides.entities[..] else { panic!("one type in {}", sides.name) };
    assert_eq!(schema.ty(side).name(), "Side");
    assert_eq!(schema.ty(side).definition().map(|definition| definition.module), Some(included));
}

#[test]
fn members_are_flattened_and_remember_their_origin() {
    let schema = book();
    let page = object(&schema, "Page");
    let origins: Vec<_> = page
        .members
        .iter()
        .map(|member| (member.name.as_str(), schema.ty(member.defined_in).name()))
        .collect();
    assert_eq!(origins, [("weight", "Leaf"), ("rows", "Page")]);
    assert_eq!(page.local_members.len(), 1);
    assert_eq!(schema.ty(page.members[1].ty).name(), "strList");
}

#[test]
fn missing_branches_become_empty() {
    let schema = book();
    let place = object(&schema, "Place");
    let Some(Branches { tag, branches, .. }) = &place.branches else {
        panic!("a union has branches")
    };
    assert_eq!(place.members[*tag].name, "side");
    let shown: Vec<_> = branches
        .iter()
        .map(|branch| (branch.name.as_str(), schema.ty(branch.ty).name(), branch.implicit))
        .collect();
    assert_eq!(shown, [("right", "Page", false), ("left", "q_empty", true)]);
    let base = place.base.map(|base| schema.object(base));
    assert_eq!(base.map(|base| base.origin), Some(ObjectOrigin::Base));
}

#[test]
fn documentation_is_attached_to_members_features_and_commands() {
    let schema = book();
    let page = object(&schema, "Page");
    let text = |doc: &Option<qapi_parser::doc::DocText>| doc.as_ref().map(|doc| doc.text.clone());
    assert_eq!(text(&page.members[0].doc).as_deref(), Some("in grams"));
    assert_eq!(text(&page.members[1].doc).as_deref(), Some("from the top"));
    assert_eq!(text(&page.members[1].features[0].doc).as_deref(), Some("Rows may become columns."));
    let fetch = &schema.commands()[0];
    let arguments = schema.object(fetch.arguments.expect("arguments"));
    assert_eq!(text(&arguments.members[0].doc).as_deref(), Some("its name"));
    let doc = schema.doc(fetch.definition.doc.expect("documentation"));
    assert_eq!(doc.symbol.as_ref().map(|symbol| symbol.text.as_str()), Some("fetch"));
}

#[test]
fn spans_cover_definitions_members_and_values() {
    let schema = book();
    let page = object(&schema, "Page");
    let text = |span: Option<_>| schema.sources().text(span.expect("a span"));
    assert!(text(page.definition.span).starts_with("{ 'struct': 'Page'"));
    assert_eq!(text(page.members[1].span), "'rows'");
    assert_eq!(text(page.members[1].features[0].span), "'unstable'");
    let Type::Enum(side) = schema.ty(schema.type_named("Side").expect("the enum")) else {
        panic!("an enum")
    };
    assert_eq!(text(side.values[1].span), "'right'");
}

#[test]
fn modules_list_their_entities_in_the_order_of_qemu() {
    let schema = book();
    let name = |entity: &Entity| match *entity {
        Entity::Include(id) => schema.module(id).name.clone(),
        Entity::Type(id) => schema.ty(id).name().to_owned(),
        Entity::Command(id) => schema.command(id).definition.name.clone(),
        Entity::Event(id) => schema.event(id).definition.name.clone(),
    };
    let names: Vec<_> = schema.modules()[1].entities.iter().map(name).collect();
    let expected = [
        "parts/sides.json",
        "Leaf",
        "Page",
        "q_obj_Place-base",
        "Place",
        "q_obj_fetch-arg",
        "fetch",
    ];
    assert_eq!(names, expected);
}

#[test]
fn style_is_reported_on_request_and_can_be_denied() {
    let text = "##\n# = Heading\n##\n{ 'pragma': { } }\n";
    let check = |style, deny_warnings| {
        parse_text("m.json", text, Options::new().style(style).deny_warnings(deny_warnings))
    };
    let quiet = check(false, false).expect("a style finding only");
    assert_eq!(quiet.style.len(), 0);
    let checked = check(true, false).expect("a style finding only");
    let codes: Vec<_> = checked.style.iter().map(|found| (found.code, found.severity)).collect();
    assert_eq!(codes, [("old-heading", Severity::Style)]);
    let error = check(false, true).expect_err("it is denied");
    let codes: Vec<_> =
        error.diagnostics().iter().map(|found| (found.code, found.severity)).collect();
    assert_eq!(codes, [("old-heading", Severity::Error)]);
}

#[test]
fn includes_of_text_are_relative_to_its_name() {
    let root = Root::Text {
        path: "book/other.json".into(),
        bytes: b"{ 'include': 'book.json' }".to_vec(),
    };
    let checked =
        parse_sources(&[root], &read, Options::default()).expect("a schema that is accepted");
    assert_eq!(checked.schema.sources().files().len(), 3);
}
