//! The parts of messages that the protocol itself defines (QEMU: docs/interop/qmp-spec.rst).

use super::error::ExampleError;
use super::json::{Json, JsonKind, JsonMember};
use super::value::ValueChecker;
use crate::suggest::nearest;

/// A member of an object that the protocol defines.
pub(super) struct Field {
    name: &'static str,
    shape: Shape,
    required: bool,
}

/// The values that a field takes.
enum Shape {
    /// Any JSON; where a schema type applies it is checked by that.
    Any,
    Text,
    Integer,
    Texts,
    Object(&'static [Field]),
}

const fn required(name: &'static str, shape: Shape) -> Field {
    Field { name, shape, required: true }
}

const fn optional(name: &'static str, shape: Shape) -> Field {
    Field { name, shape, required: false }
}

/// A request, which has one of the first two.
pub(super) const REQUEST: &[Field] = &[
    optional("execute", Shape::Text),
    optional("exec-oob", Shape::Text),
    optional("arguments", Shape::Any),
    optional("id", Shape::Any),
];

/// A reply of success.
pub(super) const REPLY: &[Field] = &[required("return", Shape::Any), optional("id", Shape::Any)];

/// A reply of failure.
pub(super) const ERROR: &[Field] = &[
    required(
        "error",
        Shape::Object(&[required("class", Shape::Text), required("desc", Shape::Text)]),
    ),
    optional("id", Shape::Any),
];

/// An event.
pub(super) const EVENT: &[Field] = &[
    required("event", Shape::Text),
    optional("data", Shape::Any),
    required(
        "timestamp",
        Shape::Object(&[
            required("seconds", Shape::Integer),
            required("microseconds", Shape::Integer),
        ]),
    ),
];

/// The first message of a server.
pub(super) const GREETING: &[Field] = &[required(
    "QMP",
    Shape::Object(&[
        required(
            "version",
            Shape::Object(&[
                required(
                    "qemu",
                    Shape::Object(&[
                        required("major", Shape::Integer),
                        required("minor", Shape::Integer),
                        required("micro", Shape::Integer),
                    ]),
                ),
                required("package", Shape::Text),
            ]),
        ),
        required("capabilities", Shape::Texts),
    ]),
)];

/// Checks the members of `json` against `fields`.
pub(super) fn check(cx: &mut ValueChecker<'_>, json: &Json, fields: &[Field]) {
    let JsonKind::Object(members) = &json.kind else { return cx.wrong_type(json, "object") };
    for member in members {
        match fields.iter().find(|field| field.name == member.name) {
            Some(field) => cx.at_member(&member.name, |cx| value(cx, &member.value, &field.shape)),
            None => {
                let names = fields.iter().map(|field| field.name);
                let nearest = nearest(&member.name, names).map(str::to_owned);
                let name = member.name.clone();
                cx.fault(member.name_span, ExampleError::UnknownMember { name, nearest });
            }
        }
    }
    let absent = fields.iter().filter(|field| field.required && get(members, field.name).is_none());
    cx.missing(json, absent.map(|field| field.name.to_owned()).collect());
}

/// Returns the value of the member `name`.
pub(super) fn get<'a>(members: &'a [JsonMember], name: &str) -> Option<&'a Json> {
    members.iter().find(|member| member.name == name).map(|member| &member.value)
}

fn value(cx: &mut ValueChecker<'_>, json: &Json, shape: &Shape) {
    match (shape, &json.kind) {
        (Shape::Object(fields), _) => check(cx, json, fields),
        (Shape::Texts, JsonKind::Array(items)) => {
            items.iter().for_each(|item| value(cx, item, &Shape::Text));
        }
        (Shape::Texts, _) => cx.wrong_type(json, "array"),
        (Shape::Any, _) | (Shape::Text, JsonKind::String(_)) => {}
        (Shape::Text, _) => cx.wrong_type(json, "string"),
        (Shape::Integer, JsonKind::Number(digits)) if digits.parse::<i64>().is_ok() => {}
        (Shape::Integer, _) => cx.wrong_type(json, "integer"),
    }
}
