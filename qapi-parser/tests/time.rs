//! Long input takes time in proportion to its length. The bound is over ten times of what a case
//! takes.

use std::fmt::Write;
use std::time::{Duration, Instant};

use qapi_parser::render::MessageFormat;
use qapi_parser::{Options, parse_text};

const COUNT: usize = 20_000;

/// A quadratic case takes longer by a factor of thousands; a linear one about a second.
const BOUND: Duration = Duration::from_secs(20);

/// The text between `before` and `after`, made of `COUNT` numbered parts.
fn repeat(before: &str, part: impl Fn(usize) -> String, after: &str) -> String {
    let mut text = before.to_owned();
    for index in 0..COUNT {
        _ = write!(text, "{}", part(index));
    }
    text + after
}

fn check(name: &str, text: String) {
    let start = Instant::now();
    let options = Options::default();
    if let Err(error) = parse_text("m.json", text, options) {
        for format in [MessageFormat::Human, MessageFormat::Json] {
            assert!(!error.render(format).is_empty());
        }
    }
    let taken = start.elapsed();
    println!("{name}: {taken:?}");
    assert!(taken < BOUND, "{name} takes {taken:?}");
}

fn structs(base: impl Fn(usize) -> String, end: &str) -> String {
    let part = |index| format!("{{ 'struct': 'Foo{index}x', {}'data': {{ }} }}{end}", base(index));
    repeat("", part, "")
}

#[test]
fn reports_many_wrong_definitions_in_linear_time() {
    for end in ["\n", " "] {
        let unknown = |index| {
            format!("{{ 'struct': 'Foo{index}x', 'data': {{ 'a': 'Nope{index}x' }} }}{end}")
        };
        check("unknown types", repeat("", unknown, ""));
        let redefined = |_| format!("{{ 'struct': 'Foo', 'data': {{ }} }}{end}");
        check("redefined", repeat("", redefined, ""));
        let names = |index| format!("{{ 'struct': 'foo_{index}', 'data': {{ }} }}{end}");
        check("names", repeat("", names, ""));
        let syntax = |_| format!("{{ 'struct' 'Foo' }}{end}");
        check("syntax", repeat("", syntax, ""));
        let keys = |_| format!("{{ 'a': 'x', 'a': 'y' }}{end}");
        check("repeated keys", repeat("", keys, ""));
    }
}

#[test]
fn reports_many_wrong_parts_on_one_line_in_linear_time() {
    let (start, end) = ("{ 'struct': 'Foo', 'data': { 'a': 'int'", " } }\n");
    check("names", repeat(start, |index| format!(", 'M{index}': 'int'"), end));
    check("reserved", repeat(start, |index| format!(", 'has-{index}': 'int'"), end));
    check("types", repeat(start, |index| format!(", 'm{index}': 'Nope{index}'"), end));
    check("shapes", repeat(start, |index| format!(", 'm{index}': [ ]"), end));
    check("keys", repeat("{ 'x': 'y'", |index| format!(", 'k{index}': 'z'"), " }\n"));
    let cond = "{ 'struct': 'Foo', 'data': { }, 'if': { 'all': [ 'A'";
    check("conditions", repeat(cond, |index| format!(", 'a{index}'"), " ] } }\n"));
    check(
        "features",
        repeat("{ 'enum': 'Foo', 'data': [ ], 'features': [ 'a'", |_| ", 'a'".to_owned(), " ] }\n"),
    );
    check("values", repeat("{ 'enum': 'Foo', 'data': [ 'a'", |_| ", 'a'".to_owned(), " ] }\n"));
    check("brackets", repeat("{ 'a': [", |_| " 'a', ".to_owned(), ""));
}

#[test]
fn checks_chains_of_bases_in_linear_time() {
    check(
        "in order",
        structs(
            |index| match index {
                0 => String::new(),
                _ => format!("'base': 'Foo{}x', ", index - 1),
            },
            "\n",
        ),
    );
    check("reversed", structs(|index| format!("'base': 'Foo{}x', ", index + 1), "\n"));
    check("cycle", structs(|index| format!("'base': 'Foo{}x', ", (index + 1) % COUNT), " "));
}
