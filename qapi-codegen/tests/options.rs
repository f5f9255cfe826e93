//! Options: their effects, and the messages about wrong ones.

use std::fs;

use qapi_codegen::{Builder, Conditions, Error, Options, Role, generate, generate_text};

fn try_generate(schema: &str, options: &Options) -> Result<String, Error> {
    let checked =
        qapi_parser::parse_text("test.json", schema, qapi_parser::Options::default()).unwrap();
    generate_text(&checked.schema, options)
}

fn text(schema: &str, options: &Options) -> String {
    try_generate(schema, options).unwrap()
}

/// Returns the message about a schema and options that exclude each other.
fn complaint(schema: &str, options: &Options) -> String {
    try_generate(schema, options).unwrap_err().to_string()
}

const SCHEMA: &str = "
{ 'enum': 'Level', 'data': [ 'low', { 'name': 'high', 'if': 'CONFIG_HIGH' } ] }
{ 'struct': 'Inner', 'data': { 'level': 'Level' } }
{ 'struct': 'Outer', 'data': { '*inner': [ 'Inner' ] } }
{ 'struct': 'Other', 'data': { 'text': 'str' }, 'if': 'CONFIG_OTHER' }
{ 'command': 'query-outer', 'returns': 'Outer' }
{ 'command': 'set-other', 'data': 'Other', 'if': 'CONFIG_OTHER' }
{ 'event': 'GONE', 'data': { 'level': 'Level' } }
";

#[test]
fn selection_takes_what_it_reaches() {
    let text = text(SCHEMA, &Options::new().select("query-*"));
    for there in ["pub enum Level", "pub struct Inner", "pub struct Outer", "pub struct QueryOuter"]
    {
        assert!(text.contains(there), "{there}");
    }
    for absent in ["struct Other", "SetOther", "Gone"] {
        assert!(!text.contains(absent), "{absent}");
    }
}

#[test]
fn a_client_keeps_unknown_values_of_the_enums_that_it_receives() {
    const SCHEMA: &str = "
{ 'enum': 'Deep', 'data': [ 'a' ] }
{ 'enum': 'Tag', 'data': [ 'x' ] }
{ 'enum': 'Happened', 'data': [ 'c' ] }
{ 'enum': 'Sent', 'data': [ 'd' ] }
{ 'struct': 'Branch', 'data': { 'deep': [ 'Deep' ] } }
{ 'union': 'Reply', 'base': { 'tag': 'Tag' }, 'discriminator': 'tag', 'data': { 'x': 'Branch' } }
{ 'command': 'query', 'data': { 'sent': 'Sent' }, 'returns': [ 'Reply' ] }
{ 'event': 'GONE', 'data': { 'happened': 'Happened' } }
";
    let open = |options: &Options| {
        let text = text(SCHEMA, &options.clone().docs(false));
        let enums = ["Deep", "Tag", "Happened", "Sent"].into_iter();
        let is_open =
            |name: &&str| text.contains(&format!("impl ::qapi::rt::OpenEnum for {name} "));
        enums.filter(is_open).collect::<Vec<_>>()
    };
    let client = Options::new().role(Role::Client);
    assert_eq!(open(&client), ["Deep", "Tag", "Happened"]);
    assert_eq!(open(&client.clone().open("Sent").closed("*e*")), ["Tag"]);
    assert_eq!(open(&client.closed("*")), [""; 0]);
    assert_eq!(open(&Options::new()), [""; 0]);
    assert_eq!(open(&Options::new().role(Role::Server).open("Tag")), ["Tag"]);
}

#[test]
fn patterns_that_match_nothing_are_errors() {
    let options = Options::new()
        .rename("Outer.nothing", "x")
        .extern_type("Nothing", "::a::B")
        .open("Loudness")
        .type_attribute("X*", "#[a]")
        .member_attribute("*.x", "#[a]");
    let complaint_of_all = complaint(SCHEMA, &options);
    for line in [
        "option 'rename': 'Outer.nothing' matches no definition, member or value of the schema",
        "option 'extern-type': 'Nothing' matches no type of the schema",
        "option 'open': 'Loudness' matches no enum of the schema",
        "option 'type-attribute': 'X*' matches no definition of the schema",
        "option 'member-attribute': '*.x' matches no member, value or branch of the schema",
    ] {
        let mut lines = complaint_of_all.lines();
        assert!(lines.any(|found| found == format!("error: {line}")), "{complaint_of_all}");
    }
    assert_eq!(complaint_of_all.matches("error: ").count(), 5, "{complaint_of_all}");
    // What a wrong selection leaves out is no mistake of the other options.
    let complaint = complaint(SCHEMA, &options.select("query-*").select("nonsense"));
    assert!(
        complaint.contains("'nonsense' matches no definition") && complaint.lines().count() == 1,
        "{complaint}"
    );
}

