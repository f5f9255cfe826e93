//! Real programs at the other end of the socket: QEMU, its guest agent, and Python's `qemu.qmp`.
//!
//! Whatever is awaited has a deadline that only a hang reaches.

mod agent;
mod asynchronous;
mod examples;
mod fds;
mod migration;
mod mirror;
mod older;
mod processes;
mod python;
mod qemu;
mod queries;
mod second;

use std::time::Duration;

use qapi::client::ClientError;
use qapi::{ErrorClass, QmpError};

/// Long enough that only a hang takes as long.
const LONG: Duration = Duration::from_secs(120);

/// The error that a command was answered with.
fn refusal<T: std::fmt::Debug>(outcome: Result<T, ClientError>) -> QmpError {
    match outcome {
        Err(ClientError::Qmp(error)) => error,
        other => panic!("the command should have been answered with an error: {other:?}"),
    }
}

/// The error of most commands.
fn generic(desc: &str) -> QmpError {
    QmpError::new(ErrorClass::GenericError, desc)
}
