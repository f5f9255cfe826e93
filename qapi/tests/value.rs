//! Values: conversions, access, and generated types without text between.

mod schema;

use qapi::{Dict, Rules, Value, dict, from_value, to_value};
use schema::commands::SetStats;
use schema::{Colour, Painted, Stats, events};

#[test]
fn every_number_and_every_list_converts() {
    let numbers = [
        (Value::from(-1_i8), "-1"),
        (Value::from(-2_i16), "-2"),
        (Value::from(-3_i32), "-3"),
        (Value::from(-4_i64), "-4"),
        (Value::from(-5_isize), "-5"),
        (Value::from(1_u8), "1"),
        (Value::from(2_u16), "2"),
        (Value::from(3_u32), "3"),
        (Value::from(u64::MAX), "18446744073709551615"),
        (Value::from(5_usize), "5"),
        (Value::from(0.5_f32), "0.5"),
        (Value::from(0.25), "0.25"),
        (Value::from("text"), "\"text\""),
        (Value::from(&String::from("text")), "\"text\""),
        (Value::from(vec!["a", "b"]), "[\"a\", \"b\"]"),
        (Value::from(vec![Some(1), None]), "[1, null]"),
        (Value::from([[1, 2], [3, 4]]), "[[1, 2], [3, 4]]"),
        (Value::from(&[true, false][..]), "[true, false]"),
        (Value::from(None::<u8>), "null"),
        (Value::from(Some("x")), "\"x\""),
        ((1..4).collect(), "[1, 2, 3]"),
    ];
    for (value, text) in numbers {
        assert_eq!(value.to_string(), text);
    }
}

#[test]
fn numbers_are_read_as_they_fit() {
    for (value, i64, u64, f64) in [
        (Value::from(-1), Some(-1), None, Some(-1.0)),
        (Value::from(1), Some(1), Some(1), Some(1.0)),
        (Value::from(u64::MAX), None, Some(u64::MAX), Some(u64::MAX as f64)),
        (Value::from(0.5), None, None, Some(0.5)),
        (Value::from("1"), None, None, None),
    ] {
        assert_eq!((value.as_i64(), value.as_u64(), value.as_f64()), (i64, u64, f64), "{value}");
    }
    assert!(Value::Null.is_null() && !Value::from(0).is_null());
}

#[test]
fn dicts_are_made_extended_and_iterated() {
    let name = String::from("c");
    let mut dict = dict! { "a": 1, "b": dict! {}, (name): [1, 2], };
    assert_eq!(dict.to_string(), r#"{"a": 1, "b": {}, "c": [1, 2]}"#);
    assert!(dict.contains_key("a") && !dict.contains_key("d"));
    dict.extend([("a", 2), ("d", 3)]);
    *dict.get_mut("d").unwrap() = Value::Null;
    let mut names = Vec::new();
    for (name, value) in &dict {
        names.push(format!("{name}={value}"));
    }
    assert_eq!(names, ["a=2", "b={}", "c=[1, 2]", "d=null"]);
    assert_eq!(dict.iter().next_back().unwrap().0, "d");
    assert_eq!(dict.iter().len(), 4);
    assert_eq!(dict!(), Dict::new());
}

#[test]
fn members_and_elements_are_reached_by_index() {
    let dict = dict! { "a": [1, 2], "b": dict! { "c": "x" } };
    assert_eq!(dict["b"]["c"].as_str(), Some("x"));
    let value = Value::from(dict.clone());
    assert_eq!((value["a"][1].as_i64(), value["b"]["c"].as_str()), (Some(2), Some("x")));
    for absent in [&value["d"], &value["a"][2], &value["a"]["b"], &value[0], &dict["d"]] {
        assert_eq!(*absent, Value::Null);
    }
}

#[test]
fn generated_types_convert_without_text() {
    let stats = Stats { flags: Some(vec![1, 2]), ..Stats::new(i64::MAX, 7) };
    let value = to_value(&stats);
    assert_eq!(value.to_string(), qapi::to_text(&stats));
    assert_eq!(value.get("transferred").and_then(Value::as_i64), Some(i64::MAX));
    assert_eq!(from_value::<Stats>(&value, &Rules::STRICT).unwrap(), stats);
    assert_eq!(from_value::<SetStats>(&value, &Rules::STRICT).unwrap(), SetStats(stats));
    let any = Value::from(dict! { "x": f64::INFINITY, "y": ["é\u{0}", ""] });
    assert_eq!(to_value(&any), any);
    assert_eq!(from_value::<Value>(&any, &Rules::STRICT).unwrap(), any);
}

#[test]
fn a_value_that_does_not_match_is_told_with_its_path() {
    let value = Value::from(dict! { "pass": "x" });
    let error = from_value::<events::Pass>(&value, &Rules::STRICT).unwrap_err();
    assert_eq!(error.to_string(), "Invalid parameter type for 'pass', expected: integer");
    assert_eq!(error.plain().to_string(), "pass: expected integer, found \"x\"");
    let deep = (0..2000).fold(Value::Null, |value, _| Value::from([value]));
    let error = from_value::<Value>(&deep, &Rules::STRICT).unwrap_err();
    assert_eq!(error.to_string(), "JSON nesting depth limit exceeded");
}

#[cfg(feature = "serde")]
#[test]
fn serde_reads_what_it_wrote_of_open_types() {
    let colours = [Colour::Red, Colour::Other("mauve".into())];
    for colour in colours {
        let text = serde_json::to_string(&colour).unwrap();
        assert_eq!(serde_json::from_str::<Colour>(&text).unwrap(), colour);
    }
    let branch =
        qapi::UnknownBranch { discriminator: "mauve".into(), members: dict! { "shade": 3 } };
    let painted = Painted::Other(branch);
    let text = serde_json::to_string(&painted).unwrap();
    assert_eq!(text, r#"{"colour":"mauve","shade":3}"#);
    assert_eq!(serde_json::from_str::<Painted>(&text).unwrap(), painted);
    // Members too many are still errors, and so are unknown values for a server.
    let error = serde_json::from_str::<Stats>(r#"{"transferred":1,"rate":2,"x":3}"#).unwrap_err();
    assert_eq!(error.to_string(), "Parameter 'x' is unexpected");
    assert!(qapi::from_text::<Colour>("'mauve'", &Rules::STRICT).is_err());
}
