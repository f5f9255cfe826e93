//! The snapshots compile without a warning, and what they make of JSON is right.

#![deny(warnings, missing_docs, rust_2024_compatibility)]
// What a build script would tell cargo of.
#![allow(unexpected_cfgs)]

use qapi::{Rules, from_text, to_text};

/// A module for each snapshot.
macro_rules! shapes {
    ($($module:ident: $name:literal),* $(,)?) => {
        $(
            pub mod $module {
                #![doc = $name]
                include!(concat!("snapshots/snapshots__", $name, ".snap.rs"));
            }
        )*

        const SHAPES: &[&str] = &[$($name),*];
    };
}

shapes! {
    alternate: "alternate",
    command: "command",
    conditions: "conditions",
    conditions_features: "conditions-features",
    cycle: "cycle",
    documentation: "documentation",
    enum_: "enum",
    event: "event",
    features: "features",
    lints: "lints",
    modules: "modules",
    names: "names",
    odd: "odd",
    open: "open",
    options: "options",
    struct_: "struct",
    undocumented: "undocumented",
    undocumented_off: "undocumented-off",
    union_: "union",
    wide: "wide",
}

#[test]
fn every_snapshot_is_compiled() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schemas");
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    assert_eq!(names, SHAPES);
}

/// Reads `text` as a server does and writes it again.
macro_rules! round_trip {
    ($type:ty, $text:expr) => {
        to_text(&from_text::<$type>($text, &Rules::STRICT).unwrap())
    };
}

