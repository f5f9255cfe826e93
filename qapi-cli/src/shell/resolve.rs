//! Typed text as values, by the types of a schema.

use qapi::introspect::{Entity, EntityKind};
use qapi::{Dict, Value};

use super::literal::{boolean, guess, hexadecimal, integer, number};
use super::term::Term;
use super::types::{alternatives, fields, of_kind};

/// Returns the value of `term` where `ty` is expected. Text that does not fit stays a string.
pub(super) fn resolve(term: &Term, ty: Option<Entity<'_>>) -> Value {
    match term {
        Term::Word(text) => word(text, ty),
        Term::Value(value) => value.clone(),
        Term::List(elements) => {
            let element = ty.and_then(|ty| of_kind(ty, EntityKind::Array)?.element());
            elements.iter().map(|term| resolve(term, element)).collect()
        }
        Term::Dict(members) => {
            if let Some(array) = ty.and_then(|ty| of_kind(ty, EntityKind::Array))
                && let Some(elements) = elements(members)
            {
                let element = array.element();
                return elements.into_iter().map(|term| resolve(term, element)).collect();
            }
            let object = ty.and_then(|ty| of_kind(ty, EntityKind::Object));
            let fields = object.map(|object| fields(object, term));
            let value = |(name, term): &(String, Term)| {
                let ty = fields.as_ref().and_then(|fields| fields.get(name));
                (name.clone(), resolve(term, ty))
            };
            Value::Dict(members.iter().map(value).collect::<Dict>())
        }
    }
}

/// Returns the elements of an array whose members are numbered from 0.
fn elements(members: &[(String, Term)]) -> Option<Vec<&Term>> {
    let element = |number: usize| {
        let name = number.to_string();
        members.iter().find(|(key, _)| *key == name).map(|(_, term)| term)
    };
    let is_array = !members.is_empty();
    is_array.then(|| (0..members.len()).map(element).collect()).flatten()
}

fn word(text: &str, ty: Option<Entity<'_>>) -> Value {
    let Some(ty) = ty else { return guess(text) };
    let alternatives = alternatives(ty);
    let values = alternatives.iter().filter_map(|ty| match ty.kind() {
        EntityKind::Integer => integer(text).or_else(|| hexadecimal(text)),
        EntityKind::Number => integer(text).or_else(|| number(text)),
        EntityKind::Boolean => boolean(text),
        EntityKind::Null => matches!(text, "null" | "None").then_some(Value::Null),
        EntityKind::Enum => ty.has_value(text).then(|| text.into()),
        EntityKind::Any => Some(guess(text)),
        _ => None,
    });
    values.into_iter().next().unwrap_or_else(|| text.into())
}
