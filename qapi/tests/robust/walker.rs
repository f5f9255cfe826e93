//! A property of the walker: a value that was read is written so that it reads the same, and a
//! client accepts everything that a server accepts.

use std::fmt::Debug;

use qapi::rt::Field;
use qapi::{Rules, Value, from_text, to_text};

use crate::small::commands::Walk;
use crate::small::{All, Measure, Node, Numbers, Reference, Shape};

/// Checks it for a text; the first byte says of which type.
pub fn check(bytes: &[u8]) {
    let Some((kind, text)) = bytes.split_first() else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    match kind % 8 {
        0 => check_type::<All>(text),
        1 => check_type::<Shape>(text),
        2 => check_type::<Node>(text),
        3 => check_type::<Numbers>(text),
        4 => check_type::<Reference>(text),
        5 => check_type::<Measure>(text),
        6 => check_type::<Walk>(text),
        _ => check_type::<Vec<All>>(text),
    }
}

fn check_type<T: Field + Clone + PartialEq + Debug + serde::Serialize>(text: &str) {
    let strict = from_text::<T>(text, &Rules::STRICT);
    let lenient = from_text::<T>(text, &Rules::LENIENT);
    if strict.is_ok() {
        assert_eq!(lenient, strict, "{text}");
    }
    // Numbers beyond a double's range are written as C writes them, which is no JSON.
    if !from_text::<Value>(text, &Rules::STRICT).is_ok_and(|value| is_finite(&value)) {
        return;
    }
    for (value, rules) in [(strict, Rules::STRICT), (lenient, Rules::LENIENT)] {
        let Ok(value) = value else { continue };
        let own = to_text(&value);
        let again = from_text::<T>(&own, &rules).unwrap_or_else(|error| panic!("{error}: {own}"));
        // A whole number of any size is an integer to who does not expect a number.
        assert_eq!(to_text(&again), own, "{text}");
        assert_eq!(value.clone(), value);
        let by_serde = serde_json::to_string(&value).expect("nothing in it fails");
        let again =
            from_text::<T>(&by_serde, &rules).unwrap_or_else(|error| panic!("{error}: {by_serde}"));
        assert_eq!(to_text(&again), own, "{text}");
    }
}

fn is_finite(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.is_finite(),
        Value::List(list) => list.iter().all(is_finite),
        Value::Dict(dict) => dict.iter().all(|(_, value)| is_finite(value)),
        _ => true,
    }
}
