//! Replies to `query-qmp-schema`: forms, places, faults, and agreement with schemas.

use std::error::Error;

use qapi_codegen::diff::{Interface, diff, is_reply};
use qapi_codegen::{IntrospectOptions, introspect};

use crate::{interface, lines, schema};

const OLD: &str = "
{ 'command': 'c', 'data': 'Args', 'boxed': true, 'returns': [ 'Alpha' ], 'allow-oob': true }
{ 'union': 'Args', 'base': { 'e': 'Kind', '*n': 'number' }, 'discriminator': 'e',
  'data': { 'one': 'One' } }
{ 'enum': 'Kind', 'data': [ 'one', { 'name': 'two', 'features': [ 'deprecated' ] } ] }
{ 'struct': 'One', 'data': { 'more': [ 'Args' ], '*any': 'any' }, 'features': [ 'f' ] }
{ 'alternate': 'Alpha', 'data': { 's': 'str', 'l': [ 'str' ] } }
{ 'event': 'E1', 'features': [ 'unstable' ] }
";

const NEW: &str = "
{ 'command': 'c', 'data': 'Args', 'boxed': true, 'returns': [ 'Alpha' ] }
{ 'union': 'Args', 'base': { 'e': 'Kind', 'n': 'number' }, 'discriminator': 'e',
  'data': { 'one': 'One', 'two': 'Two' } }
{ 'enum': 'Kind', 'data': [ 'one', 'two' ] }
{ 'struct': 'One', 'data': { 'more': [ 'Args' ], '*any': 'str' } }
{ 'struct': 'Two', 'data': { 'x': 'int8' } }
{ 'alternate': 'Alpha', 'data': { 's': 'str', 'n': 'null' } }
{ 'event': 'E1', 'data': { 'x': 'Two' } }
";

fn reply(text: &str, unmask: bool) -> Interface {
    let options = IntrospectOptions::new().unmask(unmask);
    let data = introspect(&schema(text), &options);
    Interface::from_reply("reply.json", data.as_bytes()).unwrap()
}

#[test]
fn schemas_and_replies_have_the_same_changes() {
    let expected = lines(&diff(&interface(OLD), &interface(NEW), &[]).unwrap());
    assert_eq!(
        expected,
        [
            "Breaking oob-removed command c   Sent",
            "Breaking member-now-mandatory command c arguments.n  Sent",
            "Breaking type-narrowed command c arguments{e=one}.any  Sent",
            "Breaking branch-added command c arguments{e=two} two Sent",
            "Strict alternative-added command c returns[] null Received",
            "Compatible feature-removed command c arguments.e deprecated Sent",
            "Compatible feature-removed command c arguments{e=one} f Sent",
            "Compatible alternative-removed command c returns[] array Received",
            "Strict member-added event E1 data.x x Received",
            "Compatible feature-removed event E1  unstable Received",
        ]
    );
    for (old, new) in [
        (reply(OLD, true), reply(NEW, true)),
        (reply(OLD, false), reply(NEW, false)),
        (interface(OLD), reply(NEW, false)),
        (reply(OLD, true), interface(NEW)),
    ] {
        assert_eq!(lines(&diff(&old, &new, &[]).unwrap()), expected);
    }
    assert_eq!(lines(&diff(&interface(OLD), &reply(OLD, false), &[]).unwrap()), [""; 0]);
}

#[test]
fn a_place_is_the_element() {
    let changes = diff(&reply(OLD, false), &reply(NEW, true), &[]).unwrap();
    let change = changes.iter().find(|change| change.path == "arguments.n").unwrap();
    let place = change.old.as_ref().unwrap().to_string();
    assert!(place.starts_with("reply.json:[") && place.ends_with("].members[1]"), "{place}");
    assert_eq!((change.old_type.as_deref(), change.new_type.as_deref()), (None, Some("Args")));
}

#[test]
fn whole_replies_and_arrays_are_told_from_schemas() {
    let array = r#" [ { "name": "STOP", "meta-type": "event", "arg-type": "0" },
                     { "name": "0", "meta-type": "object", "members": [ ] } ] "#;
    let whole = format!("{{ \"return\": {array}, \"id\": 7 }}\n");
    for text in [array, &whole] {
        assert!(is_reply(text.as_bytes()), "{text}");
        let interface = Interface::from_reply("r", text.as_bytes()).unwrap();
        let same = Interface::from_reply("r", whole.as_bytes()).unwrap();
        assert_eq!(lines(&diff(&interface, &same, &[]).unwrap()), [""; 0]);
    }
    for text in ["", "{ 'command': 'c' }", "# [", "{ \"command\": \"c\" }"] {
        assert!(!is_reply(text.as_bytes()), "{text}");
    }
}

