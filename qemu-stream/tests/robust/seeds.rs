//! Recorded streams as seeds: few of their pages, so that trials reach the rest.

use qemu_stream::ram::{BlockTable, Record};
use qemu_stream::{Event, Options, Reader};

use crate::capture::Capture;
use crate::rewrite::Rewriter;

/// The pages of one kind that are kept.
const PAGES: usize = 3;

/// A seed.
pub struct Seed {
    /// The fuzz target that it is for.
    pub target: &'static str,
    pub bytes: Vec<u8>,
}

/// The seeds of all captures.
pub fn all() -> Vec<Seed> {
    Capture::all().iter().flat_map(|path| of_capture(&Capture::load(path))).collect()
}

fn of_capture(capture: &Capture) -> Vec<Seed> {
    let method = match capture.description["parameters"]["multifd-compression"].as_str() {
        Some("zlib") => 1,
        Some("zstd") => 2,
        _ => 0,
    };
    let seed =
        |target, choice: &[u8], bytes: &[u8]| Seed { target, bytes: [choice, bytes].concat() };
    let mut seeds = Vec::new();
    for file in &capture.files {
        match &file.role[..] {
            "main" if !capture.has("mapped-ram") => {
                let undescribed = capture.command_line().any(|word| word == "suppress-vmdesc=on");
                let choice = u8::from(undescribed) << 5;
                let thin = thin(&file.bytes, !undescribed);
                seeds.push(seed("stream", &[choice, 200], &thin));
                let list = thin.windows(3).position(|bytes| bytes == b"ram").unwrap_or(0) + 11;
                seeds.push(seed("records", &[0], &thin[list..]));
            }
            "multifd" => seeds.push(seed("multifd", &[method], packets(&file.bytes))),
            "return-path" => seeds.push(seed("return_path", &[7], &file.bytes)),
            _ => {}
        }
    }
    seeds
}

/// The first packets of a channel.
fn packets(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.len().min(32 << 10)]
}

/// Writes a stream again without most of its pages.
fn thin(bytes: &[u8], description: bool) -> Vec<u8> {
    let options = Options { blocks: BlockTable::adopting(), description, ..Options::default() };
    let mut reader = Reader::new(options);
    let mut rewriter = Rewriter::new(true);
    let (mut at, mut pages, mut zeroes) = (0, 0, 0);
    // A recording may be cut.
    while let Ok(step) = reader.step(&bytes[at..]) {
        at += step.used;
        let Some(event) = step.event else { break };
        let wanted = match &event {
            Event::Record(Record::Page { .. }) => {
                pages += 1;
                pages <= PAGES
            }
            Event::Record(Record::Zero { .. }) => {
                zeroes += 1;
                zeroes <= PAGES
            }
            _ => true,
        };
        if wanted {
            rewriter.event(reader.blocks(), &event);
        }
    }
    rewriter.out
}
