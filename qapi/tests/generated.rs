//! The walker on types as generated code has them, written by hand.

mod schema;

use qapi::{DecodeErrorKind, InputPolicy, OutputPolicy, Policy, Rules, Value};
use schema::*;

fn strict<T: qapi::rt::Field>(text: &str) -> Result<T, String> {
    qapi::from_text(text, &Rules::STRICT).map_err(|error| error.to_string())
}

fn round_trip<T: qapi::rt::Field>(text: &str) -> String {
    qapi::to_text(&strict::<T>(text).unwrap())
}

#[test]
fn members_in_any_order_are_written_in_schema_order() {
    assert_eq!(
        round_trip::<Stats>("{'page': 3, 'rate': 2, 'flags': [1, -128], 'transferred': -1}"),
        r#"{"transferred": -1, "rate": 2, "page": 3, "flags": [1, -128]}"#
    );
}

#[test]
fn the_first_failing_member_in_schema_order_is_told() {
    let error = |text: &str| strict::<Stats>(text).unwrap_err();
    assert_eq!(error("{'rate': 'x', 'zz': 1}"), "Parameter 'transferred' is missing");
    assert_eq!(
        error("{'zz': 1, 'page': true, 'rate': 1, 'transferred': 0}"),
        "Invalid parameter type for 'page', expected: integer"
    );
    assert_eq!(error("{'zz': 1, 'rate': 1, 'transferred': 0}"), "Parameter 'zz' is unexpected");
    assert_eq!(
        error("{'rate': 1, 'transferred': 1.0}"),
        "Invalid parameter type for 'transferred', expected: integer"
    );
    assert_eq!(error("{'rate': 1e3, 'transferred': 1}"), "Parameter 'rate' expects uint64");
    assert_eq!(
        error("{'rate': 4294967296, 'transferred': 1}"),
        "Parameter 'rate' expects uint32_t"
    );
    assert_eq!(
        error("{'rate': 1, 'transferred': 1, 'flags': [1, 128]}"),
        "Parameter 'null' expects int8_t"
    );
    assert_eq!(
        error("{'rate': 1, 'transferred': 1, 'flags': [[]]}"),
        "Invalid parameter type for 'flags[0]', expected: integer"
    );
    assert_eq!(error("[]"), "Invalid parameter type for '<anonymous>', expected: object");
}

#[test]
fn unsigned_numbers_wrap() {
    assert_eq!(strict::<u64>("-1"), Ok(u64::MAX));
    assert_eq!(strict::<u64>("18446744073709551615"), Ok(u64::MAX));
    assert_eq!(
        strict::<u64>("18446744073709551616"),
        Err("Parameter '<anonymous>' expects uint64".into())
    );
    assert_eq!(strict::<u8>("-1"), Err("Parameter 'null' expects uint8_t".into()));
    assert_eq!(strict::<f64>("18446744073709551615"), Ok(u64::MAX as f64));
    assert_eq!(strict::<i64>("-0"), Ok(0));
    assert_eq!(strict::<i64>("-9223372036854775808"), Ok(i64::MIN));
    assert!(strict::<i64>("9223372036854775808").is_err());
}

