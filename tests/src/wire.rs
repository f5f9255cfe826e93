//! The code generated from the real schemas of the recorded cases, by the schema's names.

use qapi::qmp::Events;
use qapi::rt::Field;
use qapi::{Commands, DecodeError, Event, Policy, Rules};

use crate::stub::Stub;

/// Reads a text strictly under a policy and writes it again.
pub type RoundTrip = fn(&str, &Policy) -> Result<String, DecodeError>;

/// Reads a text as an event's data and sends the event.
pub type Emit = fn(&str, &Events) -> Result<(), DecodeError>;

/// The generated functions of one schema. Lists are in schema order.
pub struct Tables {
    /// The name of the schema in the cases.
    pub name: &'static str,
    /// Its types, and as `[T]` lists of them.
    pub types: &'static [(&'static str, RoundTrip)],
    /// Its commands' arguments.
    pub arguments: &'static [(&'static str, RoundTrip)],
    /// Its events' data.
    pub data: &'static [(&'static str, RoundTrip)],
    /// Its events.
    pub emitters: &'static [(&'static str, Emit)],
    /// A server's commands, served by a [`Stub`].
    pub commands: fn() -> Commands<Stub>,
    /// The reply to `query-qmp-schema`.
    pub introspection: &'static [&'static str],
    /// The commands that the recorded program was built without.
    pub absent: &'static [&'static str],
}

/// The types that every schema has.
const BUILTINS: &[(&str, RoundTrip)] = &[
    ("str", round_trip::<String>),
    ("number", round_trip::<f64>),
    ("int", round_trip::<i64>),
    ("int8", round_trip::<i8>),
    ("int16", round_trip::<i16>),
    ("int32", round_trip::<i32>),
    ("int64", round_trip::<i64>),
    ("uint8", round_trip::<u8>),
    ("uint16", round_trip::<u16>),
    ("uint32", round_trip::<u32>),
    ("uint64", round_trip::<u64>),
    ("size", round_trip::<u64>),
    ("bool", round_trip::<bool>),
    ("null", round_trip::<qapi::Null>),
    ("any", round_trip::<qapi::Value>),
    ("[str]", round_trip::<Vec<String>>),
    ("[number]", round_trip::<Vec<f64>>),
    ("[int]", round_trip::<Vec<i64>>),
    ("[int8]", round_trip::<Vec<i8>>),
    ("[int16]", round_trip::<Vec<i16>>),
    ("[int32]", round_trip::<Vec<i32>>),
    ("[int64]", round_trip::<Vec<i64>>),
    ("[uint8]", round_trip::<Vec<u8>>),
    ("[uint16]", round_trip::<Vec<u16>>),
    ("[uint32]", round_trip::<Vec<u32>>),
    ("[uint64]", round_trip::<Vec<u64>>),
    ("[size]", round_trip::<Vec<u64>>),
    ("[bool]", round_trip::<Vec<bool>>),
    ("[null]", round_trip::<Vec<qapi::Null>>),
    ("[any]", round_trip::<Vec<qapi::Value>>),
];

impl Tables {
    /// Finds a type by its name in cases: `T`, `[T]`, `arguments of COMMAND` or `data of EVENT`.
    pub fn round_trip(&self, name: &str) -> Option<RoundTrip> {
        let (table, name) =
            match (name.strip_prefix("arguments of "), name.strip_prefix("data of ")) {
                (Some(command), _) => (self.arguments, command),
                (_, Some(event)) => (self.data, event),
                _ => (self.types, name),
            };
        find(table, name).or_else(|| find(BUILTINS, name))
    }

    /// A function that sends an event.
    pub fn emitter(&self, event: &str) -> Option<Emit> {
        find(self.emitters, event)
    }
}

fn find<T: Copy>(table: &[(&str, T)], name: &str) -> Option<T> {
    table.iter().find(|(known, _)| *known == name).map(|(_, function)| *function)
}

/// The tables of a schema: `full`, `qga`, `storage_daemon` or `test`.
///
/// # Panics
/// If the build script has not found a tree of the version of the recorded cases, or a variable
/// that names trees names no folder.
pub fn tables(name: &str) -> &'static Tables {
    for variable in ["QAPI_CORPUS", "QAPI_SHARED"] {
        if std::env::var_os(variable).is_some() {
            crate::folder(variable);
        }
    }
    ALL.iter().find(|tables| tables.name == name).unwrap_or_else(|| {
        panic!(
            "the recorded cases need QEMU 10.0.2's schemas: set QAPI_CORPUS to its tree, or QAPI_SHARED to a \
             folder that has it as corpus/qemu-10.0.2; see CONTRIBUTING.md"
        )
    })
}

fn round_trip<T: Field>(text: &str, policy: &Policy) -> Result<String, DecodeError> {
    let value: T = qapi::from_text(text, &Rules::STRICT.with_policy(*policy))?;
    let mut text = String::new();
    qapi::encode(&value, policy, &mut text);
    Ok(text)
}

fn emit<E: Event>(text: &str, events: &Events) -> Result<(), DecodeError> {
    events.emit(&qapi::from_text::<E>(text, &Rules::STRICT)?);
    Ok(())
}

include!(concat!(env!("OUT_DIR"), "/wire.rs"));
