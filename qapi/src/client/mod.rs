//! Clients: [blocking](blocking::Client), and with feature `tokio` asynchronous (`tokio::Client`).
//!
//! Both have the same methods over the same protocol core. A [`Client`] connects, negotiates and
//! executes commands; its clones share the connection, so that threads or tasks use it at the same
//! time. Replies are matched by id, events wait in a queue of each clone, and a deadline or a
//! dropped future leaves the connection usable.
//!
//! ```
//! use std::time::Duration;
//! use qapi::client::{Client, Options};
//! use qapi::{Commands, Dict, RawEvent, dict, server::Server};
//!
//! # let server = Server::builder(Commands::new(), ()).build();
//! # let monitor = server.monitor().clone();
//! # let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
//! # let serving = std::thread::spawn(move || server.serve_socket(theirs));
//! let client = Client::from_socket(ours, Options::default())?;
//! println!("QEMU {}", client.greeting().unwrap().version);
//!
//! // A reply has its error, and a deadline.
//! let command = client.request_raw("balloon", &dict! { "value": 1 << 30 });
//! let error = command.within(Duration::from_secs(5)).execute().unwrap_err();
//! assert_eq!(error.class(), Some(qapi::ErrorClass::CommandNotFound));
//!
//! // Events are kept until a wait asks for them.
//! # monitor.events().emit_any(&RawEvent { name: "STOP".into(), data: Dict::new() });
//! let event = client.next_event::<RawEvent>(Duration::from_secs(5))?.event;
//! assert_eq!(event.name, "STOP");
//! # drop(client);
//! # serving.join().unwrap();
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! With feature `tracing`, every message is logged as an event of target `qapi::wire` and level
//! `TRACE`, without the values of passwords and secrets. A reply to no command of the client is
//! dropped and logged with level `DEBUG`; [`Client::foreign_replies`] counts them.

mod agent;
pub mod blocking;
mod connect;
mod core;
mod deadline;
mod error;
mod job;
mod methods;
mod options;
mod request;
#[cfg(unix)]
mod started;
#[cfg(feature = "tokio")]
pub mod tokio;
mod transport;
mod wait;
#[cfg(feature = "tracing")]
mod wire_log;

pub use self::core::{Greeting, Received, Ticket};
pub use agent::{GuestOutput, GuestProgram};
pub use blocking::Client;
#[cfg(unix)]
pub use blocking::Process;
pub use error::{ClientError, ConnectStep, DecodeFailure};
pub use options::{Address, Options};
