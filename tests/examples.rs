//! Every example in the documentation of `schema/` is a message of the types around it.

use qapi_parser::parse_file;
use qapi_parser::schema::{Builtin, Member, ObjectType, Schema, Type, TypeId};
use serde_json::{Map, Value};

/// A message in an example: sent by the client, or by the server.
#[derive(Debug, PartialEq)]
enum Arrow {
    Sent,
    Received,
}

#[test]
fn every_example_has_the_types_it_illustrates() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../schema/qapi-schema.json");
    let schema =
        parse_file(root, qapi_parser::Options { deny_warnings: true, ..Default::default() })
            .expect("a schema without findings")
            .schema;
    let mut faults = Vec::new();
    let mut messages = 0;
    let mut illustrated = Vec::new();
    for doc in schema.docs() {
        let Some(symbol) = &doc.symbol else { continue };
        let (mut command, mut seen) = (None, 0);
        for (arrow, text) in examples(schema.sources().text(doc.span)) {
            seen += 1;
            let checked = serde_json::from_str(&text)
                .map_err(|error| error.to_string())
                .and_then(|message| check_message(&schema, &arrow, &message, &mut command));
            if let Err(fault) = checked {
                faults.push(format!("{}: {fault}\n{text}", symbol.text));
            }
        }
        messages += seen;
        if seen > 0 {
            illustrated.push(symbol.text.as_str());
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let definitions = schema.commands().iter().map(|command| &command.definition);
    for definition in definitions.chain(schema.events().iter().map(|event| &event.definition)) {
        assert!(
            illustrated.contains(&definition.name.as_str()),
            "'{}' has no example",
            definition.name
        );
    }
    println!("{messages} messages are as their types say");
}

#[test]
fn a_wrong_example_is_found() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../schema/qapi-schema.json");
    let schema = parse_file(root, qapi_parser::Options::default()).expect("a schema").schema;
    let check = |message: &str| {
        let message = serde_json::from_str(message).expect("JSON");
        check_message(&schema, &Arrow::Sent, &message, &mut None)
    };
    assert_eq!(check(r#"{"execute": "migrate", "arguments": {"uri": "tcp:0:4446"}}"#), Ok(()));
    for wrong in [
        r#"{"execute": "no-such-command"}"#,
        r#"{"execute": "migrate", "arguments": {"url": "tcp:0:4446"}}"#,
        r#"{"execute": "migrate", "arguments": {"uri": 1}}"#,
        r#"{"execute": "migrate-incoming", "arguments": {"channels": [{"channel-type": "main",
            "addr": {"transport": "socket", "type": "vsock", "cid": "1"}}]}}"#,
        r#"{"execute": "migrate-set-parameters", "arguments": {"multifd-channels": 256}}"#,
        r#"{"execute": "migrate-set-parameters", "arguments": {"multifd-compression": "lz4"}}"#,
    ] {
        assert!(check(wrong).is_err(), "{wrong}");
    }
}

/// The messages in a comment: what follows an arrow up to the end of its JSON value.
fn examples(comment: &str) -> Vec<(Arrow, String)> {
    let mut found = Vec::new();
    let mut lines = comment.lines().map(|line| line.trim_start_matches('#').trim()).peekable();
    while let Some(line) = lines.next() {
        let (arrow, first) = match (line.strip_prefix("-> "), line.strip_prefix("<- ")) {
            (Some(first), _) => (Arrow::Sent, first),
            (_, Some(first)) => (Arrow::Received, first),
            _ => continue,
        };
        let mut text = first.to_owned();
        while serde_json::from_str::<Value>(&text).is_err() {
            let Some(line) = lines.next_if(|line| !line.is_empty()) else { break };
            text.push('\n');
            text.push_str(line);
        }
        found.push((arrow, text));
    }
    found
}

/// Checks a request, a reply to the `command` before it, or an event.
fn check_message(
    schema: &Schema,
    arrow: &Arrow,
    message: &Value,
    command: &mut Option<String>,
) -> Result<(), String> {
    let object = message.as_object().ok_or("a message is an object")?;
    let get = |key: &str| object.get(key);
    if *arrow == Arrow::Sent {
        keys(object, &["execute", "exec-oob", "arguments", "id"])?;
        let name = get("execute")
            .or(get("exec-oob"))
            .and_then(Value::as_str)
            .ok_or("a request names its command")?;
        let found = find_command(schema, name)?;
        if get("exec-oob").is_some() && !found.allow_oob {
            return Err(format!("'{name}' is not for out-of-band execution"));
        }
        *command = Some(name.to_owned());
        return check_data(schema, found.arguments, get("arguments"));
    }
    if let Some(event) = get("event").and_then(Value::as_str) {
        keys(object, &["event", "data", "timestamp"])?;
        let timestamp =
            get("timestamp").and_then(Value::as_object).ok_or("an event has a timestamp")?;
        if !["seconds", "microseconds"]
            .iter()
            .all(|key| timestamp.get(*key).is_some_and(Value::is_i64))
        {
            return Err("a timestamp has seconds and microseconds".to_owned());
        }
        let found = schema.events().iter().find(|found| found.definition.name == event);
        return check_data(schema, found.ok_or(format!("no event '{event}'"))?.data, get("data"));
    }
    let name = command.as_deref().ok_or("a reply follows a request")?;
    if let Some(error) = get("error") {
        keys(object, &["error", "id"])?;
        let texts =
            ["class", "desc"].iter().all(|key| error.get(*key).is_some_and(Value::is_string));
        return if texts { Ok(()) } else { Err("an error has class and desc".to_owned()) };
    }
    keys(object, &["return", "id"])?;
    let value = get("return").ok_or("a reply has return or error")?;
    match find_command(schema, name)?.returns {
        Some(ty) => check_value(schema, ty, value, "return"),
        None if value.as_object().is_some_and(Map::is_empty) => Ok(()),
        None => Err(format!("'{name}' returns nothing")),
    }
}

