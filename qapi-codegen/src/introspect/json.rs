//! JSON whose elements may depend on conditions.

use qapi_parser::cond::IfCond;
use qapi_parser::schema::Feature;

/// JSON in which elements of lists may depend on a condition.
#[derive(Debug)]
pub(crate) enum Json<'a> {
    Null,
    True,
    Text(String),
    List(Vec<Element<'a>>),
    Object(Vec<(&'static str, Json<'a>)>),
}

/// An element of a list.
#[derive(Debug)]
pub(crate) struct Element<'a> {
    pub(crate) value: Json<'a>,
    pub(crate) cond: Option<&'a IfCond>,
    pub(crate) features: &'a [Feature],
}

/// Writes a value that is neither a list nor an object.
pub(crate) fn write_scalar(out: &mut String, json: &Json<'_>) {
    match json {
        Json::Null => out.push_str("null"),
        Json::True => out.push_str("true"),
        // Names in a schema have no characters that JSON escapes.
        Json::Text(text) => out.extend(["\"", text.as_str(), "\""]),
        Json::List(_) | Json::Object(_) => {}
    }
}
