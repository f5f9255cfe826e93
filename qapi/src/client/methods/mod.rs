//! The methods of both clients, written and documented once.
//!
//! `client_methods!()` is for the blocking client, `client_methods!(async await)` for the
//! asynchronous one. The module that invokes it defines `Client` and has a `link` module with
//! `Link`, `open` and `pause`.

mod commands;
mod connect;
mod events;
#[cfg(unix)]
mod process;
mod tasks;

macro_rules! client_methods {
    ($($async:tt $await:tt)?) => {
        use std::borrow::Cow;
        use std::marker::PhantomData;
        use std::sync::Arc;
        use std::time::Duration;

        use link::Link;
        use rustix::fd::{BorrowedFd, OwnedFd};

        use crate::client::agent::{self, GuestOutput, GuestProgram};
        use crate::client::connect::{Connecting, Failed};
        use crate::client::core::{self, Greeting, Received, Subscription, Ticket};
        use crate::client::deadline::Deadline;
        use crate::client::wait::Wait;
        use crate::client::error::{ClientError, ConnectStep};
        use crate::client::job::{self, Job, JobAction};
        use crate::client::options::{Address, Options};
        use crate::client::request::Prepared;
        #[cfg(unix)]
        use crate::client::started::{self, Started};
        use crate::introspect::Schema;
        use crate::json::OwnedDocument;
        use crate::walk::Field;
        use crate::{AnyEvent, Command, Dict, Event, Value};

        crate::client::methods::connect_methods!($($async $await)?);
        crate::client::methods::command_methods!($($async $await)?);
        crate::client::methods::event_methods!($($async $await)?);
        #[cfg(unix)]
        crate::client::methods::process_methods!($($async $await)?);
        crate::client::methods::task_methods!($($async $await)?);
    };
}

pub(super) use client_methods;
pub(super) use commands::command_methods;
pub(super) use connect::connect_methods;
pub(super) use events::event_methods;
#[cfg(unix)]
pub(super) use process::process_methods;
pub(super) use tasks::task_methods;
