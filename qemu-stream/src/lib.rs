#![doc = include_str!("../README.md")]
//!
//! # Layout
//!
//! All integers are big-endian. A name is a length byte and UTF-8 text, "1 + n bytes" in the tables
//! of the modules. Lengths and offsets count bytes; pages are identified by their offset in a RAM
//! block. Most data is not framed: a reader has to know each field.
//!
//! | connection | layout | reader | writers |
//! |---|---|---|---|
//! | main channel | [`section`], [`Configuration`], [`command`] | [`Reader`] | the same |
//! | its section `ram` | [`ram`], [`xbzrle`], [`compress`] | the same | [`RamWriter`] |
//! | its section `dirty-bitmap` | [`dirty_bitmap`] | the same | [`Chunk`] |
//! | its description of the devices | [`description`] | the same, [`Description`] | [`describe`] |
//! | return path | [`return_path`] | [`ReturnPathReader`] | [`Message`] |
//! | multifd channel | [`multifd`] | [`ChannelReader`] | [`Handshake`], [`Packet`] |
//! | preempt channel | [`ram`] | [`RecordReader`] | [`RamWriter`] |
//!
//! ```text
//! stream    = header configuration element* EOF [description]
//! element   = command | section part | device | package
//! part      = (START | PART | END) record* footer           sections ram and dirty-bitmap
//! device    = FULL header body footer
//! package   = PACKAGED (command | device)* POSTCOPY_RUN      postcopy: all devices
//! ```
//!
//! A precopy sends START, PARTs while the guest runs, END and the devices once it has stopped, EOF
//! and the description. A postcopy sends the devices in a package, and further PARTs after it.
//!
//! Some properties are not in the stream and must be known: footers, the configuration and the
//! description can be off for old machine types, and capabilities change the block list
//! ([`Options`], [`ram::Rules`]).
//!
//! # Reading
//!
//! A reader takes the data that has arrived, and returns how much it has consumed and an event.
//! Pages are not copied: an event borrows them from the input, or leaves them in the connection,
//! for the caller to read them directly into guest memory
//! ([`Record::PageAhead`](ram::Record::PageAhead)):
//!
//! ```
//! use qemu_stream::ram::Record;
//! use qemu_stream::{Buffer, Event, MIN_INPUT, Options, Reader};
//!
//! fn load(
//!     mut from: impl std::io::Read,
//!     mut options: Options,
//! ) -> Result<usize, Box<dyn std::error::Error>> {
//!     options.rules.pages_ahead = true;
//!     let mut reader = Reader::new(options);
//!     let mut buffer = Buffer::new(MIN_INPUT);
//!     let mut page = [0; 4096]; // stands for a page of the guest
//!     let mut pages = 0;
//!     while !reader.is_complete() {
//!         let step = reader.step(buffer.filled())?;
//!         let used = step.used;
//!         match step.event {
//!             Some(Event::Record(Record::Page { data, .. })) => {
//!                 page.copy_from_slice(data);
//!                 buffer.consume(used);
//!                 pages += 1;
//!             }
//!             Some(Event::Record(Record::PageAhead { .. })) => {
//!                 buffer.consume(used);
//!                 buffer.read_exact(&mut from, &mut page)?;
//!                 pages += 1;
//!             }
//!             Some(_) => buffer.consume(used),
//!             None => {
//!                 buffer.consume(used);
//!                 if buffer.fill(&mut from)? == 0 {
//!                     reader.finish(buffer.filled())?;
//!                     break;
//!                 }
//!             }
//!         }
//!     }
//!     Ok(pages)
//! }
//! # assert!(load(&b"HTTP/1.1"[..], Options::default()).is_err());
//! ```
//!
//! # Writing
//!
//! Writers append to a `Vec<u8>` and keep only the state that the format needs. The caller sends
//! the content of pages after their headers, so that it can go from guest memory to the socket in
//! one vectored write.
//!
//! # Limits
//!
//! [`Limits`] limits the data that a reader keeps. Memory grows only with the bytes that arrive,
//! and the time of a reader is linear in them. mapped-ram, RDMA and the iterable sections of
//! passed-through devices are not supported.
//!
//! # Related crates
//!
//! [`migration_api`](../migration_api/index.html) is a migration engine on top of this crate,
//! [`qapi`](../qapi/index.html) speaks QMP, by which a QEMU is told to migrate.
//!
//! [`RamWriter`]: ram::RamWriter
//! [`RecordReader`]: ram::RecordReader
//! [`Chunk`]: dirty_bitmap::Chunk
//! [`Description`]: description::Description
//! [`describe`]: description::describe
//! [`ReturnPathReader`]: return_path::ReturnPathReader
//! [`Message`]: return_path::Message
//! [`ChannelReader`]: multifd::ChannelReader
//! [`Handshake`]: multifd::Handshake
//! [`Packet`]: multifd::Packet

#![forbid(unsafe_code)]
#![warn(missing_debug_implementations, missing_docs)]

pub mod command;
pub mod compress;
pub mod description;
pub mod dirty_bitmap;
pub mod multifd;
pub mod ram;
pub mod return_path;
pub mod section;
pub mod xbzrle;

mod advise;
mod buffer;
mod configuration;
mod delimit;
mod error;
mod limits;
mod name;
#[cfg(test)]
#[path = "../tests/common/random.rs"]
mod random;
mod reader;
mod wire;

pub use buffer::Buffer;
pub use command::Command;
pub use configuration::{Configuration, Local};
pub use error::{CommandFault, Errno, Error, ErrorKind, Place};
pub use limits::{Limits, SECTION_COST};
pub use name::{Name, NameTooLong};
pub use reader::{AdmitDevice, Event, Interrupt, MIN_INPUT, Options, Reader, Step};
pub use section::{BodyLength, Device, SectionHeader};
