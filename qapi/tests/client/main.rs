//! Both clients at scripted servers that delay, refuse, break off and misbehave.
//!
//! Every scenario is written once and runs with the blocking and with the asynchronous client.

#[path = "../schema/mod.rs"]
mod schema;

mod agent;
mod closing;
mod deadlines;
mod decoding;
mod errors;
mod events;
mod fds;
mod handshake;
mod script;
mod sharing;
#[cfg(feature = "tracing")]
mod wire_log;

use std::time::Duration;

use qapi::client::Options;

/// Long enough that only a hang takes as long.
const LONG: Duration = Duration::from_secs(30);
/// A deadline that is meant to pass.
const SHORT: Duration = Duration::from_millis(100);

fn options() -> Options {
    Options::new().timeout(LONG)
}

/// Runs scenarios with both clients.
macro_rules! with_both_clients {
    ($scenarios:ident) => {
        mod blocking {
            use super::*;
            use qapi::client::blocking::Client;

            $scenarios!(test);
        }

        #[cfg(feature = "tokio")]
        mod asynchronous {
            use super::*;
            use qapi::client::tokio::Client;

            $scenarios!(tokio::test, async await);
        }
    };
}

use with_both_clients;