#[test]
fn structs() {
    let value = struct_::Choices { second: Some(1), ..Default::default() };
    assert_eq!(to_text(&value), r#"{"second": 1}"#);
    let mut value = struct_::Everything::new("id", "t", -1, 2, 0.5, true, vec![3]);
    value.nothing = Some(qapi::Null);
    let text = to_text(&value);
    assert_eq!(from_text::<struct_::Everything>(&text, &Rules::STRICT).unwrap(), value);
    assert!(text.starts_with(r#"{"id": "id", "type": "t", "self": -1, "small": 2"#), "{text}");
    assert!(from_text::<struct_::Nothing>(r#"{"more": 1}"#, &Rules::STRICT).is_err());
    assert!(from_text::<struct_::Nothing>(r#"{"more": 1}"#, &Rules::LENIENT).is_ok());
}

#[test]
fn wide_structs() {
    let member = |number: usize| {
        let value = match number % 4 {
            0 => format!("{number}"),
            1 => format!("\"{number}\""),
            2 => "true".to_owned(),
            _ => format!("{}", number + 100),
        };
        format!("\"m{number}\": {value}")
    };
    let text = |numbers: &mut dyn Iterator<Item = usize>| {
        format!("{{{}}}", numbers.map(member).collect::<Vec<_>>().join(", "))
    };
    // Member 40 has a condition that does not hold.
    let full = text(&mut (0..70).filter(|number| *number != 40));
    let value = from_text::<wide::Wide>(&full, &Rules::STRICT).unwrap();
    assert_eq!(value.m69, Some("69".to_owned()));
    assert_eq!(value.m31, 131);
    assert_eq!(to_text(&value), full);
    let reversed = text(&mut (0..70).rev().filter(|number| *number != 40));
    assert_eq!(from_text::<wide::Wide>(&reversed, &Rules::STRICT).unwrap(), value);
    let without_optional = text(&mut (0..70).filter(|number| *number != 40 && number % 3 != 0));
    let value = from_text::<wide::Wide>(&without_optional, &Rules::STRICT).unwrap();
    assert_eq!(to_text(&value), without_optional);
    let without_50 = text(&mut (0..70).filter(|number| ![40, 50].contains(number)));
    let error = from_text::<wide::Wide>(&without_50, &Rules::STRICT).unwrap_err();
    assert_eq!(error.to_string(), "Parameter 'm50' is missing");
}

#[test]
fn enums() {
    use enum_::Speed;
    let names: Vec<&str> = Speed::VALUES.iter().map(|value| value.as_str()).collect();
    assert_eq!(names, ["2_5", "25", "self", "pre-switchover", "type"]);
    assert_eq!("pre-switchover".parse(), Ok(Speed::PreSwitchover));
    assert_eq!(Speed::_2_5.to_string(), "2_5");
    assert!("2-5".parse::<Speed>().is_err());
}

#[test]
fn unions() {
    let text = r#"{"path": "/x", "type": "unix"}"#;
    assert_eq!(round_trip!(union_::Address, text), r#"{"type": "unix", "path": "/x"}"#);
    assert_eq!(round_trip!(union_::Address, r#"{"type": "none"}"#), r#"{"type": "none"}"#);
    let text = r#"{"transport": "socket", "type": "inet", "host": "h", "r": "a", "w": 1}"#;
    let written = r#"{"r": "a", "transport": "socket", "w": 1, "type": "inet", "host": "h"}"#;
    assert_eq!(round_trip!(union_::Channel, text), written);
    assert!(
        from_text::<union_::Address>(r#"{"type": "none", "path": "/x"}"#, &Rules::STRICT).is_err()
    );
}

#[test]
fn alternates() {
    for text in [
        r#"{"one": null}"#,
        "{}",
        r#"{"one": 3}"#,
        r#"{"one": "low"}"#,
        r#"{"one": {"level": "high"}}"#,
    ] {
        assert_eq!(round_trip!(alternate::Settings, text), text);
    }
    assert!(from_text::<alternate::Setting>("[]", &Rules::STRICT).is_err());
}

#[test]
fn cycles() {
    let text =
        r#"{"driver": "format", "file": {"driver": "filter", "file": "node"}, "backing": null}"#;
    assert_eq!(round_trip!(cycle::Options, text), text);
}

#[test]
fn open_enums_and_unions() {
    let text = r#"{"name": "n", "colour": "blue", "depth": 7}"#;
    let value = from_text::<open::Named>(text, &Rules::LENIENT).unwrap();
    assert!(
        matches!(&value.colour, open::NamedBranch::Other_(branch) if branch.discriminator == "blue")
    );
    assert_eq!(to_text(&value), text);
    assert!(from_text::<open::Named>(text, &Rules::STRICT).is_err());
}

#[test]
fn commands_and_events() {
    use qapi::{AnyEvent, Command, Event};
    assert!(command::commands::SetStatus::INFO.is_oob());
    assert!(command::commands::QueryStatus::INFO.is_preconfig());
    assert!(command::commands::PutStatus::INFO.is_coroutine());
    assert!(!command::commands::AddDevice::INFO.is_typed());
    assert!(!command::commands::ShutDown::INFO.has_success_response());
    assert_eq!(event::events::Stop::INFO.name(), "STOP");
    assert_eq!(event::events::Event::Stop(event::events::Stop).name(), "STOP");
}

#[test]
fn tables_list_what_a_trait_has() {
    struct Deaf;
    impl command::server::CommandCommands for Deaf {}
    impl command::server::AsyncCommandCommands for Deaf {}
    let [table] = command::server::commands::<Deaf>();
    assert_eq!(table.len(), 8);
    assert_eq!(command::server::async_commands::<Deaf>()[0].len(), 8);
}

#[test]
fn introspection_data_is_json() {
    for pieces in [
        command::schema::PIECES,
        conditions::schema::PIECES,
        event::schema::PIECES,
        names::schema::PIECES,
    ] {
        let text = pieces.concat();
        assert!(from_text::<Vec<qapi::Value>>(&text, &Rules::STRICT).is_ok(), "{text}");
    }
}

#[test]
fn a_branch_whose_condition_does_not_hold_has_no_members() {
    let text = r#"{"tag": "one", "text": "t"}"#;
    assert_eq!(round_trip!(odd::Self_, text), text);
    assert_eq!(odd::SelfBranch::One.discriminator(), odd::Tag::One);
    let members = r#"{"tag": "one", "text": "t", "nothing": {}, "arguments": {"count": 1}}"#;
    assert!(from_text::<odd::Self_>(members, &Rules::STRICT).is_err());
    assert_eq!(round_trip!(odd::Debug, members), members);
}

#[test]
fn commands_of_any_arguments_keep_the_declared_ones() {
    use odd::commands::{DeviceAdd, DeviceReset};
    let text = r#"{"driver": "d", "x": [1]}"#;
    let value = from_text::<DeviceAdd>(text, &Rules::STRICT).unwrap();
    assert_eq!((value.driver.as_str(), &value.bus, value.rest_.len()), ("d", &None, 1));
    assert_eq!(to_text(&value), text);
    assert!(from_text::<DeviceAdd>("{}", &Rules::STRICT).is_err());
    assert_eq!(to_text(&DeviceAdd::new("d")), r#"{"driver": "d"}"#);
    assert_eq!(to_text(&DeviceReset::default()), "{}");
    let _: <DeviceReset as qapi::Command>::Response = ();
}

#[test]
fn the_prelude_leaves_names_of_rust() {
    use odd::prelude::*;
    let text: String = String::from("text");
    let value: odd::String = odd::String::new(text);
    let _: Tag = Tag::One;
    assert_eq!(to_text(&value), r#"{"str": "text"}"#);
}
