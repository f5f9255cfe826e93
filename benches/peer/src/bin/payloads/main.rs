//! Decoding and encoding: our types, `serde_json::Value`, hand-written serde derives with
//! `serde_json`, `sonic-rs` and `simd-json`, and the peer's types.
//!
//! Run by `cargo bench -p qapi-benches --bench payloads`. The sides take turns, and the best turn of
//! each counts. Megabytes are those of the payload's text, whichever way a side spaces its own.

mod derive;

use std::cell::RefCell;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use qapi::Rules;
use qapi::json::Stream;
use rustix::time::{ClockId, clock_gettime};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Generated from the schema of QEMU that the payloads are about.
#[allow(dead_code)]
mod ours {
    include!(concat!(env!("OUT_DIR"), "/ours.rs"));
}

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

const SIDES: [&str; COUNT] = ["ours", "Value", "derive", "sonic", "simd", "peer"];
const COUNT: usize = 6;
const TURNS: usize = 60;
const TURN: Duration = Duration::from_millis(4);

fn main() -> Result<()> {
    let folder = qapi_benches::shared()?.join("payloads");
    let lenient = &Rules::LENIENT;
    let payloads = [
        Payload::new::<ours::MigrationInfo, derive::MigrationInfo, qapi_qmp::MigrationInfo>(
            &folder, "mig", lenient,
        )?,
        Payload::new::<Vec<ours::SchemaInfo>, Vec<derive::SchemaInfo>, Vec<qapi_qmp::SchemaInfo>>(
            &folder, "schema", lenient,
        )?,
        Payload::new::<Vec<ours::SchemaInfo>, Vec<derive::SchemaInfo>, Vec<qapi_qmp::SchemaInfo>>(
            &folder,
            "schema_tagfirst",
            lenient,
        )?,
        Payload::new::<ours::commands::Migrate, derive::Migrate, qapi_qmp::migrate>(
            &folder,
            "migrate",
            &Rules::STRICT,
        )?,
        Payload::new::<
            Vec<ours::BlockdevOptions>,
            Vec<derive::BlockdevOptions>,
            Vec<qapi_qmp::BlockdevOptions>,
        >(&folder, "blockdev", &Rules::STRICT)?,
        Payload::new::<
            Vec<ours::BlockdevOptions>,
            Vec<derive::BlockdevOptions>,
            Vec<qapi_qmp::BlockdevOptions>,
        >(&folder, "blockdev_late", &Rules::STRICT)?,
    ];
    let [decoding, encoding] = ["decode", "encode"].map(|way| table(way, &payloads));
    let of = |rates: &[[f64; COUNT]], name: &str| {
        payloads.iter().position(|payload| payload.name == name).map_or(f64::NAN, |at| rates[at][0])
    };
    println!("\nours, a late tag against an early one (time):");
    for (late, early) in [("blockdev_late", "blockdev"), ("schema", "schema_tagfirst")] {
        println!(
            "  {late:<15} decode {:.2}   encode {:.2}",
            of(&decoding, early) / of(&decoding, late),
            of(&encoding, early) / of(&encoding, late)
        );
    }
    Ok(())
}

/// Prints the rates of all payloads one way, and returns them.
fn table(way: &str, payloads: &[Payload]) -> Vec<[f64; COUNT]> {
    print!("\n{way:<16}");
    SIDES.iter().for_each(|side| print!("{side:>8}"));
    println!("   MB/s; ours / the others");
    let mut product = [1.0; COUNT];
    let rates: Vec<[f64; COUNT]> = payloads
        .iter()
        .map(|payload| {
            let rates =
                payload.rates(if way == "decode" { &payload.decode } else { &payload.encode });
            print!("{:<16}", payload.name);
            rates.iter().for_each(|rate| print!("{rate:>8.0}"));
            for (side, rate) in rates.iter().enumerate().skip(1) {
                print!("   {} {:.2}", SIDES[side], rates[0] / rate);
                product[side] *= rates[0] / rate;
            }
            println!();
            rates
        })
        .collect();
    print!("{:<64}", "geometric mean");
    for (side, product) in product.iter().enumerate().skip(1) {
        print!("   {} {:.2}", SIDES[side], product.powf(1.0 / payloads.len() as f64));
    }
    println!();
    for (side, product) in product.iter().enumerate().skip(1) {
        let mean = product.powf(1.0 / payloads.len() as f64);
        let beside = format!("{}, rate", SIDES[side]);
        qapi_benches::ratio(&format!("{way}, geometric mean of payloads"), &beside, mean);
    }
    rates
}

