//! Values nested as deep as the reader allows, on a thread's default stack, unoptimized.

use qapi::{Rules, from_text, to_text};
use qapi_tests::wire::full::BlockdevOptions;

/// The default stack size of threads.
const STACK: usize = 2 << 20;

/// A larger stack: without optimization the derived `Clone` keeps copies of each level on it.
const STACK_TO_CLONE: usize = 32 << 20;

fn on_stack(size: usize, run: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(size).spawn(run).unwrap().join().unwrap();
}

/// Returns a chain of drivers, each of which contains the next.
fn deepest() -> String {
    let levels = qapi::json::MAX_NESTING;
    let start = "{\"driver\": \"raw\", \"file\": ".repeat(levels);
    format!("{start}\"end\"{}", "}".repeat(levels))
}

#[test]
fn reads_compares_prints_and_drops_the_deepest_values() {
    on_stack(STACK, || {
        let text = deepest();
        let read = || from_text::<BlockdevOptions>(&text, &Rules::STRICT).unwrap();
        let value = read();
        assert_eq!(to_text(&value), text);
        assert!(value == read());
        assert!(format!("{value:?}").contains("end"));
    });
}

#[test]
fn clones_the_deepest_values_on_a_larger_stack() {
    on_stack(STACK_TO_CLONE, || {
        let value: BlockdevOptions = from_text(&deepest(), &Rules::STRICT).unwrap();
        assert!(value.clone() == value);
    });
}
