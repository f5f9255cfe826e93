//! Values nested as deep as the reader lets them be, on a thread's usual stack.

mod small;

use qapi::json::MAX_NESTING;
use qapi::{Rules, Value, from_text, to_text};
use small::{Node, Reference};

/// The default stack size of threads, those of a server included.
const STACK: usize = 2 << 20;

/// Reads, writes, compares, prints, clones and drops a value of a type.
fn check<T>(text: String)
where
    T: qapi::rt::Field + Clone + PartialEq + std::fmt::Debug,
{
    let run = move || {
        let value: T = from_text(&text, &Rules::STRICT).unwrap();
        assert_eq!(to_text(&value), text);
        let copy = value.clone();
        assert!(copy == value);
        assert!(!format!("{copy:?}").is_empty());
    };
    std::thread::Builder::new().stack_size(STACK).spawn(run).unwrap().join().unwrap();
}

#[test]
fn objects_in_objects() {
    let start = "{\"name\": \"\", \"next\": ".repeat(MAX_NESTING - 1);
    check::<Node>(format!("{start}{{\"name\": \"\"}}{}", "}".repeat(MAX_NESTING - 1)));
}

#[test]
fn objects_in_lists() {
    let levels = MAX_NESTING / 2;
    let start = "{\"name\": \"\", \"children\": [".repeat(levels);
    check::<Node>(format!("{start}{}", "]}".repeat(levels)));
}

#[test]
fn lists_in_lists() {
    let text = format!("{}null{}", "[".repeat(MAX_NESTING), "]".repeat(MAX_NESTING));
    check::<Reference>(text.clone());
    check::<Value>(text);
}

#[test]
fn deeper_values_are_refused() {
    let text = format!("{}{}", "[".repeat(MAX_NESTING + 1), "]".repeat(MAX_NESTING + 1));
    assert!(from_text::<Value>(&text, &Rules::STRICT).is_err());
}
