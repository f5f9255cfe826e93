//! A property of the JSON reader: the messages of a stream are the same in pieces of any size, and
//! their written form reads the same.

use qapi::Value;
use qapi::json::Stream;
use qapi::qmp::Framing;

/// Checks it for a stream of `bytes`; the first says how large the pieces are.
pub fn check(bytes: &[u8]) {
    let Some((size, bytes)) = bytes.split_first() else { return };
    let whole = read(bytes, usize::MAX);
    for size in [1, usize::from(*size) + 2] {
        assert_eq!(read(bytes, size), whole, "in pieces of {size}: {}", bytes.escape_ascii());
    }
    whole.iter().flatten().for_each(|text| check_text(text));
}

/// The messages and errors, as texts.
fn read(bytes: &[u8], size: usize) -> Vec<Result<String, String>> {
    let mut stream = Stream::new();
    let mut items = Vec::new();
    for mut piece in bytes.chunks(size) {
        while let Some(item) = stream.next(&mut piece) {
            items.push(
                item.map(|document| document.root().to_string()).map_err(|error| error.to_string()),
            );
        }
        assert!(piece.is_empty());
    }
    if let Some(item) = stream.flush() {
        items.push(
            item.map(|document| document.root().to_string()).map_err(|error| error.to_string()),
        );
    }
    let after = stream.next(&mut &b"[1]"[..]);
    assert_eq!(
        after.expect("a message").expect("no error").root().to_string(),
        "[1]",
        "it goes on"
    );
    items
}

/// Returns true if there is a minus zero: a double's is written as C writes it, which reads as the
/// integer zero.
fn has_minus_zero(text: &str) -> bool {
    text.split("-0")
        .skip(1)
        .any(|rest| !rest.starts_with(|c: char| c == '.' || c == 'e' || c.is_ascii_digit()))
}

fn check_text(text: &str) {
    assert!(text.is_ascii());
    if has_minus_zero(text) {
        return;
    }
    let mut stream = Stream::new();
    let again = match stream.parse(text.as_bytes()) {
        Ok(document) => document.root(),
        // Numbers beyond a double's range are read, and written as C writes them, which is no JSON.
        Err(_) if text.contains("inf") => return,
        Err(error) => panic!("{error}: {text}"),
    };
    let value = Value::from(again);
    assert_eq!(again.to_string(), text);
    assert_eq!(value.to_string(), text);
    for carriage_return in [false, true] {
        let pretty = Framing { pretty: true, carriage_return }.encode(text.to_owned());
        let mut stream = Stream::new();
        let again = stream.parse(&pretty).expect("it is spread over lines, not altered");
        assert_eq!(again.root().to_string(), text);
    }
}
