//! Tests of the public stream API: whole streams, read in pieces, rebuilt, written again, damaged.

mod damage;
mod example;
mod feed;
mod image;
#[path = "../common/mutate.rs"]
mod mutate;
mod packages;
#[path = "../common/random.rs"]
mod random;
mod rewrite;
mod round_trip;
mod sample;

#[cfg(feature = "corpus")]
#[path = "../common/capture.rs"]
mod capture;
#[cfg(feature = "corpus")]
mod captures;
#[cfg(feature = "corpus")]
mod dissect;
#[cfg(feature = "corpus")]
#[path = "../common/shared.rs"]
mod shared;
