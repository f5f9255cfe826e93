//! Bounded random trials: no input causes a panic, pieces give the same as the whole, and own
//! output reads the same. The fuzz targets in `fuzz/` check the same properties without a bound.

mod dice;
mod json;
mod session;
#[path = "../small/mod.rs"]
mod small;
mod walker;

use dice::Dice;
use qapi::Rules;
use qapi::json::Stream;

/// Input of a client, for sessions and readers.
const MESSAGES: &[&str] = &[
    "{'execute': 'qmp_capabilities', 'arguments': {'enable': ['oob']}}{'exec-oob': 'peek', 'id': 1}",
    "{\"execute\": \"qmp_capabilities\"}\n{\"execute\": \"set\", \"arguments\": {\"shapes\": []}, \"id\": [1e1]}",
    "{'execute':'qmp_capabilities'}{'execute':'walk','arguments':{'node':{'name':'\\u00e9'},'by':-1}}[1,2.5]",
    "{'execute': 'retire'} {'execute': 'quit', 'id': null} {'execute': 'query-qmp-schema'} oops",
];

/// Values of each type, in the order in which the walker's property counts them.
const VALUES: &[&str] = &[
    "{'shapes': [{'kind': 'node', 'id': 'x', 'name': 'y', 'next': {'name': 'z'}}], 'int8': -128, 'uint64': -1,
      'reference': [null, 'a', {'id': 'b', 'kind': 'old'}], 'kinds': ['none', 'old'], 'anything': [1.5, {}],
      'dropped': {'name': ''}, 'fresh': '', 'measures': [true, 1, {}], 'list': [1]}",
    "{'number': 1e300, 'kind': 'numbers', 'size': 18446744073709551615, 'id': '\\u00e9', 'flag': true}",
    "{'name': 'a', 'children': [{'name': 'b', 'children': []}, {'name': 'c', 'next': {'name': 'd'}}]}",
    "{'int': 1, 'int8': 1, 'int16': 1, 'int32': 1, 'int64': 1, 'uint8': 1, 'uint16': 1, 'uint32': 1, 'number': 1}",
    "{'id': 'b', 'kind': 'node', 'name': 'y'}",
    "{'int': -9223372036854775808}",
    "{'node': {'name': 'y'}, 'by': 2147483647}",
    "[{'shapes': []}, {'shapes': [{'id': 'b', 'kind': 'none'}]}]",
];

#[test]
fn the_reader_bears_noise_and_damage() {
    let mut dice = Dice(1);
    for _ in 0..3000 {
        json::check(&dice.noise());
        let text = *dice.pick(MESSAGES);
        json::check(&dice.damage(text.as_bytes()));
    }
    // The first byte is the size of pieces; the double is so small that only its sign is left.
    json::check(b"\x03[-3e-3044, 1]");
}

#[test]
fn own_output_reads_the_same() {
    let mut dice = Dice(2);
    for _ in 0..3000 {
        let value = dice.value(4);
        let text = value.to_string();
        assert!(text.is_ascii());
        assert_eq!(qapi::from_text::<qapi::Value>(&text, &Rules::STRICT).unwrap(), value, "{text}");
    }
}

#[test]
fn sessions_bear_noise_and_damage() {
    let mut dice = Dice(3);
    for _ in 0..2000 {
        let start = [dice.roll(256) as u8, dice.roll(256) as u8];
        session::check(&[&start[..], &dice.noise()].concat());
        let text: String = (0..=dice.roll(3)).map(|_| *dice.pick(MESSAGES)).collect();
        session::check(&[&start[..], &dice.damage(text.as_bytes())].concat());
    }
}

#[test]
fn typed_reading_bears_any_value() {
    let mut dice = Dice(4);
    for _ in 0..1500 {
        for (kind, text) in VALUES.iter().enumerate() {
            let damaged = dice.damage(text.as_bytes());
            walker::check(&[&[kind as u8], &damaged[..]].concat());
            let other = dice.value(3).to_string();
            walker::check(&[&[kind as u8], other.as_bytes()].concat());
        }
    }
}

#[test]
fn white_space_takes_no_memory() {
    let mut stream = Stream::new();
    assert!(stream.next(&mut &b"[1,"[..]).is_none());
    let blank = vec![b' '; 1 << 20];
    for _ in 0..50 {
        assert!(stream.next(&mut &blank[..]).is_none());
    }
    assert_eq!(stream.next(&mut &b"2]"[..]).unwrap().unwrap().root().to_string(), "[1, 2]");
}