#[test]
fn a_late_tag_is_as_good_as_an_early_one() {
    let late = "{'path': '/p', 'id': 'x', 'kind': 'unix'}";
    let endpoint: Endpoint = strict(late).unwrap();
    assert_eq!(endpoint.kind.discriminator(), Transport::Unix);
    assert_eq!(qapi::to_text(&endpoint), r#"{"id": "x", "kind": "unix", "path": "/p"}"#);
    assert_eq!(
        strict::<Endpoint>("{'id': 'x', 'kind': 'inet', 'host': 'h', 'path': '/p'}").unwrap_err(),
        "Parameter 'path' is unexpected"
    );
    assert_eq!(
        strict::<Endpoint>("{'id': 'x', 'host': 'h'}").unwrap_err(),
        "Parameter 'kind' is missing"
    );
    assert_eq!(
        strict::<Endpoint>("{'id': 'x', 'kind': 'inet'}").unwrap_err(),
        "Parameter 'host' is missing"
    );
    assert_eq!(
        strict::<Endpoint>("{'id': 'x', 'kind': 'smoke'}").unwrap_err(),
        "Parameter 'kind' does not accept value 'smoke'"
    );
    assert_eq!(
        round_trip::<Endpoint>("{'kind': 'none', 'id': ''}"),
        r#"{"id": "", "kind": "none"}"#
    );
    assert!(strict::<Endpoint>("{'kind': 'none', 'id': '', 'path': 1}").is_err());
}

#[test]
fn paths_lead_into_lists_and_objects() {
    let error = |text: &str| qapi::from_text::<Tree>(text, &Rules::STRICT).unwrap_err();
    let deep =
        error("{'children': [{}, {'children': [{'endpoint': {'kind': 'unix', 'id': 'x'}}]}]}");
    assert_eq!(deep.path(), "children[1].children[0].endpoint.path");
    assert_eq!(deep.kind(), &DecodeErrorKind::Missing);
    assert_eq!(deep.to_string(), "Parameter 'children[1].children[0].endpoint.path' is missing");
    let unnamed =
        |text: &str| qapi::from_text::<Stats>(text, &Rules::STRICT).unwrap_err().to_string();
    assert_eq!(unnamed("{'transferred': 1, 'rate': 1, '': 1}"), "Parameter '' is unexpected");
    let unknown = error("{'children': [{'x': {}}]}");
    assert_eq!(unknown.to_string(), "Parameter 'children[0].x' is unexpected");
}

#[test]
fn alternates_go_by_kind() {
    assert_eq!(strict::<Reference>("null"), Ok(Reference::Nothing(qapi::Null)));
    assert_eq!(strict::<Reference>("'a'"), Ok(Reference::Name("a".into())));
    assert!(matches!(strict::<Reference>("{}"), Ok(Reference::Definition(_))));
    assert_eq!(
        strict::<Reference>("1").unwrap_err(),
        "Invalid parameter type for 'null', expected: Reference"
    );
    let holder: Holder = strict("{'backing': null}").unwrap();
    assert_eq!(holder.backing, Some(Reference::Nothing(qapi::Null)), "null is not absent");
    assert_eq!(strict::<Holder>("{}").unwrap().backing, None);
    assert_eq!(strict::<Holder>("{'any': null}").unwrap().any, Some(Value::Null));
    assert_eq!(
        strict::<Holder>("{'backing': 5}").unwrap_err(),
        "Invalid parameter type for 'backing', expected: Reference"
    );
}

#[test]
fn clients_are_lenient() {
    let read = |text: &str| qapi::from_text::<Stats>(text, &Rules::LENIENT);
    assert_eq!(read("{'new': {}, 'transferred': 1, 'rate': 2}").unwrap(), Stats::new(1, 2));
    assert_eq!(read("{'new': {}, 'transferred': 1}").unwrap_err().path(), "rate");
    let open = qapi::from_text::<Colour>("'mauve'", &Rules::LENIENT).unwrap();
    assert_eq!(open, Colour::Other("mauve".into()));
    assert_eq!(qapi::to_text(&open), "\"mauve\"");
    assert!(qapi::from_text::<Colour>("'mauve'", &Rules::STRICT).is_err());
    let shape = "{\"colour\": \"mauve\", \"a\": 1, \"b\": [2]}";
    assert_eq!(qapi::to_text(&qapi::from_text::<Painted>(shape, &Rules::LENIENT).unwrap()), shape);
}

#[test]
fn policy_on_members_and_values() {
    let reject = |text: &str| {
        let policy = Policy { deprecated_input: InputPolicy::Reject, ..Policy::ACCEPT };
        let rules = Rules::STRICT.with_policy(policy);
        qapi::from_text::<Old>(text, &rules).map_err(|error| error.to_string())
    };
    assert!(reject("{'colour': 'red'}").is_ok());
    assert_eq!(
        reject("{'size': 'wrong', 'colour': 'red'}").unwrap_err(),
        "Deprecated parameter size disabled by policy"
    );
    assert_eq!(
        reject("{'colour': 'puce'}").unwrap_err(),
        "Deprecated value puce disabled by policy"
    );

    let crash = Policy { unstable_input: InputPolicy::Crash, ..Policy::ACCEPT };
    let error = qapi::from_text::<Mandatory>("{}", &Rules::STRICT.with_policy(crash)).unwrap_err();
    assert!(error.is_crash(), "a mandatory member is refused though it is absent");
    assert_eq!(error.to_string(), "Unstable parameter x disabled by policy");

    let hide = Policy { deprecated_output: OutputPolicy::Hide, ..Policy::ACCEPT };
    let mut text = String::new();
    qapi::encode(&Old { size: Some(1), colour: Shade::Puce }, &hide, &mut text);
    assert_eq!(text, r#"{"colour": "puce"}"#);
}

#[test]
fn duplicates_are_found() {
    assert!(
        strict::<Value>("{'a': 1, 'b': {'a': 1}, '\\u0061': 2}")
            .unwrap_err()
            .ends_with("duplicate key")
    );
    let many: String = (0..100).map(|number| format!("'k{number}': {number}, ")).collect();
    assert!(strict::<Value>(&format!("{{{many} 'z': 1}}")).is_ok());
    assert!(
        strict::<Value>(&format!("{{{many} 'k7': 1}}")).unwrap_err().ends_with("duplicate key")
    );
    assert!(
        strict::<Value>(&format!("{{{many} 'k99': 1}}")).unwrap_err().ends_with("duplicate key")
    );
}

#[test]
fn nesting_to_the_limit() {
    let nested =
        |depth: usize| format!("{}{}", "{\"children\": [".repeat(depth), "]}".repeat(depth));
    assert!(strict::<Tree>(&nested(512)).is_ok());
    assert_eq!(strict::<Tree>(&nested(513)).unwrap_err(), "JSON nesting depth limit exceeded");
    let boxed = |depth: usize| {
        format!("{}{}", "{\"child\": ".repeat(depth), format_args!("{{}}{}", "}".repeat(depth)))
    };
    let text = boxed(1023);
    assert_eq!(round_trip::<Link>(&text), text);
    assert_eq!(strict::<Link>(&boxed(1024)).unwrap_err(), "JSON nesting depth limit exceeded");
    let lists = format!("{}{}", "[".repeat(1024), "]".repeat(1024));
    let value: Value = strict(&lists).unwrap();
    assert_eq!(value.clone().to_string(), lists);
}

#[cfg(feature = "serde")]
mod serde {
    use super::*;

    #[test]
    fn serde_gives_the_same_values_and_errors() {
        let text = r#"{"path":"/p","id":"x","kind":"unix"}"#;
        let endpoint: Endpoint = serde_json::from_str(text).unwrap();
        assert_eq!(
            serde_json::to_string(&endpoint).unwrap(),
            r#"{"id":"x","kind":"unix","path":"/p"}"#
        );
        let error = serde_json::from_str::<Tree>(r#"{"children": [{"x": 1}]}"#).unwrap_err();
        assert_eq!(error.to_string(), "Parameter 'children[0].x' is unexpected");
        let twice = serde_json::from_str::<Stats>(r#"{"rate": 1, "transferred": 1, "rate": 2}"#)
            .unwrap_err();
        assert!(twice.to_string().contains("duplicate key"), "{twice}");
        let holder: Holder = serde_json::from_str(r#"{"any": null}"#).unwrap();
        assert_eq!(holder.any, Some(Value::Null));
        assert!(
            serde_json::from_str::<qapi::Lenient<Stats>>(r#"{"rate":1,"transferred":1,"new":2}"#)
                .is_ok()
        );
    }

    #[test]
    fn deep_values_come_through_serde() {
        let mut deep = serde_json::Value::Null;
        for _ in 0..1024 {
            deep = serde_json::Value::Array(vec![deep]);
        }
        let value: Value = serde_json::from_value(deep.clone()).unwrap();
        assert_eq!(serde_json::to_value(&value).unwrap(), deep);
        let deeper = serde_json::Value::Array(vec![deep]);
        assert!(
            serde_json::from_value::<Value>(deeper).unwrap_err().to_string().contains("nesting")
        );
    }
}
