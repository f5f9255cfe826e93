//! How a run ends when it does not end well.

use std::io;
use std::process::ExitCode;

/// Why a verb stopped.
#[derive(Debug)]
pub enum Failure {
    /// The schema has errors, and they have been reported.
    Schema,
    /// A schema's file cannot be read, or an option means nothing in it; that has been reported.
    Unreadable,
    /// `generate --check`: the file differs from what would be generated.
    Stale(String),
    /// A request that makes no sense, such as a definition that is not there.
    Usage(String),
    /// A file or stream failed.
    Io(String, io::Error),
}

impl Failure {
    /// A failed file or stream, with what was tried.
    pub fn io(tried: impl Into<String>, error: io::Error) -> Failure {
        Failure::Io(tried.into(), error)
    }

    /// 1 for a bad schema or a stale file, 2 for bad usage or input and output.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Failure::Schema | Failure::Stale(_) => ExitCode::from(1),
            Failure::Unreadable | Failure::Usage(_) | Failure::Io(..) => ExitCode::from(2),
        }
    }

    /// What is still to be said; nothing where diagnostics have said it.
    pub fn message(&self) -> Option<String> {
        match self {
            Failure::Schema | Failure::Unreadable => None,
            Failure::Stale(what) | Failure::Usage(what) => Some(what.clone()),
            Failure::Io(tried, error) => Some(format!("{tried}: {error}")),
        }
    }
}
