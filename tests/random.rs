//! Random schemas through every stage. `RANDOM_SCHEMAS` sets their number.

use std::collections::{BTreeSet, HashSet};

use fastrand::Rng;
use qapi_codegen::{IntrospectConditions, IntrospectOptions, introspect};
use qapi_parser::diagnostic::Severity;
use qapi_parser::render::MessageFormat;
use qapi_parser::{Error, dump};
use qapi_tests::random::{RandomSchema, SYMBOLS};
use serde_json::Value;

/// Returns the seeds to try.
fn seeds() -> std::ops::Range<u64> {
    let count = std::env::var("RANDOM_SCHEMAS").map(|count| count.parse().expect("a number"));
    0..count.unwrap_or(100)
}

/// Shows the schema of a seed in messages.
fn shown(seed: u64, schema: &RandomSchema) -> String {
    let files = schema.files.iter().map(|(name, text)| format!("==== {name}\n{text}"));
    format!("seed {seed}\n{}", files.collect::<String>())
}

#[test]
fn accepts_valid_schemas() {
    for seed in seeds() {
        let schema = RandomSchema::new(seed);
        let checked =
            schema.parse().unwrap_or_else(|error| panic!("{error}{}", shown(seed, &schema)));
        let text = dump(&checked.schema);
        let again = RandomSchema::new(seed).parse().expect("the same schema");
        assert_eq!(text, dump(&again.schema), "seed {seed}");
        let defined = |words: &[&str]| -> Vec<String> {
            let lines = text.lines().filter_map(|line| {
                let mut parts = line.split(' ');
                (words.contains(&parts.next()?)).then_some(parts.next()?.to_owned())
            });
            lines.filter(|name| !name.starts_with("q_") && name != "QType").collect()
        };
        assert_eq!(sorted(defined(&["command"])), sorted(schema.commands.clone()), "seed {seed}");
        assert_eq!(sorted(defined(&["event"])), sorted(schema.events.clone()), "seed {seed}");
        assert_eq!(sorted(defined(&["enum"])), sorted(schema.enums.clone()), "seed {seed}");
        assert_eq!(sorted(defined(&["alternate"])), sorted(schema.alternates.clone()));
        let objects = [schema.structs.clone(), schema.unions.clone()].concat();
        assert_eq!(sorted(defined(&["object"])), sorted(objects), "seed {seed}");
    }
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names
}

/// Returns the names of types that an entity of introspection data refers to.
fn referred(entity: &Value) -> Vec<&str> {
    let lists = ["members", "variants"].into_iter().filter_map(|key| entity[key].as_array());
    let own = ["arg-type", "ret-type", "element-type"].into_iter().map(|key| &entity[key]);
    let own = own.chain(lists.flatten().map(|member| &member["type"]));
    own.filter_map(Value::as_str).collect()
}

#[test]
fn introspection_data_refers_only_to_present_types() {
    for seed in seeds() {
        let schema = RandomSchema::new(seed);
        let checked = schema.parse().expect("a valid schema");
        let mut rng = Rng::with_seed(seed);
        let defined = SYMBOLS.iter().filter(|_| rng.bool()).map(|symbol| (*symbol).to_owned());
        let some: BTreeSet<String> = defined.collect();
        for conditions in [IntrospectConditions::All, IntrospectConditions::Defined(some)] {
            let all = conditions == IntrospectConditions::All;
            for unmask in [false, true] {
                let options =
                    IntrospectOptions::new().unmask(unmask).conditions(conditions.clone());
                let data = introspect(&checked.schema, &options);
                let data: Vec<Value> = serde_json::from_str(&data).expect("JSON");
                let names: HashSet<&str> =
                    data.iter().filter_map(|item| item["name"].as_str()).collect();
                assert_eq!(names.len(), data.len(), "seed {seed}: names repeat");
                let of = |meta: &str| -> Vec<String> {
                    let items = data.iter().filter(|item| item["meta-type"] == meta);
                    items.filter_map(|item| item["name"].as_str().map(str::to_owned)).collect()
                };
                if all {
                    assert_eq!(sorted(of("command")), sorted(schema.commands.clone()));
                    assert_eq!(sorted(of("event")), sorted(schema.events.clone()));
                    for name in data.iter().flat_map(referred) {
                        assert!(names.contains(name), "seed {seed}: no type {name}");
                    }
                }
            }
        }
    }
}

