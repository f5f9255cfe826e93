//! QEMU's migration stream: readers and writers over byte slices, without sockets and threads.
//!
//! All integers are big-endian. The data is not framed: a reader has to know each field.
//!
//! | connection | reader | writers |
//! |---|---|---|
//! | main channel | [`Reader`] | [`section`], [`Configuration`], [`Command`], [`Device`] |
//! | its sections `ram` and `dirty-bitmap` | the same | [`RamWriter`], [`Chunk`] |
//! | its description of the devices | the same | [`description`] |
//! | return path | [`ReturnPathReader`] | [`Message`] |
//! | multifd channel | [`ChannelReader`] | [`Handshake`], [`Packet`] |
//! | preempt channel | [`RecordReader`] | [`RamWriter`] |
//!
//! [`RamWriter`]: ram::RamWriter
//! [`RecordReader`]: ram::RecordReader
//! [`Chunk`]: dirty_bitmap::Chunk
//! [`ReturnPathReader`]: return_path::ReturnPathReader
//! [`Message`]: return_path::Message
//! [`ChannelReader`]: multifd::ChannelReader
//! [`Handshake`]: multifd::Handshake
//! [`Packet`]: multifd::Packet
//!
//! # Reading
//!
//! A reader takes the data that has arrived, and returns how much it has consumed and an event.
//! Pages are not copied: an event borrows them from the input, or leaves them in the connection,
//! for the caller to read them directly into guest memory
//! ([`Record::PageAhead`](ram::Record::PageAhead)).
//!
//! ```
//! use qemu_stream::{Buffer, Event, MIN_INPUT, Options, Reader, ram::Record};
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
pub use section::{Device, SectionHeader};
