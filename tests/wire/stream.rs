//! The JSON reader and writer fed with streams, whole and in pieces: `json-stream-cases`.

use qapi::json::{JsonError, Node, Stream};
use qapi_tests::oracle::{self, Tally};
use serde_json::Value;

fn bytes(item: &Value) -> Vec<u8> {
    use base64::Engine as _;
    match item {
        Value::String(text) => text.clone().into_bytes(),
        other => base64::engine::general_purpose::STANDARD
            .decode(other["b64"].as_str().unwrap())
            .unwrap(),
    }
}

fn input(case: &Value) -> Vec<u8> {
    match case.get("parts") {
        None => bytes(&case["input"]),
        Some(parts) => parts
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|part| bytes(&part[0]).repeat(part[1].as_u64().unwrap() as usize))
            .collect(),
    }
}

fn outcome(item: Result<Node<'_>, JsonError>) -> String {
    match item {
        Ok(value) => format!("value {value}"),
        Err(error) => {
            // As sent to a client: characters that QMP's strings cannot hold are replaced.
            format!("error {}", qapi::Value::String(error.to_string()))
        }
    }
}

/// Reads the stream in pieces of that size. Returns the outcomes, equal ones counted.
fn run(input: &[u8], piece: usize, flush: bool) -> Vec<(String, u64)> {
    let mut stream = Stream::new();
    let mut runs: Vec<(String, u64)> = Vec::new();
    let mut add = |text: String| match runs.last_mut() {
        Some((last, count)) if *last == text => *count += 1,
        _ => runs.push((text, 1)),
    };
    for mut piece in input.chunks(piece) {
        while let Some(item) = stream.next(&mut piece) {
            add(outcome(item.map(|document| document.root())));
        }
    }
    if flush && let Some(item) = stream.flush() {
        add(outcome(item.map(|document| document.root())));
    }
    runs
}

/// Returns the expected outcomes, equal ones counted.
fn expected(case: &Value) -> Vec<(Value, u64)> {
    let items: Vec<(Value, u64)> = match case.get("expect_runs") {
        Some(runs) => runs
            .as_array()
            .unwrap()
            .iter()
            .map(|run| (run[0].clone(), run[1].as_u64().unwrap()))
            .collect(),
        None => case["expect"].as_array().unwrap().iter().map(|item| (item.clone(), 1)).collect(),
    };
    let mut runs: Vec<(Value, u64)> = Vec::new();
    for (item, count) in items {
        match runs.last_mut() {
            Some((last, total)) if *last == item => *total += count,
            _ => runs.push((item, count)),
        }
    }
    runs
}

fn matches(got: &str, expected: &Value) -> bool {
    let (kind, got) = got.split_once(' ').unwrap();
    let (key, expected) = expected.as_object().unwrap().iter().next().unwrap();
    match (expected, kind) {
        (Value::String(text), "value") => key == "value_text" && oracle::same_text(got, text),
        (Value::String(text), _) => {
            key == "error" && got == qapi::Value::String(text.clone()).to_string()
        }
        (long, "value") => {
            key == "value_text"
                && got.starts_with(long["prefix"].as_str().unwrap())
                && got.len() as u64 == long["length"].as_u64().unwrap()
        }
        (long, _) => {
            let text: String = serde_json::from_str(got).unwrap();
            key == "error"
                && text.starts_with(long["prefix"].as_str().unwrap())
                && text.chars().count() as u64 == long["length"].as_u64().unwrap()
        }
    }
}

#[test]
fn reads_streams_as_recorded() {
    let mut tally = Tally::default();
    for case in oracle::cases(&oracle::oracle().join("json-stream-cases.jsonl")) {
        let (input, expected) = (input(&case), expected(&case));
        let flush = case["flush_at_end"].as_bool().unwrap();
        let small = if input.len() > 1 << 16 { 4093 } else { 1 };
        let wrong = [usize::MAX, small].into_iter().find_map(|piece| {
            let got = run(&input, piece, flush);
            let same = got.len() == expected.len()
                && got
                    .iter()
                    .zip(&expected)
                    .all(|(got, run)| got.1 == run.1 && matches(&got.0, &run.0));
            (!same).then(|| format!("in pieces of {piece}: {got:?}"))
        });
        tally.count(&case, wrong.map_or(Ok(()), Err));
    }
    tally.check("json-stream-cases");
}
