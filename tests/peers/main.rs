//! Real programs at the other end of the socket: QEMU, its guest agent, and Python's `qemu.qmp`.
//!
//! Every wait has a deadline that only a hang reaches.

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
mod shell;
mod shell_engine;

use std::time::Duration;

use qapi::client::ClientError;
use qapi::{ErrorClass, QmpError};

/// The deadline of waits.
const LONG: Duration = Duration::from_secs(120);

/// Returns the error that a command was answered with.
fn refusal<T: std::fmt::Debug>(outcome: Result<T, ClientError>) -> QmpError {
    match outcome {
        Err(ClientError::Qmp(error)) => error,
        other => panic!("the command should have been answered with an error: {other:?}"),
    }
}

/// Returns a `GenericError`.
fn generic(desc: &str) -> QmpError {
    QmpError::new(ErrorClass::GenericError, desc)
}