#[test]
fn a_misspelt_pattern_suggests_the_nearest_name() {
    let hint = |options: Options| {
        let complaint = complaint(SCHEMA, &options);
        let hint = complaint.lines().find_map(|line| line.strip_prefix("hint: "));
        hint.map(str::to_owned)
    };
    let is = |name: &str| Some(format!("did you mean '{name}'?"));
    assert_eq!(hint(Options::new().select("qeury-outer")), is("query-outer"));
    assert_eq!(hint(Options::new().select("GON")), is("GONE"));
    assert_eq!(hint(Options::new().rename("Inner.levle", "x")), is("Inner.level"));
    assert_eq!(hint(Options::new().rename("set-other.txt", "x")), is("set-other.text"));
    assert_eq!(hint(Options::new().rename("Level.hgih", "x")), is("Level.high"));
    assert_eq!(hint(Options::new().member_attribute("*.levl", "#[a]")), is("*.level"));
    assert_eq!(hint(Options::new().type_attribute("Outr", "#[a]")), is("Outer"));
    // An option for enums suggests enums only, one for types no commands.
    assert_eq!(hint(Options::new().open("Levels")), is("Level"));
    assert_eq!(hint(Options::new().closed("Outr")), None);
    assert_eq!(hint(Options::new().extern_type("Iner", "::a::B")), is("Inner"));
    assert_eq!(hint(Options::new().extern_type("set-othr", "::a::B")), None);
    // The generated part alone lacks it: nothing is misspelt.
    let none = Options::new().conditions(Conditions::Defined(Default::default()));
    let complaint = complaint(SCHEMA, &none.type_attribute("set-other", "#[a]"));
    assert!(complaint.contains("'set-other' matches nothing that is generated"), "{complaint}");
    assert!(!complaint.contains("hint"), "{complaint}");
}

#[test]
fn options_may_speak_of_what_is_not_selected() {
    let options =
        Options::new().select("Inner").rename("Outer.inner", "x").type_attribute("Out*", "#[a]");
    assert!(!text(SCHEMA, &options).contains("#[a]"));
}

#[test]
fn roles() {
    let client = text(SCHEMA, &Options::new().role(Role::Client));
    let server = text(SCHEMA, &Options::new().role(Role::Server));
    let both = text(SCHEMA, &Options::new());
    for (part, roles) in [
        ("pub enum Event", [true, false, true]),
        ("pub mod server", [false, true, true]),
        ("pub mod schema", [false, true, true]),
        ("impl ::qapi::Command for QueryOuter", [true, true, true]),
    ] {
        assert_eq!([&client, &server, &both].map(|text| text.contains(part)), roles, "{part}");
    }
}

#[test]
fn the_prelude_explains_the_generated_code() {
    let prelude = |role| {
        let text = text(SCHEMA, &Options::new().role(role));
        let start = text.find("/// All items, for `use prelude::*`").expect("the prelude");
        text[start..].to_owned()
    };
    let server = ["method of a trait in [`server`]", "its reply in [`schema`]"];
    let client = ["[`Event`](events::Event) is any of them"];
    let both = ["[`commands`]", "[`events`]", "..Name::new(required)", "# Unions", "# Open enums"];
    for (role, has_server, has_client) in
        [(Role::Client, false, true), (Role::Server, true, false), (Role::Both, true, true)]
    {
        let text = prelude(role);
        assert!(both.iter().all(|part| text.contains(part)), "{text}");
        assert!(server.iter().all(|part| text.contains(part) == has_server), "{text}");
        assert!(client.iter().all(|part| text.contains(part) == has_client), "{text}");
    }
}

#[test]
fn conditions_evaluated() {
    let mut options = Options::new();
    options.set("conditions", "none").unwrap();
    let none = text(SCHEMA, &options);
    assert!(
        !none.contains("struct Other")
            && !none.contains("SetOther")
            && !none.contains("High")
            && !none.contains("cfg(")
    );
    let some = text(SCHEMA, &Options::new().define("CONFIG_OTHER"));
    assert!(some.contains("SetOther") && !some.contains("High"));
}

#[test]
fn a_type_that_is_needed_but_not_there() {
    let schema = "
{ 'struct': 'Gone', 'data': {}, 'if': 'CONFIG_A' }
{ 'struct': 'User', 'data': { 'gone': 'Gone' } }
";
    let mut options = Options::new();
    options.set("conditions", "none").unwrap();
    let complaint = complaint(schema, &options);
    assert!(complaint.starts_with("test.json:2:"), "{complaint}");
    assert!(complaint.contains("type 'Gone' is used but excluded"), "{complaint}");
    assert!(complaint.contains("'User' uses it"), "{complaint}");
}

