//! Failures of a run and their exit statuses.

use std::io;
use std::process::ExitCode;

use qapi_codegen::OptionError;
use qapi_parser::diagnostic::Diagnostic;

/// The exit statuses and their meanings, as help and manual pages list them.
pub const STATUSES: [(u8, &str); 3] = [
    (0, "success"),
    (1, "errors in a schema, a stale file, a breaking change, or a failed line of a batch"),
    (2, "wrong arguments, failed input or output, or a failed connection"),
];

/// The reason that ends a run.
#[derive(Debug)]
pub enum Failure {
    /// The schema has errors, already reported.
    Schema,
    /// A root file is unreadable or the arguments are wrong; already reported.
    Reported,
    /// `generate --check`: the file differs from the generated text.
    Stale(String),
    /// `diff --breaking`: a change breaks clients; already printed.
    Breaking,
    /// An option of generated code or introspection data with a wrong value.
    Option(OptionError),
    /// `shell --batch`: a line is refused or its command fails; already printed.
    #[cfg(feature = "shell")]
    Line,
    /// The connection to a server fails, with suggested fixes.
    #[cfg(feature = "shell")]
    Connection(String, Vec<String>),
    /// Wrong arguments, with suggested fixes.
    Usage(String, Vec<String>),
    /// The reader of standard output has closed it, as `head` does; needs no message.
    ClosedOutput,
    /// A failed operation on a file or stream, with a description of it.
    Io(String, io::Error),
}

impl Failure {
    /// Makes a failure of wrong arguments.
    pub fn usage(message: impl Into<String>) -> Failure {
        Failure::Usage(message.into(), Vec::new())
    }

    /// Makes a failure of an operation such as `cannot read x.json`.
    pub fn io(operation: impl Into<String>, error: io::Error) -> Failure {
        Failure::Io(operation.into(), error)
    }

    /// Makes a failure of writing to standard output.
    pub fn output(error: io::Error) -> Failure {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::ClosedOutput,
            _ => Failure::io("cannot write to standard output", error),
        }
    }

    /// Returns the exit status, one of [`STATUSES`].
    pub fn exit_code(&self) -> ExitCode {
        match self {
            #[cfg(feature = "shell")]
            Failure::Line => ExitCode::from(1),
            #[cfg(feature = "shell")]
            Failure::Connection(..) => ExitCode::from(2),
            Failure::Schema | Failure::Stale(_) | Failure::Breaking => ExitCode::from(1),
            Failure::Reported
            | Failure::Option(_)
            | Failure::Usage(..)
            | Failure::ClosedOutput
            | Failure::Io(..) => ExitCode::from(2),
        }
    }

    /// Returns the failure as a finding, unless it has been reported.
    pub fn diagnostic(&self) -> Option<Diagnostic> {
        match self {
            Failure::Schema | Failure::Reported | Failure::Breaking | Failure::ClosedOutput => None,
            Failure::Stale(message) => Some(Diagnostic::without_place("stale-file", message)),
            Failure::Option(error) => Some(Diagnostic::from(error)),
            #[cfg(feature = "shell")]
            Failure::Line => None,
            #[cfg(feature = "shell")]
            Failure::Connection(message, hints) => Some(with_hints("connection", message, hints)),
            Failure::Usage(message, hints) => Some(with_hints("invalid-usage", message, hints)),
            Failure::Io(operation, error) => {
                let message = format!("{operation}: {error}");
                Some(Diagnostic::without_place("input-output", message))
            }
        }
    }
}

fn with_hints(code: &'static str, message: &str, hints: &[String]) -> Diagnostic {
    hints.iter().fold(Diagnostic::without_place(code, message), Diagnostic::with_hint)
}