/// Work to be timed.
type Work = Box<dyn Fn()>;

/// A text, and each side's work with it.
struct Payload {
    name: &'static str,
    length: usize,
    decode: [Work; COUNT],
    encode: [Work; COUNT],
}

impl Payload {
    fn new<Ours, Derive, Peer>(
        folder: &Path,
        name: &'static str,
        rules: &'static Rules,
    ) -> Result<Payload>
    where
        Ours: qapi::rt::Field + 'static,
        Derive: Serialize + DeserializeOwned + 'static,
        Peer: Serialize + DeserializeOwned + 'static,
    {
        let path = folder.join(format!("{name}.json"));
        let text = std::fs::read_to_string(&path)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        let text: &'static str = text.trim().to_owned().leak();
        let ours: Ours = qapi::from_text(text, rules)?;
        let stream = RefCell::new(Stream::new());
        Ok(Payload {
            name,
            length: text.len(),
            decode: [
                Box::new(move || {
                    // As a connection does: one reader for all messages.
                    let mut stream = stream.borrow_mut();
                    let document = stream.parse(black_box(text).as_bytes());
                    let _ = black_box(
                        document.map(|document| qapi::decode::<Ours>(document.root(), rules)),
                    );
                }),
                decode(text, serde_json::from_str::<serde_json::Value>)?,
                decode(text, serde_json::from_str::<Derive>)?,
                decode(text, sonic_rs::from_str::<Derive>)?,
                decode_simd::<Derive>(text)?,
                decode(text, serde_json::from_str::<Peer>)?,
            ],
            encode: [
                Box::new(move || {
                    black_box(qapi::to_text(black_box(&ours)));
                }),
                encode(text, serde_json::to_string::<serde_json::Value>)?,
                encode(text, serde_json::to_string::<Derive>)?,
                encode(text, sonic_rs::to_string::<Derive>)?,
                encode(text, simd_json::to_string::<Derive>)?,
                encode(text, serde_json::to_string::<Peer>)?,
            ],
        })
    }

    /// Megabytes per second of each side's work.
    fn rates(&self, sides: &[Work; COUNT]) -> [f64; COUNT] {
        let mut best = [f64::INFINITY; COUNT];
        for _ in 0..TURNS {
            for (work, best) in sides.iter().zip(&mut best) {
                *best = best.min(turn(work));
            }
        }
        best.map(|seconds| self.length as f64 / seconds / 1e6)
    }
}

/// Work that decodes the text by `read`.
///
/// # Errors
/// If that fails: an error would be fast.
fn decode<T: 'static, E: std::error::Error + 'static>(
    text: &'static str,
    read: impl Fn(&'static str) -> std::result::Result<T, E> + 'static,
) -> Result<Work> {
    read(text)?;
    Ok(Box::new(move || {
        let _ = black_box(read(black_box(text)));
    }))
}

/// Work that decodes the text by `simd-json`, which overwrites its input: each run copies the text
/// into a buffer that is kept.
fn decode_simd<T: DeserializeOwned + 'static>(text: &'static str) -> Result<Work> {
    let state = RefCell::new((Vec::new(), simd_json::Buffers::new(text.len())));
    decode(text, move |text| {
        let (input, buffers) = &mut *state.borrow_mut();
        input.clear();
        input.extend_from_slice(text.as_bytes());
        simd_json::serde::from_slice_with_buffers::<T>(input, buffers)
    })
}

/// Work that encodes the text's value by `write`.
///
/// # Errors
/// If the text has no such value.
fn encode<T: DeserializeOwned + 'static, E: std::error::Error + 'static>(
    text: &str,
    write: impl Fn(&T) -> std::result::Result<String, E> + 'static,
) -> Result<Work> {
    let value: T = serde_json::from_str(text)?;
    write(&value)?;
    Ok(Box::new(move || {
        let _ = black_box(write(black_box(&value)));
    }))
}

/// Seconds of processor time that one run of `work` takes, over as many as fit a turn.
fn turn(work: &Work) -> f64 {
    let (start, begun) = (clock(), Instant::now());
    let mut runs = 0;
    // This clock costs less to look at than the other.
    while begun.elapsed() < TURN {
        work();
        runs += 1;
    }
    (clock() - start).as_secs_f64() / f64::from(runs)
}

/// The processor time of this thread: others on the machine do not count.
fn clock() -> Duration {
    clock_gettime(ClockId::ThreadCPUTime).try_into().unwrap_or_default()
}
