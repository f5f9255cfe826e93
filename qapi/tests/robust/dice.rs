//! The material of random trials, the same in every run.

use qapi::Value;

/// A generator of numbers that always gives the same ones.
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }

    pub fn pick<'p, T>(&mut self, from: &'p [T]) -> &'p T {
        &from[self.roll(from.len())]
    }

    /// Pieces that messages are made of, in no sensible order.
    pub fn noise(&mut self) -> Vec<u8> {
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

    pub fn value(&mut self, depth: usize) -> Value {
        match self.roll(if depth == 0 { 7 } else { 9 }) {
            0 => Value::Null,
            1 => Value::Bool(self.roll(2) == 0),
            2 => Value::Int(self.roll(1 << 30) as i64 - (1 << 29)),
            3 => Value::from(u64::MAX - self.roll(1000) as u64),
            4 => Value::Number(self.fraction()),
            5 | 6 => Value::String(self.string()),
            7 => Value::List((0..self.roll(5)).map(|_| self.value(depth - 1)).collect()),
            _ => Value::Dict(
                (0..self.roll(5))
                    .map(|n| (format!("{}{n}", self.string()), self.value(depth - 1)))
                    .collect(),
            ),
        }
    }

    /// A number that is not whole, as those are read as integers.
    fn fraction(&mut self) -> f64 {
        let number = f64::from_bits((self.roll(1 << 31) as u64) << 33 | 1);
        if number.is_finite() && number.fract() != 0.0 { number } else { 0.5 }
    }

    fn string(&mut self) -> String {
        const CHARACTERS: &[char] =
            &['a', '"', '\\', '/', '\'', '\0', '\n', '\u{7f}', 'é', '\u{fffc}', '\u{1f600}', ' '];
        (0..self.roll(20)).map(|_| *self.pick(CHARACTERS)).collect()
    }

    /// Damages a text: leaves out, repeats, alters and puts in.
    pub fn damage(&mut self, text: &[u8]) -> Vec<u8> {
        let mut damaged = text.to_vec();
        for _ in 0..self.roll(4) {
            let start = self.roll(damaged.len() + 1);
            let end = start + self.roll((damaged.len() - start).min(20) + 1);
            let part = damaged[start..end].to_vec();
            match self.roll(4) {
                0 => drop(damaged.drain(start..end)),
                1 => drop(damaged.splice(end..end, part)),
                2 => drop(damaged.splice(start..end, self.noise())),
                _ => damaged[start..end].iter_mut().for_each(|byte| *byte ^= 1 << (*byte % 7)),
            }
        }
        damaged
    }
}