/// Returns additions that make any schema invalid, each with the code of its error.
fn faults(schema: &RandomSchema) -> Vec<(String, &'static str)> {
    let (enum_, struct_) = (&schema.enums[0], &schema.structs[0]);
    let one = |text: &str, code| (text.replace("ENUM", enum_).replace("STRUCT", struct_), code);
    vec![
        one("{ 'struct': 'ENUM', 'data': { } }", "redefinition"),
        one("{ 'struct': 'Zz', 'base': 'ENUM', 'data': { } }", "base-not-struct"),
        one("{ 'struct': 'Zz', 'data': { 'a': 'Nope' } }", "unknown-type"),
        one("{ 'struct': 'Zz', 'data': { 'a-b': 'int', 'a_b': 'int' } }", "name-not-lower"),
        one("{ 'struct': 'Zz', 'base': 'Zz', 'data': { } }", "contains-itself"),
        one("{ 'command': 'zz', 'data': 'ENUM' }", "arguments-type"),
        one("{ 'command': 'zz', 'returns': 'ENUM' }", "returns-type"),
        one("{ 'event': 'ZZ', 'data': 'ENUM' }", "arguments-type"),
        one(
            "{ 'alternate': 'Zz', 'data': { 'a': 'STRUCT', 'b': 'STRUCT' } }",
            "alternate-conflict",
        ),
        one("{ 'alternate': 'Zz', 'data': { } }", "empty-data"),
        one(
            "{ 'union': 'Zz', 'base': 'STRUCT', 'discriminator': 'nope', 'data': { } }",
            "unknown-discriminator",
        ),
        one(
            "{ 'union': 'Zz', 'base': { 't': 'ENUM' }, 'discriminator': 't', \
             'data': { 'nope': 'STRUCT' } }",
            "branch-not-value",
        ),
        one("{ 'enum': 'Zz', 'data': [ 'a', 'a' ] }", "name-clash"),
        one("{ 'struct': 'Zz', 'data': { }, 'if': 'lower' }", "if-symbol"),
        one(
            "{ 'struct': 'Zz', 'data': { }, 'features': [ 'unstable' ] }",
            "special-feature-of-type",
        ),
        one("{ 'include': 'no-such-file.json' }", "unreadable-include"),
        one("{ 'struct': 'Zz', 'data': { 'a': 'int', 'a': 'int' } }", "duplicate-key"),
        one("{ 'struct': 'Zz', 'data': { 'a': 'int' ] }", "unexpected-token"),
    ]
}

fn codes(error: &Error) -> Vec<&'static str> {
    let errors = error.diagnostics().iter().filter(|finding| finding.severity == Severity::Error);
    errors.map(|finding| finding.code).collect()
}

#[test]
fn reports_the_code_of_each_added_fault() {
    for seed in seeds() {
        let schema = RandomSchema::new(seed);
        for (fault, code) in faults(&schema) {
            let addition = format!("{{ 'pragma': {{ 'doc-required': false }} }}\n{fault}\n");
            let error = schema.parse_with(&addition).map(|_| ()).expect_err(&fault);
            assert_eq!(codes(&error), [code], "{fault}\n{}", error.render(MessageFormat::Short));
        }
    }
}

/// Deletes, repeats or swaps a few characters or lines.
fn damage(text: &str, rng: &mut Rng) -> String {
    let by_line = rng.bool();
    let mut parts: Vec<String> = match by_line {
        true => text.split_inclusive('\n').map(str::to_owned).collect(),
        false => text.split_inclusive(|c: char| !c.is_alphanumeric()).map(str::to_owned).collect(),
    };
    for _ in 0..rng.usize(1..4) {
        let (at, to) = (rng.usize(0..parts.len()), rng.usize(0..parts.len()));
        match rng.usize(0..3) {
            0 => parts[at].clear(),
            1 => parts[at] = parts[to].clone(),
            _ => parts.swap(at, to),
        }
    }
    parts.concat()
}

#[test]
fn damaged_schemas_never_panic() {
    for seed in seeds() {
        let mut rng = Rng::with_seed(seed);
        let intact = RandomSchema::new(seed);
        for _ in 0..10 {
            let mut schema =
                RandomSchema { files: intact.files.clone(), ..RandomSchema::default() };
            let at = rng.usize(0..schema.files.len());
            schema.files[at].1 = damage(&schema.files[at].1, &mut rng);
            match schema.parse() {
                Ok(checked) => assert!(!dump(&checked.schema).is_empty()),
                Err(error) => {
                    assert!(!codes(&error).is_empty(), "{}", shown(seed, &schema));
                    for format in [MessageFormat::Human, MessageFormat::Short, MessageFormat::Json]
                    {
                        assert!(!error.render(format).is_empty());
                    }
                }
            }
        }
    }
}
