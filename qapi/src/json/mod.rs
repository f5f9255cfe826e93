//! QMP's JSON dialect: an incremental reader with its limits, and a writer. Knows no QAPI type.
//!
//! The reader turns a message into a *tape* ([`Document`]) in one pass over its bytes: an entry for
//! every value and key, with the end of each container, so that no look-up or skip lexes again.
//! Strings stay in the text until they are taken.
//!
//! ```
//! use qapi::json::Stream;
//!
//! let mut stream = Stream::new();
//! let mut packet: &[u8] = b"{'execute': 'stop'} [1, 2";
//! let first = stream.next(&mut packet).unwrap()?;
//! assert_eq!(first.root().get("execute").unwrap().as_str(), Some("stop"));
//! assert!(stream.next(&mut packet).is_none(), "the array goes on in the next packet");
//! let second = stream.next(&mut b"]".as_slice()).unwrap()?;
//! assert_eq!(second.root().to_string(), "[1, 2]");
//! # Ok::<(), qapi::json::JsonError>(())
//! ```

mod build;
mod containers;
mod error;
mod fast_path;
mod keys;
mod lex;
mod limits;
mod number;
mod open;
#[cfg(feature = "server")]
mod pretty;
mod push;
mod stream;
mod string;
mod tape;
mod utf8;
mod write;

pub use error::JsonError;
pub use limits::{MAX_NESTING, MAX_TOKEN_BYTES, MAX_TOKENS};
pub use stream::Stream;
pub use tape::{Document, Kind, Node, OwnedDocument};

pub(crate) use build::Builder;
#[cfg(feature = "server")]
pub(crate) use pretty::pretty;
pub(crate) use tape::{Entry, Token, fingerprint};
#[cfg(any(feature = "server", feature = "tracing"))]
pub(crate) use write::write_node;
pub(crate) use write::{write_bool, write_f64, write_i64, write_string, write_u64};