#[test]
fn names_that_meet_are_reported_with_both_places() {
    let cases = [
        ("{ 'enum': 'Eee', 'data': [ 'kp-0', 'kp0' ] }", "`Kp0`"),
        ("{ 'struct': 'AbCd', 'data': { 'a': 'int' } }\n{ 'struct': '__Ab_Cd', 'data': {} }", "`AbCd`"),
        ("{ 'command': 'x-y1' }\n{ 'command': 'x-y-1' }", "`XY1`"),
        ("{ 'event': 'EVENT' }", "`Event`"),
        (
            "{ 'enum': 'Tag', 'data': [ 'a' ] }
             { 'union': 'Uni', 'base': { 't': 'Tag', 'x': 'int' }, 'discriminator': 't', 'data': {} }
             { 'struct': 'UniBranch', 'data': {} }",
            "`UniBranch`",
        ),
    ];
    for (schema, ident) in cases {
        let checked = qapi_parser::parse_text("test.json", schema, qapi_parser::Options::default());
        let checked = checked.unwrap_or_else(|error| panic!("{schema}: {error}"));
        let complaint = generate_text(&checked.schema, &Options::new()).unwrap_err().to_string();
        assert!(complaint.contains("would both be called"), "{complaint}");
        assert!(complaint.contains(ident), "{complaint}");
        assert!(complaint.contains("rename"), "{complaint}");
    }
}

#[test]
fn an_enum_has_a_limited_number_of_values() {
    let schema = |count: usize| {
        let values: Vec<String> = (0..count).map(|number| format!("'v{number}'")).collect();
        format!("{{ 'enum': 'Eee', 'data': [ {} ] }}", values.join(", "))
    };
    let options = Options::new().format(false);
    assert!(text(&schema(8192), &options).contains("V8191"));
    let complaint = complaint(&schema(8193), &options);
    let expected = "enum 'Eee' has 8193 values; the limit of generated code is 8192";
    assert!(complaint.contains(expected), "{complaint}");
}

#[test]
fn a_rename_keeps_names_apart() {
    let schema = "{ 'enum': 'Eee', 'data': [ 'kp-0', 'kp0' ] }";
    let text = text(schema, &Options::new().rename("Eee.kp-0", "KeypadZero"));
    assert!(text.contains("    KeypadZero,\n") && text.contains("    Kp0,\n"), "{text}");
    assert!(text.contains("\"kp-0\""));
    let complaint = complaint(schema, &Options::new().rename("Eee.kp-0", "keypad zero"));
    assert!(complaint.contains("an identifier of Rust, not 'Eee.kp-0=keypad zero'"), "{complaint}");
}

#[test]
fn extern_types_are_neither_generated_nor_entered() {
    let text =
        text(SCHEMA, &Options::new().select("Outer").extern_type("Inner", "crate::mine::Inner"));
    assert!(text.contains("::core::option::Option<::std::vec::Vec<crate::mine::Inner>>"), "{text}");
    assert!(!text.contains("struct Inner") && !text.contains("enum Level"));
    let complaint = complaint(SCHEMA, &Options::new().extern_type("Inner", "mine::Inner"));
    assert!(
        complaint.contains("path from `::` or `crate::`, not 'Inner=mine::Inner'"),
        "{complaint}"
    );
}

#[test]
fn the_runtime_may_be_re_exported() {
    let text = text(SCHEMA, &Options::new().runtime_path("crate::vendor::qapi"));
    assert!(!text.contains("::qapi::rt") || !text.contains(" ::qapi::rt"));
    assert!(text.contains("crate::vendor::qapi::rt::object!(Inner);"));
}

#[test]
fn the_builder_writes_only_what_changes() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("root.json");
    fs::write(&file, SCHEMA).unwrap();
    let build = || Builder::new(&file).out_dir(folder.path()).compile("api.rs");
    let path = build().unwrap();
    assert!(fs::read_to_string(&path).unwrap().starts_with("// Generated from `root.json`"));
    let written = fs::metadata(&path).unwrap().modified().unwrap();
    build().unwrap();
    assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), written);
    let names: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
}

#[test]
fn the_builder_replaces_no_file_of_the_schema() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("root.json");
    fs::write(&file, SCHEMA).unwrap();
    let error = Builder::new(&file).out_dir(folder.path()).compile("root.json").unwrap_err();
    let reason = format!("cannot write '{}': it is a file of the schema", file.display());
    assert_eq!(format!("{error:?}"), reason);
    assert_eq!(fs::read_to_string(&file).unwrap(), SCHEMA);
}

