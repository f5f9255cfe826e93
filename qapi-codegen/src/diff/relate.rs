//! The relation between an old and a new type at one place of use.

use qapi_parser::schema::Builtin;

use super::change::Code;
use super::model::{Alternative, Interface, Scalar, Shape, TypeIndex};

/// An old and a new type that are both enums, both objects, or both alternates.
pub(super) type Pair = (TypeIndex, TypeIndex);

/// The relation between two types.
#[derive(Debug, Default)]
pub(super) struct Relation {
    /// A `[]` for each array around the two types.
    pub(super) arrays: String,
    /// The code and the message, unless the two are the same kind of type.
    pub(super) mismatch: Option<(Code, String)>,
    /// The types whose parts are to be compared.
    pub(super) pair: Option<Pair>,
}

/// The JSON values that two types take, compared.
#[derive(Clone, Copy)]
enum Fit {
    Same,
    Narrowed,
    Widened,
    Changed,
}

/// Compares two types up to the first named types inside.
pub(super) fn relate(
    (old, mut old_type): (&Interface, TypeIndex),
    (new, mut new_type): (&Interface, TypeIndex),
) -> Relation {
    let whole = (old_type, new_type);
    let mut relation = Relation::default();
    let (mut narrowed, mut widened) = (false, false);
    // In a reply, arrays of alternates of arrays may go round for ever.
    for _ in 0..old.types.len() + new.types.len() {
        let fit = match (old.shape(old_type), new.shape(new_type)) {
            (Shape::Array(old_element), Shape::Array(new_element)) => {
                relation.arrays.push_str("[]");
                (old_type, new_type) = (*old_element, *new_element);
                continue;
            }
            (Shape::Enum(_), Shape::Enum(_))
            | (Shape::Object(_), Shape::Object(_))
            | (Shape::Alternate(_), Shape::Alternate(_)) => {
                relation.pair = Some((old_type, new_type));
                Fit::Same
            }
            (Shape::Scalar(a), Shape::Scalar(b)) => match fit_scalars(*a, *b) {
                Ok(fit) => fit,
                Err((code, message)) if !narrowed && !widened => {
                    relation.mismatch = Some((code, message));
                    return relation;
                }
                Err(_) => Fit::Same,
            },
            (_, Shape::Scalar(Scalar::Any)) => Fit::Widened,
            (Shape::Scalar(Scalar::Any), _) => Fit::Narrowed,
            (Shape::Enum(_), Shape::Scalar(Scalar::String)) => Fit::Widened,
            (Shape::Scalar(Scalar::String), Shape::Enum(_)) => Fit::Narrowed,
            (Shape::Alternate(list), _) => match alternative(old, list, kind(new, new_type)) {
                Some(found) => {
                    narrowed = true;
                    old_type = found.ty;
                    continue;
                }
                None => Fit::Changed,
            },
            (_, Shape::Alternate(list)) => match alternative(new, list, kind(old, old_type)) {
                Some(found) => {
                    widened = true;
                    new_type = found.ty;
                    continue;
                }
                None => Fit::Changed,
            },
            _ => Fit::Changed,
        };
        narrowed |= matches!(fit, Fit::Narrowed | Fit::Changed);
        widened |= matches!(fit, Fit::Widened | Fit::Changed);
        break;
    }
    let code = match (narrowed, widened) {
        (false, false) => return relation,
        (true, false) => Code::TypeNarrowed,
        (false, true) => Code::TypeWidened,
        (true, true) => Code::TypeChanged,
    };
    let (before, after) = (describe(old, whole.0), describe(new, whole.1));
    relation.mismatch = Some((code, format!("type changed from {before} to {after}")));
    relation
}

