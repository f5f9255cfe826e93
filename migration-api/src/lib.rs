#![doc = include_str!("../README.md")]
//!
//! ## Related crates
//!
//! [`qapi`](../qapi/index.html) speaks QMP for this engine,
//! [`qapi_codegen`](../qapi_codegen/index.html) generates [`api`] from the schema.
//!
//! ## Streams
//!
//! [`stream`] reads and writes the stream: state machines over byte slices, without sockets and
//! threads.
//!
//! ```
//! use migration_api::stream::{Event, Options, Reader, section, Configuration};
//!
//! // What a source writes...
//! let mut bytes = Vec::new();
//! section::write_header(&mut bytes);
//! Configuration::new("none".try_into()?).write(&mut bytes);
//! section::write_eof(&mut bytes);
//!
//! // ...a destination reads, in whatever pieces it arrives.
//! let mut reader = Reader::new(Options { description: false, ..Options::default() });
//! let mut at = 0;
//! let mut seen = Vec::new();
//! loop {
//!     let step = reader.step(&bytes[at..])?;
//!     at += step.used;
//!     match step.event {
//!         Some(event) => seen.push(event),
//!         None => break,
//!     }
//! }
//! reader.finish(&bytes[at..])?;
//! assert!(matches!(
//!     &seen[..],
//!     [Event::Header, Event::Configuration(c), Event::Eof] if &*c.machine == "none"
//! ));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

// The engine implements what the schema calls deprecated.
#![allow(deprecated)]
// Modules that a feature leaves out are the only users of some functions. With all features, as CI
// lints too, unused code is found.
#![cfg_attr(
    not(all(feature = "colo", feature = "legacy-compress", feature = "snapshot")),
    allow(dead_code, unused_imports)
)]

pub mod block;
pub mod commands;
pub mod engine;
pub mod generation;
pub mod guest;
#[cfg(any(test, feature = "guests"))]
pub mod guests;
pub mod objects;
pub mod settings;
pub mod size;
#[cfg_attr(not(feature = "snapshot"), path = "no_snapshot.rs")]
pub mod snapshot;
pub mod transport;

/// The format of the stream.
pub use qemu_stream as stream;
/// The crate whose memory regions a guest hands out, in the version that the engine uses.
pub use vm_memory;

mod bitmaps;
mod core;
mod destination;
mod devices;
mod dirty_limit;
mod dirty_log;
mod dirty_rate;
mod held_ram;
mod lifetime;
#[cfg(test)]
#[path = "../../qemu-stream/tests/common/mutate.rs"]
mod mutate;
mod page;
#[cfg(test)]
#[path = "../../qemu-stream/tests/common/random.rs"]
mod random;
mod source;
mod state;
mod stats;
mod sync;
mod sys;
#[cfg(test)]
mod tests;
mod trace;
mod unwind;
#[cfg(feature = "legacy-compress")]
mod workers;

/// Entry points of fuzz targets for private code: in tests, and with `--cfg fuzzing`, as cargo-fuzz
/// builds.
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing {
    #[cfg(feature = "snapshot")]
    pub use crate::snapshot::fuzzing as intents;
    pub use crate::transport::fuzzing as names;
}

/// The schema's types, commands, events and command traits.
#[allow(missing_docs, clippy::all)]
pub mod api {
    include!(concat!(env!("OUT_DIR"), "/api.rs"));
}