#[test]
fn the_builder_s_errors_read_well_when_main_returns_them() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("root.json");
    let build = || Builder::new(&file).out_dir(folder.path()).compile("api.rs");
    assert!(format!("{:?}", build().unwrap_err()).contains("root.json"));
    fs::write(&file, "{ 'struct': 'S', 'data': { 'a': 'nothing' } }\n").unwrap();
    let error = build().unwrap_err();
    assert_eq!(format!("{error:?}").trim_start(), error.to_string());
    assert!(error.to_string().contains("nothing"), "{error}");
    assert!(!folder.path().join("api.rs").exists());
    fs::write(&file, SCHEMA).unwrap();
    let error =
        Builder::new(&file).out_dir(folder.path().join("absent")).compile("api.rs").unwrap_err();
    assert!(error.to_string().starts_with("cannot write"), "{error}");
}

#[test]
fn text_is_formatted_unless_the_option_says_otherwise() {
    let formatted = text(SCHEMA, &Options::new());
    let plain = text(SCHEMA, &Options::new().format(false));
    assert!(
        formatted.contains("\n    /// Not documented.\n    pub level: Level,\n"),
        "{formatted}"
    );
    assert!(plain.lines().any(|line| line.starts_with("::qapi::rt::enumeration!(Level);")));
    assert_eq!(formatted.lines().next(), plain.lines().next());
}

#[test]
fn text_is_that_of_the_tokens() {
    let schema = qapi_parser::parse_text("test.json", SCHEMA, qapi_parser::Options::default());
    let schema = schema.unwrap().schema;
    let tokens = generate(&schema, &Options::new()).unwrap();
    let plain = generate_text(&schema, &Options::new().format(false)).unwrap();
    assert_eq!(plain.parse::<proc_macro2::TokenStream>().unwrap().to_string(), tokens.to_string());
    let formatted = generate_text(&schema, &Options::new()).unwrap();
    let formatted = syn::parse_file(&formatted).unwrap();
    assert_eq!(
        prettyplease::unparse(&formatted),
        prettyplease::unparse(&syn::parse2(tokens).unwrap())
    );
}

#[test]
fn values_that_would_not_be_rust_are_errors() {
    let options = Options::new()
        .type_attribute("Outer", "derive(Eq)")
        .member_attribute("Outer.inner", "#[serde(")
        .extern_type("Inner", "::mine::")
        .runtime_path("crate::1x")
        .unstable_feature("un\"stable")
        .define("config-high");
    let complaint = complaint(SCHEMA, &options);
    for part in [
        "'type-attribute' takes PATTERN=ATTRIBUTE with attributes of the form `#[...]`, \
         not 'Outer=derive(Eq)'",
        "of the form `#[...]`, not 'Outer.inner=#[serde('",
        "'extern-type' takes NAME=PATH with a type's path from `::` or `crate::`, \
         not 'Inner=::mine::'",
        "'runtime-path' takes a module's path from `::` or `crate`, not 'crate::1x'",
        "'unstable-feature' takes the name of a Cargo feature, not 'un\"stable'",
        "'define' takes a configuration symbol such as CONFIG_LINUX, not 'config-high'",
    ] {
        assert!(complaint.contains(part), "{part}: {complaint}");
    }
}

#[test]
fn file_names_stay_in_their_comments() {
    for name in ["x\ny.json", "x\u{2028}y.json", "схема.json", "漢字.json", "---.json"] {
        let schema = "{ 'command': 'greet' }";
        let checked =
            qapi_parser::parse_text(name, schema, qapi_parser::Options::default()).unwrap();
        let file = generate_text(&checked.schema, &Options::new()).unwrap();
        let file = syn::parse_file(&file).unwrap_or_else(|error| panic!("{name:?}: {error}"));
        let server = file.items.iter().find_map(|item| match item {
            syn::Item::Mod(module) if module.ident == "server" => module.content.as_ref(),
            _ => None,
        });
        let names = server.unwrap().1.iter().map(|item| match item {
            syn::Item::Fn(function) => function.sig.ident.to_string(),
            syn::Item::Trait(ty) => ty.ident.to_string(),
            _ => panic!("{name:?}: another item"),
        });
        let names: Vec<String> = names.collect();
        let expected = match name.starts_with('x') {
            true => ["XYCommands", "x_y_commands", "commands"],
            false => ["ModuleCommands", "module_commands", "commands"],
        };
        assert_eq!(names[..3], expected, "{name:?}");
        assert!(
            names[3..].iter().all(|name| name.to_lowercase().starts_with("async")),
            "{names:?}"
        );
    }
}
