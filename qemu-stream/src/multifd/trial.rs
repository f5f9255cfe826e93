//! Chooses the packets to send as they are, because zstd would hardly shrink them.

/// The least length of a sample in bytes. Fewer bytes look random too easily.
pub(super) const SAMPLE: usize = 512;
/// Share of the content that compression has to save.
const LEAST_SAVING: usize = 32;
/// Packets sent as they are after a failed trial, the first time.
const FIRST: u32 = 4;
/// The same, after several failed trials in a row.
const MOST: u32 = 32;

/// The state of one channel.
///
/// Once compression was in vain several times in a row, a number of packets go out as they are, as
/// long as samples of them look random. The next packet is compressed again, as a trial.
#[derive(Debug)]
pub(super) struct Trial {
    /// Failures in a row after which packets go out as they are.
    patience: u32,
    /// Failures in a row: packets that hardly shrank.
    failures: u32,
    /// Packets to be sent as they are.
    left: u32,
    /// The number of such packets after the next trial, if it fails.
    next: u32,
}

impl Trial {
    /// Starts with compression. A packet can repeat one of the last `span` packets, so that many,
    /// and at least two, have to fail at first.
    pub(super) fn new(span: u32) -> Self {
        Self { patience: span.max(2), failures: 0, left: 0, next: FIRST }
    }

    /// Returns true if the next packet is to be sent as it is.
    pub(super) fn skips(&mut self, sample: impl FnOnce() -> Vec<u8>) -> bool {
        if self.left == 0 {
            return false;
        }
        self.left -= 1;
        looks_random(&sample())
    }

    /// Returns true if the packet to be compressed may come before one that is sent as it is.
    pub(super) fn may_be_last(&self) -> bool {
        self.failures + 1 >= self.patience
    }

    /// Records the result of a compression, in bytes.
    pub(super) fn compressed(&mut self, content: usize, payload: usize) {
        if payload <= content - content / LEAST_SAVING {
            *self = Self::new(self.patience);
            return;
        }
        if self.may_be_last() {
            self.left = self.next;
            self.next = MOST.min(2 * self.next);
        }
        self.failures = self.patience.min(self.failures + 1);
    }
}

/// Returns true if the bytes are enough to tell, and about as evenly distributed as random ones.
fn looks_random(sample: &[u8]) -> bool {
    if sample.len() < SAMPLE {
        return false;
    }
    let mut counts = [0u64; 256];
    sample.iter().for_each(|byte| counts[usize::from(*byte)] += 1);
    let equal: u64 = counts.iter().map(|count| count * count).sum();
    let length = sample.len() as u64;
    // Of random bytes, every pair is equal with a probability of 1/256. The standard deviation of
    // the sum is about a twelfth of the length.
    let expected = length + length * length / 256;
    equal <= expected + expected / 8 + length / 4
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn random(length: usize) -> Vec<u8> {
        let mut random = Random::new(3);
        (0..length).map(|_| random.next() as u8).collect()
    }

    #[test]
    fn random_bytes_are_told_from_mixed_ones() {
        let bytes = random(2048);
        assert!(looks_random(&bytes));
        let text = b"a sentence of a text, as a page of documentation has it ".repeat(40);
        assert!(!looks_random(&text));
        // A sixth of text among random bytes, as of a sixth of the pages.
        let mixed = [&bytes[..1700], &text[..348]].concat();
        assert!(!looks_random(&mixed));
        assert!(looks_random(&bytes[..512]));
        // Bytes below 128, as of a text in many languages.
        let low: Vec<u8> = bytes[..512].iter().map(|byte| byte & 0x7f).collect();
        assert!(!looks_random(&low));
        // So few bytes of machine code, or of a compressible table, are often all different.
        assert!(!looks_random(&bytes[..16]));
        assert!(!looks_random(&[]));
    }

    #[test]
    fn packets_go_as_they_are_after_two_failed_trials_and_more_after_each_further_one() {
        let mut trial = Trial::new(1);
        let sent_raw =
            |trial: &mut Trial| (0..).take_while(|_| trial.skips(|| random(512))).count();
        trial.compressed(1000, 990);
        assert!(trial.may_be_last());
        assert_eq!(sent_raw(&mut trial), 0);
        for expected in [4, 8, 16, 32, 32] {
            trial.compressed(1000, 1001);
            assert_eq!(sent_raw(&mut trial), expected);
            assert!(trial.may_be_last());
        }
        trial.compressed(1000, 500);
        assert!(!trial.may_be_last());
        trial.compressed(1000, 1001);
        assert_eq!(sent_raw(&mut trial), 0);
        trial.compressed(1000, 1001);
        assert_eq!(sent_raw(&mut trial), 4);
    }

    #[test]
    fn as_many_packets_have_to_fail_in_a_row_as_a_window_spans() {
        let mut trial = Trial::new(4);
        for payload in [1000, 1000, 1000, 900, 1000, 1000, 1000] {
            trial.compressed(1000, payload);
            assert!(!trial.skips(|| random(512)));
        }
        assert!(trial.may_be_last());
        trial.compressed(1000, 1000);
        assert!(trial.skips(|| random(512)));
        assert!(trial.may_be_last());
    }

    #[test]
    fn a_packet_that_does_not_look_random_is_compressed() {
        let mut trial = Trial::new(1);
        trial.compressed(1000, 1000);
        trial.compressed(1000, 1000);
        assert!(trial.skips(|| random(512)));
        assert!(!trial.skips(|| vec![0; 512]));
        assert!(trial.skips(|| random(512)));
    }
}
