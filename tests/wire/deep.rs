//! Values nested as deep as the reader lets them be, on a thread's usual stack and without optimization.

use qapi::{Rules, from_text, to_text};
use qapi_tests::wire::full::BlockdevOptions;

/// What threads have by default, as those of a server.
const STACK: usize = 2 << 20;

/// The derived `Clone` keeps some copies of each level on the stack, where nothing is optimized.
const STACK_TO_CLONE: usize = 32 << 20;

fn on_stack(size: usize, run: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(size).spawn(run).unwrap().join().unwrap();
}

/// A chain of drivers, each of which has the next.
fn deepest() -> String {
    let levels = qapi::json::MAX_NESTING;
    let start = "{\"driver\": \"raw\", \"file\": ".repeat(levels);
    format!("{start}\"end\"{}", "}".repeat(levels))
}

#[test]
fn the_deepest_values_are_read_compared_printed_and_dropped() {
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
fn the_deepest_values_are_cloned_where_there_is_room() {
    on_stack(STACK_TO_CLONE, || {
        let value: BlockdevOptions = from_text(&deepest(), &Rules::STRICT).unwrap();
        assert!(value.clone() == value);
    });
}
