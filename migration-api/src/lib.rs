#![doc = include_str!("../README.md")]
//!
//! ## A VMM, step by step
//!
//! - Describe the guest: [`Guest`] has eight required methods. [`RamBlock::new`] makes a block of a
//!   region of [`vm_memory`], [`RamBlock::joined`] of several.
//! - Embed the engine: [`Engine::builder`]; at a destination with
//!   [`incoming(true)`](engine::EngineBuilder::incoming).
//! - Follow it: [`Engine::events`], [`Engine::info`], [`Engine::passes`].
//! - Migrate: [`Engine::incoming`] there, then [`Engine::migrate`] here, with the same [`Address`].
//! - Change settings: [`Engine::set_capabilities`] before, [`Engine::set_parameters`] at any time.
//! - Give up: [`Engine::cancel`]. The guest continues here.
//! - Run the guest before its memory has arrived: [`Engine::switch_to_postcopy`]. After a broken
//!   connection, [`Engine::recover_postcopy`] there and [`Engine::resume_postcopy`] here.
//! - End: [`Engine::shutdown`].
//!
//! ```
//! use std::sync::Arc;
//! use std::time::Duration;
//!
//! use migration_api::api::{MigrationCapability, MigrationStatus, RunState};
//! use migration_api::engine::{Engine, Event, EventsError};
//! use migration_api::guest::Guest;
//!
//! /// Moves the guest, with a downtime of at most 100 ms. Gives up after a minute.
//! fn move_away(guest: Arc<dyn Guest>, uri: &str) -> Result<(), Box<dyn std::error::Error>> {
//!     let engine = Engine::builder(guest).build();
//!     let events = engine.events();
//!     engine.cont()?;
//!     engine.set_capabilities([(MigrationCapability::ReturnPath, true)])?;
//!     engine.set_parameters(|parameters| parameters.downtime_limit = 100)?;
//!     engine.migrate(&uri.parse()?)?;
//!     loop {
//!         match events.recv_timeout(Duration::from_secs(60)) {
//!             Ok(Event::Migration(MigrationStatus::Completed)) => break,
//!             Ok(Event::Migration(MigrationStatus::Failed)) => {
//!                 return Err(engine.info().error_desc.unwrap_or_default().into());
//!             }
//!             Ok(Event::Migration(MigrationStatus::Cancelled)) => return Err("too slow".into()),
//!             Ok(_) => {}
//!             Err(EventsError::Empty) => engine.cancel()?,
//!             Err(error) => return Err(error.into()),
//!         }
//!     }
//!     assert_eq!(engine.run_state(), RunState::Postmigrate);
//!     engine.shutdown().join();
//!     Ok(())
//! }
//! ```
//!
//! ## A device more
//!
//! A device is a section in what [`Guest::save`] returns, found by its name in [`Guest::load`]. By
//! default its state has any length and version. [`Guest::layout`] narrows that, or gives the fixed
//! layout of a device of QEMU:
//!
//! ```
//! use migration_api::guest::{DeviceSection, Layout, Result};
//!
//! #[derive(serde::Serialize, serde::Deserialize)]
//! struct Serial {
//!     divisor: u16,
//!     received: Vec<u8>,
//! }
//!
//! impl Serial {
//!     /// For `Guest::save`.
//!     fn save(&self) -> Result<DeviceSection> {
//!         Ok(DeviceSection::new("myvmm/serial", 2, serde_json::to_vec(self)?))
//!     }
//!
//!     /// For `Guest::load`.
//!     fn load(section: &DeviceSection) -> Result<Self> {
//!         Ok(serde_json::from_slice(&section.body)?)
//!     }
//! }
//!
//! /// For `Guest::layout`: versions 1 and 2, at most 64 KiB. Other devices are refused.
//! fn layout(name: &str, _instance: u32) -> Option<Layout> {
//!     (name == "myvmm/serial").then(|| Layout::up_to(1..=2, 64 << 10))
//! }
//! # let serial = Serial { divisor: 1, received: b"hello".to_vec() }.save()?;
//! # assert_eq!(Serial::load(&serial)?.received, b"hello");
//! # assert!(layout("myvmm/serial", 0).is_some());
//! # Ok::<(), migration_api::guest::GuestError>(())
//! ```
//!
//! Disks have hooks in [`Disks`](guest::Disks). [Other abilities](guest) are traits of their own,
//! too; a guest without them leaves their method of [`Guest`] out.
//!
//! ## Errors
//!
//! Each method has an error enum, such as [`OutgoingError`](engine::outgoing::OutgoingError) and
//! [`ParameterError`](settings::ParameterError); its text is that of QEMU's reply. It means that
//! nothing has begun. Later faults end the migration: [`Event::Migration`] has status `failed`, and
//! the reason is in `error_desc` of [`Engine::info`] and, at a destination, in
//! [`Event::IncomingFailed`]. The guest then is where it was, and both sides may try again. An
//! error of a method of [`Guest`] is such a fault.
//!
//! ## Traces
//!
//! With feature `tracing`, the engine has these spans and events. All have the target
//! `migration_api::trace`, and no field holds a key, a password or a command line.
//!
//! | span | level | fields |
//! |---|---|---|
//! | `attempt` | info | `direction`, `address` (its kind), `capabilities` (those that are on) |
//! | `channel` | debug | `kind` (main, multifd, preempt), `id`, `tls` |
//! | `pass` | info | `number`; at its end `pages`, `bytes`, `dirty_rate`, `remaining` |
//!
//! | event (its message) | level | fields |
//! |---|---|---|
//! | `status` | info | `direction`, `from`, `to` |
//! | `failed` | warn | `direction`, `error` |
//! | `throttled` | info | `percent` |
//! | `postcopy` | info | `requests`, `bytes`: sums at the end |
//!
//! The capabilities of an incoming attempt are recorded once its source connects.
//! The figures of a pass are recorded as it ends: with the subscriber of `tracing-subscriber`, set
//! `fmt().with_span_events(FmtSpan::CLOSE)` to see them. [`Engine::passes`] has a record of each
//! pass without the feature, too.
//!
//! ## QMP
//!
//! [`commands()`](commands::commands) is the table of all commands for a [`qapi::server::Server`],
//! and [`forward_events`](commands::forward_events) sends the engine's events to its clients. QMP
//! and the methods of [`Engine`] can be used together. A monitor thread may block in a command as
//! long as a call of the guest.
//!
//! ## Related crates
//!
//! [`qapi`](../qapi/index.html) speaks QMP for this engine,
//! [`qapi_codegen`](../qapi_codegen/index.html) generates [`api`] from the schema, and
//! [`qemu_stream`](../qemu_stream/index.html), here [`stream`], reads and writes streams.
//!
//! [`Address`]: transport::Address
//! [`Engine`]: engine::Engine
//! [`Engine::builder`]: engine::Engine::builder
//! [`Engine::cancel`]: engine::Engine::cancel
//! [`Engine::events`]: engine::Engine::events
//! [`Engine::incoming`]: engine::Engine::incoming
//! [`Engine::info`]: engine::Engine::info
//! [`Engine::migrate`]: engine::Engine::migrate
//! [`Engine::passes`]: engine::Engine::passes
//! [`Engine::recover_postcopy`]: engine::Engine::recover_postcopy
//! [`Engine::resume_postcopy`]: engine::Engine::resume_postcopy
//! [`Engine::set_capabilities`]: engine::Engine::set_capabilities
//! [`Engine::set_parameters`]: engine::Engine::set_parameters
//! [`Engine::shutdown`]: engine::Engine::shutdown
//! [`Engine::switch_to_postcopy`]: engine::Engine::switch_to_postcopy
//! [`Event::IncomingFailed`]: engine::Event::IncomingFailed
//! [`Event::Migration`]: engine::Event::Migration
//! [`Guest`]: guest::Guest
//! [`Guest::layout`]: guest::Guest::layout
//! [`Guest::load`]: guest::Guest::load
//! [`Guest::save`]: guest::Guest::save
//! [`RamBlock::joined`]: guest::RamBlock::joined
//! [`RamBlock::new`]: guest::RamBlock::new

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
mod page_set;
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
