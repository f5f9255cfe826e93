//! Bounded trials of everything that a peer can send: own streams, and recorded ones, with damage.
//! The fuzz targets in `fuzz/` check the same properties without a bound.

mod multifd;
#[path = "../common/mutate.rs"]
mod mutate;
#[path = "../common/random.rs"]
mod random;
mod records;
mod return_path;
#[path = "../stream/sample.rs"]
mod sample;
mod stream;
#[path = "../common/trials.rs"]
mod trials;
mod xbzrle;

#[cfg(feature = "corpus")]
#[expect(dead_code, reason = "other tests compare memory with a recording")]
#[path = "../common/capture.rs"]
mod capture;
#[cfg(feature = "corpus")]
#[path = "../stream/rewrite.rs"]
mod rewrite;
#[cfg(feature = "corpus")]
mod seeds;
#[cfg(feature = "corpus")]
#[path = "../common/shared.rs"]
mod shared;

use qemu_stream::multifd::Method;

use random::Random;
use trials::tried;

#[test]
#[cfg_attr(miri, ignore = "takes hours")]
fn streams() {
    for sample in sample::all() {
        println!("{}", sample.name);
        let known = u8::from(sample.compress) << 1
            | u8::from(!sample.footers) << 4
            | u8::from(!sample.description) << 5;
        for choice in [known, known | 1, known | 4, known | 8 | 64] {
            tried(&[&[choice, 100], &sample.bytes[..]].concat(), 20, stream::check);
        }
    }
}

#[test]
#[cfg_attr(miri, ignore = "takes hours")]
fn ram_records() {
    for sample in sample::all() {
        // From the block list on: behind the header of the section.
        let start = sample.bytes.windows(3).position(|bytes| bytes == b"ram").unwrap_or(0) + 11;
        for choice in [0, 2, 3, 8, 16] {
            tried(&[&[choice], &sample.bytes[start..]].concat(), 60, records::check);
        }
    }
}

#[test]
#[cfg_attr(miri, ignore = "zstd is C")]
fn multifd_channels() {
    for (choice, method) in [Method::None, Method::Zlib, Method::Zstd].into_iter().enumerate() {
        for mask in [0x73, 0xff] {
            let channel = sample::channel(method, mask);
            tried(&[&[choice as u8], &channel[..]].concat(), 300, multifd::check);
        }
    }
}

#[test]
#[cfg_attr(miri, ignore = "takes hours")]
fn return_paths() {
    for size in [0, 5, 60] {
        tried(&[&[size], &sample::return_path()[..]].concat(), 1000, return_path::check);
    }
}

#[test]
#[cfg_attr(miri, ignore = "takes hours")]
fn deltas() {
    let mut random = Random::new(8);
    for length in [0, 2, 300, 1000, 8192, 2 * 0x3fff, 2 * 0x4000] {
        let old: Vec<u8> = (0..length / 2).map(|_| random.next() as u8 & 3).collect();
        tried(&[&old[..], &old].concat(), 200, xbzrle::check);
        let noise: Vec<u8> = (0..length).map(|_| random.next() as u8 & 0x83).collect();
        tried(&noise, 20, xbzrle::check);
    }
    tried(b"\x04\x02ab\x80\x01\x01c", 1000, xbzrle::check);
}

#[cfg(feature = "corpus")]
#[test]
fn recorded_streams() {
    for seed in seeds::all() {
        match seed.target {
            "stream" => tried(&seed.bytes, 30, stream::check),
            "records" => tried(&seed.bytes, 30, records::check),
            "multifd" => tried(&seed.bytes, 30, multifd::check),
            _ => tried(&seed.bytes, 200, return_path::check),
        }
    }
}
