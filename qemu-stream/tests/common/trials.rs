//! Trials of a property on damaged seeds.

use super::mutate::mutate;
use super::random::Random;

/// Checks a seed as it is, and damaged in `rounds` ways. Every second time, the damage is near the
/// front, where the lengths are.
pub fn tried(seed: &[u8], rounds: usize, check: fn(&[u8])) {
    let mut random = Random::new(seed.len() as u64);
    check(seed);
    for round in 0..rounds {
        let mut bytes = seed.to_vec();
        for _ in 0..1 + random.below(4) {
            let within = if round % 2 == 0 { bytes.len().min(300) } else { bytes.len() };
            let at = random.below(within);
            if at < bytes.len() {
                mutate(&mut random, &mut bytes, at);
            }
        }
        check(&bytes);
    }
}
