//! Small damage to bytes, for trials with a seeded generator.

use super::random::Random;

/// Flips a bit, sets a telling value, takes bytes out or puts one in.
pub fn mutate(random: &mut Random, bytes: &mut Vec<u8>, at: usize) {
    match random.below(4) {
        0 => bytes[at] ^= 1 << random.below(8),
        1 => bytes[at] = [0, 1, 0x7e, 0x7f, 0x80, 0xff][random.below(6)],
        2 => drop(bytes.drain(at..(at + 1 + random.below(9)).min(bytes.len()))),
        _ => bytes.insert(at, random.next() as u8),
    }
}