fn find_command<'a>(
    schema: &'a Schema,
    name: &str,
) -> Result<&'a qapi_parser::schema::Command, String> {
    schema
        .commands()
        .iter()
        .find(|command| command.definition.name == name)
        .ok_or(format!("no command '{name}'"))
}

fn check_data(schema: &Schema, ty: Option<TypeId>, data: Option<&Value>) -> Result<(), String> {
    let empty = Value::Object(Map::new());
    let data = data.unwrap_or(&empty);
    match ty {
        Some(ty) => check_value(schema, ty, data, "data"),
        None => keys(data.as_object().ok_or("arguments and data are objects")?, &[]),
    }
}

fn keys(object: &Map<String, Value>, known: &[&str]) -> Result<(), String> {
    match object.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => Err(format!("'{key}' is unexpected")),
        None => Ok(()),
    }
}

fn check_value(schema: &Schema, ty: TypeId, value: &Value, path: &str) -> Result<(), String> {
    let fits = match schema.ty(ty) {
        Type::Builtin(builtin) => fits(*builtin, value),
        Type::Enum(ty) => {
            value.as_str().is_some_and(|text| ty.values.iter().any(|value| value.name == text))
        }
        Type::Array(ty) => {
            let list = value.as_array().ok_or(format!("'{path}' is a list"))?;
            return list.iter().try_for_each(|item| check_value(schema, ty.element, item, path));
        }
        Type::Object(ty) => {
            let object = value.as_object().ok_or(format!("'{path}' is an object"))?;
            let mut known = Vec::new();
            check_members(schema, ty, object, path, &mut known)?;
            return keys(object, &known).map_err(|fault| format!("{path}: {fault}"));
        }
        Type::Alternate(ty) => {
            ty.alternatives.iter().any(|branch| check_value(schema, branch.ty, value, path).is_ok())
        }
    };
    if fits { Ok(()) } else { Err(format!("'{path}' is no {}: {value}", schema.ty(ty).name())) }
}

/// The object's own and base members, then those of the branch that its tag selects.
fn check_members<'a>(
    schema: &'a Schema,
    ty: &'a ObjectType,
    object: &Map<String, Value>,
    path: &str,
    known: &mut Vec<&'a str>,
) -> Result<(), String> {
    for Member { name, ty, optional, .. } in &ty.members {
        known.push(name);
        match object.get(name) {
            Some(value) => check_value(schema, *ty, value, &format!("{path}.{name}"))?,
            None if *optional => {}
            None => return Err(format!("'{path}.{name}' is missing")),
        }
    }
    let Some(branches) = &ty.branches else { return Ok(()) };
    let tag = object.get(&ty.members[branches.tag].name).and_then(Value::as_str);
    match branches.branches.iter().find(|branch| Some(branch.name.as_str()) == tag) {
        Some(branch) => check_members(schema, schema.object(branch.ty), object, path, known),
        None => Err(format!("'{path}' has no branch for its tag")),
    }
}

fn fits(builtin: Builtin, value: &Value) -> bool {
    let signed =
        |min: i64, max: i64| value.as_i64().is_some_and(|number| (min..=max).contains(&number));
    let unsigned = |max: u64| value.as_u64().is_some_and(|number| number <= max);
    match builtin {
        Builtin::Str => value.is_string(),
        Builtin::Number => value.is_number(),
        Builtin::Int | Builtin::Int64 => value.is_i64(),
        Builtin::Int8 => signed(i8::MIN.into(), i8::MAX.into()),
        Builtin::Int16 => signed(i16::MIN.into(), i16::MAX.into()),
        Builtin::Int32 => signed(i32::MIN.into(), i32::MAX.into()),
        Builtin::Uint8 => unsigned(u8::MAX.into()),
        Builtin::Uint16 => unsigned(u16::MAX.into()),
        Builtin::Uint32 => unsigned(u32::MAX.into()),
        Builtin::Uint64 | Builtin::Size => value.is_u64(),
        Builtin::Bool => value.is_boolean(),
        Builtin::Any => true,
        Builtin::Null => value.is_null(),
    }
}