#[test]
fn enums_without_members_have_values() {
    let reply = |values: &str| {
        let text = format!(
            r#"[ {{ "name": "E1", "meta-type": "event", "arg-type": "0" }},
                 {{ "name": "0", "meta-type": "object",
                    "members": [ {{ "name": "e", "type": "1", "default": null }} ] }},
                 {{ "name": "1", "meta-type": "enum", "values": [ {values} ] }} ]"#
        );
        Interface::from_reply("r", text.as_bytes()).unwrap()
    };
    assert_eq!(
        lines(&diff(&reply(r#""a""#), &reply(r#""a", "b""#), &[]).unwrap()),
        ["Strict value-added event E1 data.e b Received"]
    );
}

#[test]
fn faults_name_their_place() {
    let object = r#"{ "name": "0", "meta-type": "object", "members": [ ] }"#;
    for (text, expected) in [
        (format!(r#"[ {object}, {object} ]"#), "r:[1]: second type '0'"),
        (r#"[ { "name": "x", "meta-type": "lorry" } ]"#.into(), "r:[0]: unknown meta-type 'lorry'"),
        (
            r#"[ { "name": "x", "meta-type": "event" } ]"#.into(),
            "r:[0]: member 'arg-type' is missing",
        ),
        (
            r#"{ "return": [ { "name": "x", "meta-type": "event", "arg-type": "7" } ] }"#.into(),
            "r:return[0]: type '7' is not listed",
        ),
        (
            r#"[ { "name": "0", "meta-type": "object", "members": [ { "name": "a" } ] } ]"#.into(),
            "r:[0].members[0]: member 'type' is missing",
        ),
        (
            r#"[ { "name": "s", "meta-type": "builtin", "json-type": "string" },
                 { "name": "0", "meta-type": "object",
                   "members": [ { "name": "a", "type": "s" }, { "name": "a", "type": "s" } ] } ]"#
                .into(),
            "r:[1].members[1]: second member 'a'",
        ),
        (
            format!(
                r#"[ {object}, {{ "name": "1", "meta-type": "object", "members": [ ], "tag": "t",
                     "variants": [ {{ "case": "a", "type": "0" }}, {{ "case": "b", "type": "0" }},
                                   {{ "case": "a", "type": "0" }} ] }} ]"#
            ),
            "r:[1].variants[2]: second branch 'a'",
        ),
        (
            r#"[ { "name": "e", "meta-type": "enum",
                   "members": [ { "name": "a" }, { "name": "a" } ] } ]"#
                .into(),
            "r:[0].members[1]: second value 'a'",
        ),
        (
            r#"[ { "name": "e", "meta-type": "enum", "values": [ "a", "b", "a" ] } ]"#.into(),
            "r:[0].values[2]: second value 'a'",
        ),
        (
            r#"[ { "name": "[a]", "meta-type": "array", "element-type": "[b]" },
                 { "name": "[b]", "meta-type": "array", "element-type": "[a]" } ]"#
                .into(),
            "r:[0]: array contains itself",
        ),
        (
            r#"[ { "name": "b", "meta-type": "builtin", "json-type": "date" } ]"#.into(),
            "r:[0]: unknown json-type 'date'",
        ),
    ] {
        let error = Interface::from_reply("r", text.as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), expected);
        assert!(error.source().is_none());
    }
    for text in ["[", "{ \"return\": {} }", "[ 1 ]", "[] []", "\u{0}"] {
        let error = Interface::from_reply("r", text.as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), "r: not a query-qmp-schema reply");
        assert!(error.source().is_some(), "{text}");
    }
}

/// Arrays and alternates that contain each other in cycles of different lengths.
#[test]
fn alternates_of_arrays_end() {
    let reply = |text: &str| {
        let head = r#"{ "name": "E1", "meta-type": "event", "arg-type": "0" }"#;
        let object = r#"{ "name": "0", "meta-type": "object",
                          "members": [ { "name": "x", "type": "1" } ] }"#;
        Interface::from_reply("r", format!("[ {head}, {object}, {text} ]").as_bytes()).unwrap()
    };
    let old = reply(
        r#"{ "name": "1", "meta-type": "array", "element-type": "2" },
           { "name": "2", "meta-type": "array", "element-type": "3" },
           { "name": "3", "meta-type": "alternate", "members": [ { "type": "1" } ] }"#,
    );
    let new = reply(
        r#"{ "name": "1", "meta-type": "array", "element-type": "3" },
           { "name": "3", "meta-type": "alternate", "members": [ { "type": "2" } ] },
           { "name": "2", "meta-type": "array", "element-type": "1" }"#,
    );
    let found = diff(&old, &new, &[]).unwrap();
    assert_eq!(found.len(), 1, "{:?}", lines(&found));
}
