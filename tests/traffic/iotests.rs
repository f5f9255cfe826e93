//! Conversations recorded in QEMU's block tests.

use std::collections::{HashMap, HashSet};
use std::fs;

use qapi::{Dict, Rules, Value};
use qapi_parser::schema::Type;
use qapi_parser::{Options, parse_file};
use qapi_tests::conversations::TREE;
use qapi_tests::folder;
use serde_json::Value as Json;

use crate::message::Message;

/// Texts that QEMU's tests print in place of numbers that vary (QEMU:
/// tests/qemu-iotests/iotests.py, common.filter).
const NUMBERS: [&str; 6] = ["SECS", "USECS", "LEN", "OFFSET", "SIZE", "FILTERED"];

/// The text in place of the image format, and a format.
const FORMAT: (&str, &str) = ("IMGFMT", "qcow2");

/// Starts of QEMU's messages about arguments that do not fit the schema (QEMU:
/// qapi/qobject-input-visitor.c, qapi/qapi-util.c), each with what must follow in it.
const REFUSALS: [(&str, &str); 5] = [
    ("Parameter '", "' is missing"),
    ("Parameter '", "' is unexpected"),
    ("Parameter '", "' does not accept value '"),
    ("Parameter '", "' expects "),
    ("Invalid parameter type for '", "', expected: "),
];

/// Member names by the form in which QEMU's tests print them in requests: `-` for `_`.
struct Names(HashMap<String, String>);

/// A line of the record.
struct Line {
    place: String,
    message: Message,
}

#[test]
fn events_requests_and_replies_of_iotests_decode() {
    let mut faults = Vec::new();
    let (mut events, mut requests, mut refused, mut replies) = (0, 0, 0, 0);
    let lines = lines();
    for (index, Line { place, message }) in lines.iter().enumerate() {
        let answer = lines.get(index + 1).filter(|next| file(&next.place) == file(place));
        let before = index.checked_sub(1).map(|index| &lines[index]);
        let request = before.filter(|before| file(&before.place) == file(place));
        let result = match message {
            Message::Event { .. } => {
                events += 1;
                message.decode(None)
            }
            Message::Request { .. } => {
                let refusal = answer.and_then(|answer| refusal(&answer.message));
                match (message.decode(None), refusal) {
                    (Ok(()), Some(refusal)) => Err(format!("QEMU refuses it: {refusal}")),
                    (Err(_), Some(_)) => {
                        refused += 1;
                        Ok(())
                    }
                    (decoded, None) => {
                        requests += 1;
                        decoded
                    }
                }
            }
            Message::Result(_) => match request.map(|request| &request.message) {
                Some(Message::Request { command, .. }) => {
                    replies += 1;
                    message.decode(Some(command))
                }
                _ => Ok(()),
            },
            Message::Error(_) => Ok(()),
        };
        if let Err(fault) = result {
            faults.push(format!("{place}: {fault}"));
        }
    }
    println!("{events} events, {requests} requests, {refused} refused ones, {replies} replies");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!([events, requests, refused, replies].iter().all(|count| *count > 0));
}

/// Returns QEMU's message if the reply refuses a request for its arguments.
fn refusal(answer: &Message) -> Option<&str> {
    let Message::Error(text) = answer else { return None };
    let about_arguments = |&(start, part): &(&str, &str)| {
        text.strip_prefix(start).is_some_and(|rest| rest.contains(part))
    };
    REFUSALS.iter().any(about_arguments).then_some(text)
}

fn file(place: &str) -> &str {
    place.rsplit_once(':').map_or(place, |(file, _)| file)
}

impl Names {
    /// Collects the names of the schema that have a `_`, unless another member has the `-` form.
    fn new() -> Names {
        let root = folder("QAPI_SHARED").join(TREE).join("qapi/qapi-schema.json");
        let schema = parse_file(root, Options::default()).expect("a schema").schema;
        let members = schema.types().filter_map(|(_, ty)| match ty {
            Type::Object(object) => Some(&object.local_members),
            _ => None,
        });
        let names: HashSet<&str> = members.flatten().map(|member| &*member.name).collect();
        let printed = names.iter().map(|name| (name.replace('_', "-"), (*name).to_owned()));
        Names(printed.filter(|(printed, _)| !names.contains(&**printed)).collect())
    }

    /// Replaces the placeholders of QEMU's tests by names and values.
    fn restore(&self, value: &Value) -> Value {
        if let Some(text) = value.as_str() {
            return match text {
                text if NUMBERS.contains(&text) => Value::from(1_i64),
                text if text == FORMAT.0 => Value::from(FORMAT.1),
                _ => value.clone(),
            };
        }
        if let Some(items) = value.as_list() {
            return Value::from(items.iter().map(|item| self.restore(item)).collect::<Vec<_>>());
        }
        let Some(members) = value.as_dict() else { return value.clone() };
        let mut dict = Dict::new();
        for (name, value) in members.iter() {
            let name = self.0.get(name).map_or(name, String::as_str);
            dict.insert(name, self.restore(value));
        }
        Value::from(dict)
    }
}

fn lines() -> Vec<Line> {
    let names = Names::new();
    let path = folder("QAPI_SHARED").join("traffic/iotests.jsonl");
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let lines = text.lines().map(|line| {
        let line: Json = serde_json::from_str(line).expect("a line of JSON");
        let place = format!("{}:{}", line["file"].as_str().expect("a file"), line["line"]);
        let mut text = line["raw"].as_str().map_or_else(|| line["json"].to_string(), str::to_owned);
        for name in NUMBERS {
            text = text.replace(&format!(": {name}"), ": 1");
        }
        text = text.replace(": PORT", ": \"PORT\"");
        let value: Value = qapi::from_text(&text, &Rules::STRICT)
            .unwrap_or_else(|error| panic!("{place}: {error}"));
        let message = Message::parse(&qapi::to_text(&names.restore(&value)));
        let message = message.unwrap_or_else(|error| panic!("{place}: {error}"));
        Line { place, message }
    });
    lines.collect()
}
