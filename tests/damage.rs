//! Damaged schemas: every case that QEMU accepts, cut short and altered at seeded places, is
//! parsed without a panic.

use std::fs;
use std::path::Path;

use qapi_parser::{Options, dump, parse_text};
use qapi_tests::folder;

/// The number of times that each case is cut, and that it is altered.
const ROUNDS: u64 = 300;

/// A linear congruential generator: the same places in every run.
struct Places(u64);

impl Places {
    /// Returns a number below `bound`, which is not 0.
    fn below(&mut self, bound: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }
}

/// Replacements for a byte: characters with a meaning in the language, and others.
const BYTES: &[u8] = b"{}[]:,'#@\\*= \n\ra0\0\x80\xff";

#[test]
fn damaged_schemas_never_panic() {
    let cases = folder("QAPI_CORPUS").join("tests/qapi-schema");
    let mut places = Places(1);
    let (mut accepted, mut refused) = (0, 0);
    for entry in fs::read_dir(&cases)
        .expect("a readable folder")
        .map(|entry| entry.expect("an entry").path())
    {
        let expected = fs::metadata(entry.with_extension("out"));
        if entry.extension().is_none_or(|kind| kind != "json") || expected.is_err() {
            continue;
        }
        let text = fs::read(&entry).expect("a readable file");
        if text.is_empty()
            || fs::read(entry.with_extension("out")).is_ok_and(|dump| dump.is_empty())
        {
            continue;
        }
        for _ in 0..ROUNDS {
            let cut = text[..places.below(text.len())].to_vec();
            let mut altered = text.clone();
            altered[places.below(text.len())] = BYTES[places.below(BYTES.len())];
            for damaged in [cut, altered] {
                if judge(&entry, damaged) { accepted += 1 } else { refused += 1 }
            }
        }
    }
    println!("{accepted} damaged schemas accepted, {refused} refused");
}

/// Returns true if the schema is accepted. Renders the dump or the error in either case.
fn judge(path: &Path, text: Vec<u8>) -> bool {
    match parse_text(path, text, Options::default()) {
        Ok(checked) => !dump(&checked.schema).is_empty(),
        Err(error) => {
            assert!(
                !error.to_string().is_empty(),
                "{}: an error says what is wrong",
                path.display()
            );
            false
        }
    }
}
