//! A recorded case: the server's configuration, the messages sent and the replies.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use qapi::json::{Kind, Node, Stream};
use qapi::qmp::ServerKind;
use qapi_tests::oracle;
use serde_json::{Value, json};

use super::machine::Config;

/// The value of `@PACKAGE`.
const PACKAGE: &str = "@PACKAGE";

pub struct Case<'c> {
    pub json: &'c Value,
    pub config: Config,
    /// Messages to send first. Their replies are not compared.
    pub setup: Vec<Vec<u8>>,
    /// Messages to send, and pauses.
    pub send: Vec<Item>,
    pub expect: Vec<Value>,
    /// The expected replies as bytes, if recorded.
    pub raw: Option<Vec<Vec<u8>>>,
}

pub enum Item {
    Bytes(Vec<u8>),
    Sleep(f64),
}

/// A request as it was sent.
pub struct Request {
    pub command: String,
    pub arguments: qapi::Value,
}

impl<'c> Case<'c> {
    pub fn new(json: &'c Value) -> Case<'c> {
        let raw = raw(json);
        let parse = |line: &Vec<u8>| serde_json::from_slice(line).unwrap_or_default();
        let package =
            raw.iter().flatten().find_map(|line| package(line)).unwrap_or_else(|| PACKAGE.into());
        let list = |key: &str| json[key].as_array().cloned().unwrap_or_default();
        let bytes = |item: &Value| match expand(item) {
            Item::Bytes(bytes) => bytes,
            Item::Sleep(_) => Vec::new(),
        };
        Case {
            config: config(json, &package),
            setup: list("setup").iter().map(bytes).collect(),
            send: list("send").iter().map(expand).collect(),
            expect: match (list("expect"), &raw) {
                // Replies in several lines are recorded as bytes only.
                (expect, Some(raw)) if expect.is_empty() => raw.iter().map(parse).collect(),
                (expect, _) => {
                    expect.into_iter().map(|reply| with_package(reply, &package)).collect()
                }
            },
            raw,
            json,
        }
    }

    pub fn is_pretty(&self) -> bool {
        self.config.kind.framing().pretty
    }

    /// Returns the number of messages before the compared ones.
    pub fn preamble(&self) -> usize {
        if self.setup.is_empty() {
            0
        } else {
            1 + self.setup.iter().map(|bytes| messages(bytes)).sum::<usize>()
        }
    }

    /// Returns the complete requests among the messages.
    pub fn requests(&self) -> Vec<Request> {
        let mut stream = Stream::new();
        let mut requests = Vec::new();
        for item in &self.send {
            let Item::Bytes(bytes) = item else { continue };
            let mut bytes = &bytes[..];
            while let Some(message) = stream.next(&mut bytes) {
                requests.extend(message.ok().and_then(|document| request(document.root())));
            }
        }
        requests
    }
}

fn request(root: Node<'_>) -> Option<Request> {
    let command = root.get("execute").or_else(|| root.get("exec-oob"))?.as_str()?.to_owned();
    let arguments = root.get("arguments").filter(|arguments| arguments.kind() == Kind::Dict);
    Some(Request {
        command,
        arguments: arguments.map_or(qapi::Value::Dict(qapi::Dict::new()), Into::into),
    })
}

/// Returns the number of replies to expect, if every command replies.
pub fn messages(bytes: &[u8]) -> usize {
    let (mut stream, mut bytes, mut count) = (Stream::new(), bytes, 0);
    while stream.next(&mut bytes).is_some() {
        count += 1;
    }
    count
}

fn raw(json: &Value) -> Option<Vec<Vec<u8>>> {
    let decode = |text: &Value| STANDARD.decode(text.as_str().unwrap_or_default()).ok();
    if let Some(lines) = json["expect_b64"].as_array() {
        return lines.iter().map(decode).collect();
    }
    let line = |line: &Value| match line.as_str() {
        Some(text) => Some(text.as_bytes().to_vec()),
        None => decode(&line["b64"]),
    };
    let lines: Option<Vec<Vec<u8>>> = json["expect_raw"].as_array()?.iter().map(line).collect();
    // A message in several lines.
    if json["monitor"] == "-qmp-pretty" {
        let mut whole = vec![Vec::new()];
        for line in lines? {
            let last = line.starts_with(b"}");
            whole.last_mut()?.extend(line);
            whole.extend(last.then(Vec::new));
        }
        whole.pop();
        return Some(whole);
    }
    lines
}

/// Returns the package in a recorded greeting or reply.
fn package(line: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(line).ok()?;
    let value: Value = serde_json::from_str(text).ok()?;
    let told = value["QMP"]["version"]["package"].as_str().or(value["return"]["package"].as_str());
    told.map(str::to_owned)
}

fn with_package(value: Value, package: &str) -> Value {
    match value {
        Value::String(text) if text == PACKAGE => json!(package),
        Value::Array(list) => list.into_iter().map(|value| with_package(value, package)).collect(),
        Value::Object(members) => {
            members.into_iter().map(|(name, value)| (name, with_package(value, package))).collect()
        }
        value => value,
    }
}

fn config(json: &Value, package: &str) -> Config {
    let arguments = |key: &str| -> Vec<&str> {
        json[key].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
    };
    let (qemu, args) = (arguments("qemu_args"), arguments("args"));
    let after = |list: &[&str], names: &[&str]| -> Option<String> {
        let place = list.iter().position(|argument| names.contains(argument))?;
        list.get(place + 1).map(|value| (*value).to_owned())
    };
    let commands = |names: &[&str]| {
        after(&args, names).map(|list| list.split(',').map(str::to_owned).collect::<Vec<_>>())
    };
    let pretty = json["monitor"] == "-qmp-pretty";
    let (schema, kind) = match json["program"].as_str() {
        Some("qemu-ga") => ("qga", ServerKind::Agent),
        Some("qemu-storage-daemon") => ("storage_daemon", ServerKind::MONITOR),
        _ => ("full", ServerKind::Monitor { pretty, oob: true }),
    };
    Config {
        schema,
        kind,
        policy: oracle::policy(&after(&qemu, &["-compat", "--compat"]).unwrap_or_default()),
        preconfig: qemu.iter().any(|argument| matches!(*argument, "-preconfig" | "--preconfig")),
        version: Config::default().version.with_package(package),
        allowed: commands(&["-a", "--allow-rpcs"]),
        blocked: commands(&["-b", "--block-rpcs"]).unwrap_or_default(),
    }
}

/// Expands an item of `send`.
fn expand(item: &Value) -> Item {
    let bytes = |item: &Value| match expand(item) {
        Item::Bytes(bytes) => bytes,
        Item::Sleep(_) => Vec::new(),
    };
    if let Some(text) = item.as_str() {
        return Item::Bytes(text.as_bytes().to_vec());
    }
    if let Some(seconds) = item["sleep"].as_f64() {
        return Item::Sleep(seconds);
    }
    if let Some(parts) = item["cat"].as_array() {
        return Item::Bytes(parts.iter().flat_map(bytes).collect());
    }
    if let Some(text) = item["b64"].as_str() {
        return Item::Bytes(STANDARD.decode(text).expect("base64"));
    }
    let (repeated, times) = (&item["repeat"][0], item["repeat"][1].as_u64());
    Item::Bytes(bytes(repeated).repeat(times.expect("an item of `send`") as usize))
}
