//! Failures of a run and their exit statuses.

use std::io;
use std::process::ExitCode;

use qapi_codegen::OptionError;
use qapi_parser::diagnostic::Diagnostic;

/// The exit statuses and their meanings, as help and manual pages list them.
pub const STATUSES: [(u8, &str); 3] = [
    (0, "success"),
    (1, "errors in a schema, a stale file ('--check') or a breaking change ('--breaking')"),
    (2, "wrong arguments, or failed input or output"),
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

    /// Returns 1 for a bad schema, a stale file or a breaking change, 2 for wrong usage or failed
    /// input and output.
    pub fn exit_code(&self) -> ExitCode {
        match self {
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
            Failure::Usage(message, hints) => {
                let diagnostic = Diagnostic::without_place("invalid-usage", message);
                Some(hints.iter().fold(diagnostic, Diagnostic::with_hint))
            }
            Failure::Io(operation, error) => {
                let message = format!("{operation}: {error}");
                Some(Diagnostic::without_place("input-output", message))
            }
        }
    }
}