/// Compares scalars; two integer types have codes of their own.
fn fit_scalars(old: Scalar, new: Scalar) -> Result<Fit, (Code, String)> {
    Ok(match (old, new) {
        (Scalar::Integer(Some(old)), Scalar::Integer(Some(new))) => {
            let ((old_min, old_max), (new_min, new_max)) = (range(old), range(new));
            let narrowed = new_min > old_min || new_max < old_max;
            let widened = new_min < old_min || new_max > old_max;
            let code = match (narrowed, widened) {
                (false, false) => return Ok(Fit::Same),
                (true, false) => Code::IntegerNarrowed,
                (false, true) => Code::IntegerWidened,
                (true, true) => Code::IntegerChanged,
            };
            let (old, new) = (old.name(), new.name());
            return Err((code, format!("integer type changed from {old} to {new}")));
        }
        (Scalar::Integer(_), Scalar::Integer(_)) => Fit::Same,
        (old, new) if old == new => Fit::Same,
        (_, Scalar::Any) | (Scalar::Integer(_), Scalar::Number) => Fit::Widened,
        (Scalar::Any, _) | (Scalar::Number, Scalar::Integer(_)) => Fit::Narrowed,
        _ => Fit::Changed,
    })
}

/// Returns the smallest and the largest value of an integer type.
fn range(builtin: Builtin) -> (i128, i128) {
    let signed = |bits: u32| (-(1 << (bits - 1)), (1 << (bits - 1)) - 1);
    let unsigned = |bits: u32| (0, (1 << bits) - 1);
    match builtin {
        Builtin::Int8 => signed(8),
        Builtin::Int16 => signed(16),
        Builtin::Int32 => signed(32),
        Builtin::Uint8 => unsigned(8),
        Builtin::Uint16 => unsigned(16),
        Builtin::Uint32 => unsigned(32),
        Builtin::Uint64 | Builtin::Size => unsigned(64),
        _ => signed(64),
    }
}

/// The JSON types by which an alternate chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    String,
    Number,
    Boolean,
    Null,
    Array,
    Object,
}

impl Kind {
    /// The name in JSON.
    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::String => "string",
            Kind::Number => "number",
            Kind::Boolean => "boolean",
            Kind::Null => "null",
            Kind::Array => "array",
            Kind::Object => "object",
        }
    }
}

/// Returns the JSON type of a type that has only one.
pub(super) fn kind(interface: &Interface, ty: TypeIndex) -> Option<Kind> {
    match interface.shape(ty) {
        Shape::Scalar(Scalar::String) | Shape::Enum(_) => Some(Kind::String),
        Shape::Scalar(Scalar::Integer(_) | Scalar::Number) => Some(Kind::Number),
        Shape::Scalar(Scalar::Boolean) => Some(Kind::Boolean),
        Shape::Scalar(Scalar::Null) => Some(Kind::Null),
        Shape::Array(_) => Some(Kind::Array),
        Shape::Object(_) => Some(Kind::Object),
        Shape::Scalar(Scalar::Any) | Shape::Alternate(_) => None,
    }
}

fn alternative<'a>(
    interface: &Interface,
    list: &'a [Alternative],
    wanted: Option<Kind>,
) -> Option<&'a Alternative> {
    let wanted = wanted?;
    list.iter().find(|one| kind(interface, one.ty) == Some(wanted))
}

/// Names a type as introspection data does, without names of types.
fn describe(interface: &Interface, ty: TypeIndex) -> String {
    let (mut text, mut ty) = (String::new(), ty);
    while let Shape::Array(element) = interface.shape(ty) {
        text.push_str("array of ");
        ty = *element;
    }
    text.push_str(match interface.shape(ty) {
        Shape::Scalar(Scalar::String) => "string",
        Shape::Scalar(Scalar::Integer(_)) => "integer",
        Shape::Scalar(Scalar::Number) => "number",
        Shape::Scalar(Scalar::Boolean) => "boolean",
        Shape::Scalar(Scalar::Null) => "null",
        Shape::Scalar(Scalar::Any) => "any value",
        Shape::Enum(_) => "enum",
        Shape::Alternate(_) => "alternate",
        Shape::Array(_) | Shape::Object(_) => "object",
    });
    text
}
