//! The guest agent's `guest-exec`: a program's arguments, and its collected output.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::error::ClientError;
use crate::{Dict, Value};

/// The time after which a synchronisation is tried again.
pub(super) const SYNC: Duration = Duration::from_secs(1);
/// The pause before a program is asked about again, at first.
pub(super) const FIRST_PAUSE: Duration = Duration::from_millis(10);
/// The longest such pause.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_millis(200);

/// A program that a guest agent runs.
///
/// ```
/// use qapi::client::GuestProgram;
///
/// let program = GuestProgram::new("/bin/sh").arg("-c").arg("cat; exit 3").input("text");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct GuestProgram {
    path: String,
    args: Vec<String>,
    env: Vec<String>,
    input: Option<Vec<u8>>,
}

/// The end of a program that a guest agent has run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct GuestOutput {
    /// The exit status, if the program has exited by itself.
    pub exit_code: Option<i64>,
    /// The signal that has ended it.
    pub signal: Option<i64>,
    /// Its standard output.
    pub stdout: Vec<u8>,
    /// Its standard error.
    pub stderr: Vec<u8>,
    /// The agent has cut one of the two: it keeps 16 MiB of each.
    pub truncated: bool,
}

impl GuestProgram {
    /// A program by its path in the guest.
    pub fn new(path: impl Into<String>) -> GuestProgram {
        GuestProgram { path: path.into(), args: Vec::new(), env: Vec::new(), input: None }
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, arg: impl Into<String>) -> GuestProgram {
        self.args.push(arg.into());
        self
    }

    /// Adds a variable to the environment, which is otherwise empty.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> GuestProgram {
        self.env.push(format!("{name}={value}"));
        self
    }

    /// Sets the standard input.
    #[must_use]
    pub fn input(mut self, input: impl Into<Vec<u8>>) -> GuestProgram {
        self.input = Some(input.into());
        self
    }

    /// The arguments of `guest-exec`.
    pub(super) fn arguments(&self) -> Dict {
        let mut arguments = Dict::from([
            ("path", Value::from(self.path.as_str())),
            ("arg", self.args.clone().into()),
            ("capture-output", true.into()),
        ]);
        if !self.env.is_empty() {
            arguments.insert("env", self.env.clone());
        }
        if let Some(input) = &self.input {
            arguments.insert("input-data", BASE64.encode(input));
        }
        arguments
    }
}

/// The process id in the reply to `guest-exec`, as the arguments of `guest-exec-status`.
pub(super) fn status_arguments(reply: &Value) -> Result<Dict, ClientError> {
    let pid = reply.get("pid").cloned().ok_or_else(|| malformed("guest-exec", reply))?;
    Ok(Dict::from([("pid", pid)]))
}

/// The outcome in the reply to `guest-exec-status`; `None` while the program runs.
pub(super) fn read_status(reply: &Value) -> Result<Option<GuestOutput>, ClientError> {
    let wrong = || malformed("guest-exec-status", reply);
    if !reply.get("exited").and_then(Value::as_bool).ok_or_else(wrong)? {
        return Ok(None);
    }
    let bytes = |name| match reply.get(name) {
        None => Ok(Vec::new()),
        Some(text) => BASE64.decode(text.as_str().unwrap_or("?")).map_err(|_| wrong()),
    };
    let flag = |name| reply.get(name).and_then(Value::as_bool).unwrap_or(false);
    Ok(Some(GuestOutput {
        exit_code: reply.get("exitcode").and_then(Value::as_i64),
        signal: reply.get("signal").and_then(Value::as_i64),
        stdout: bytes("out-data")?,
        stderr: bytes("err-data")?,
        truncated: flag("out-truncated") || flag("err-truncated"),
    }))
}

fn malformed(command: &str, reply: &Value) -> ClientError {
    let text: String = reply.to_string().chars().take(200).collect();
    ClientError::Protocol(format!("malformed reply to {command}: {text}"))
}
