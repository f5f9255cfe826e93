//! Bounded random trials: whatever comes in, nothing panics, memory stays bounded, and own output reads the same.

mod schema;

use qapi::json::Stream;
use qapi::qmp::{Fds, Flavour, Monitor, Session};
use qapi::{Commands, Policy, Rules, Value};
use schema::{Endpoint, Holder, Painted, Stats, Tree};

/// A generator of numbers that always gives the same ones.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }

    fn pick<'p, T>(&mut self, from: &'p [T]) -> &'p T {
        &from[self.roll(from.len())]
    }

    /// Pieces that messages are made of, in no sensible order.
    fn noise(&mut self) -> Vec<u8> {
        const PIECES: &[&[u8]] = &[
            b"{",
            b"}",
            b"[",
            b"]",
            b",",
            b":",
            b"\"a\"",
            b"'execute'",
            b"\"id\"",
            b"1",
            b"-0",
            b"0e1",
            b"1.5e300",
            b"18446744073709551615",
            b"true",
            b"null",
            b"x",
            b"\"\\u00e9\"",
            b"'\\ud800'",
            b"\"\xC3\xA9\"",
            b"'\xC0\x80'",
            b"\"\xFF",
            b"\n",
            b" ",
            b"\t",
            b"\x01",
            b"'qmp_capabilities'",
            b"{'execute':'qmp_capabilities'}",
            b"{'execute':'set-stats','arguments':{'transferred':1,'rate':2}}",
            b"{'exec-oob':'query-stats'}",
            b"\"",
        ];
        (0..self.roll(30)).flat_map(|_| self.pick(PIECES).to_vec()).collect()
    }

    fn value(&mut self, depth: usize) -> Value {
        match self.roll(if depth == 0 { 7 } else { 9 }) {
            0 => Value::Null,
            1 => Value::Bool(self.roll(2) == 0),
            2 => Value::Int(self.roll(1 << 30) as i64 - (1 << 29)),
            3 => Value::from(u64::MAX - self.roll(1000) as u64),
            4 => Value::Number(f64::from_bits((self.roll(1 << 31) as u64) << 33 | 1)).finite(),
            5 | 6 => Value::String(self.string()),
            7 => Value::List((0..self.roll(5)).map(|_| self.value(depth - 1)).collect()),
            _ => Value::Dict(
                (0..self.roll(5)).map(|n| (format!("{}{n}", self.string()), self.value(depth - 1))).collect(),
            ),
        }
    }

    fn string(&mut self) -> String {
        const CHARACTERS: &[char] =
            &['a', '"', '\\', '/', '\'', '\0', '\n', '\u{7f}', 'é', '\u{fffc}', '\u{1f600}', ' '];
        (0..self.roll(20)).map(|_| *self.pick(CHARACTERS)).collect()
    }
}

/// Numbers as they come back.
trait Finite {
    fn finite(self) -> Self;
}

impl Finite for Value {
    /// Numbers that are spelled as integers come back as such.
    fn finite(self) -> Value {
        match self {
            Value::Number(number) if number.is_finite() && number.fract() != 0.0 => Value::Number(number),
            _ => Value::Number(0.5),
        }
    }
}

#[test]
fn noise_in_any_pieces_gives_the_same() {
    let mut dice = Dice(1);
    for _ in 0..3000 {
        let noise = dice.noise();
        let read = |piece: usize| {
            let mut stream = Stream::new();
            let mut items = Vec::new();
            for mut bytes in noise.chunks(piece) {
                while let Some(item) = stream.next(&mut bytes) {
                    items.push(
                        item.map(|document| document.root().to_string()).map_err(|error| error.to_string()),
                    );
                }
            }
            items.extend(stream.flush().map(|item| {
                item.map(|document| document.root().to_string()).map_err(|error| error.to_string())
            }));
            items
        };
        let whole = read(usize::MAX);
        assert_eq!(read(1), whole, "{:?}", String::from_utf8_lossy(&noise));
        assert_eq!(read(7), whole, "{:?}", String::from_utf8_lossy(&noise));
    }
}

#[test]
fn own_output_reads_the_same() {
    let mut dice = Dice(2);
    for _ in 0..3000 {
        let value = dice.value(4);
        let text = value.to_string();
        assert!(text.is_ascii());
        assert_eq!(qapi::from_text::<Value>(&text, &Rules::STRICT).unwrap(), value, "{text}");
    }
}

#[test]
fn sessions_bear_noise() {
    let mut dice = Dice(3);
    let monitor = Monitor::default();
    for _ in 0..1000 {
        let mut session = Session::new(*dice.pick(&[Flavour::MONITOR, Flavour::Agent]));
        for _ in 0..5 {
            let noise = dice.noise();
            let mut bytes = &noise[..];
            while let Some(work) = session.receive(&mut bytes) {
                let done = work.run(&Commands::new(), &(), &monitor, &Fds::default(), 0);
                let reply = session.finish(done).unwrap();
                let text = String::from_utf8(reply).unwrap();
                let reply: Value = qapi::from_text(&text, &Rules::STRICT).unwrap();
                assert!(reply.get("return").is_some() || reply.get("error").is_some());
            }
            assert!(bytes.is_empty());
        }
    }
}

#[test]
fn typed_reading_bears_any_value_and_reads_its_own_output() {
    fn trial<T: qapi::rt::Field + PartialEq + std::fmt::Debug>(text: &str) {
        for rules in [Rules::STRICT, Rules::LENIENT] {
            if let Ok(value) = qapi::from_text::<T>(text, &rules) {
                let mut own = String::new();
                qapi::write(&value, &Policy::ACCEPT, &mut own);
                assert_eq!(qapi::from_text::<T>(&own, &rules).as_ref(), Ok(&value), "{text} {own}");
            }
        }
    }
    let names = [
        "transferred",
        "rate",
        "flags",
        "kind",
        "id",
        "path",
        "children",
        "endpoint",
        "backing",
        "any",
        "colour",
    ];
    let mut dice = Dice(4);
    for _ in 0..5000 {
        let mut dict = qapi::Dict::new();
        for _ in 0..dice.roll(6) {
            let value = match dice.roll(4) {
                0 => Value::from("unix"),
                1 => Value::List(vec![Value::Int(dice.roll(300) as i64)]),
                2 => Value::Dict([(*dice.pick(&names), dice.value(1))].into_iter().collect()),
                _ => dice.value(1),
            };
            dict.insert(*dice.pick(&names), value);
        }
        let text = dict.to_string();
        trial::<Stats>(&text);
        trial::<Endpoint>(&text);
        trial::<Tree>(&text);
        trial::<Holder>(&text);
        trial::<Painted>(&text);
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
