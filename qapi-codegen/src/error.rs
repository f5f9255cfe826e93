//! Why nothing was generated.

use std::path::PathBuf;
use std::{fmt, io};

use qapi_parser::diagnostic::Diagnostics;
use qapi_parser::render::{EscapedPath, render_with_summary};
use qapi_parser::source::SourceMap;

use crate::options::OptionError;

/// Why nothing was generated. `Debug` shows what `Display` does, so that a build script's
/// `fn main() -> Result<(), qapi_codegen::Error>` reads well.
pub enum Error {
    /// The schema, or what was asked of it, is wrong.
    Schema {
        /// What is wrong, as plain data.
        diagnostics: Diagnostics,
        /// The same with the lines of the schema that it is about, for people.
        rendered: String,
    },
    /// An option makes no sense.
    Option(OptionError),
    /// A file could not be written.
    Io {
        /// What was to be done with the file, such as `write`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why it could not.
        source: io::Error,
    },
    /// Cargo did not say where a build script's output goes.
    NoOutDir,
    /// An attribute or path given as an option is no Rust.
    Format(String),
}

impl Error {
    pub(crate) fn schema(diagnostics: Diagnostics, sources: &SourceMap) -> Error {
        let rendered = render_with_summary(&diagnostics, sources);
        Error::Schema { diagnostics, rendered }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Schema { rendered, .. } => f.write_str(rendered.trim_end()),
            Error::Option(error) => error.fmt(f),
            Error::Io { action, path, source } => {
                write!(f, "cannot {action} '{}': {source}", EscapedPath(path))
            }
            Error::NoOutDir => f.write_str(
                "OUT_DIR is not set: call this from a build script, or say where the output goes",
            ),
            Error::Format(reason) => write!(f, "cannot format the generated code: {reason}"),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // Cargo puts `Error: ` in front, the snippets want lines of their own.
            Error::Schema { .. } => write!(f, "\n{self}"),
            _ => fmt::Display::fmt(self, f),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Io { source, .. } => Some(source),
            Error::Option(error) => Some(error),
            Error::Schema { .. } | Error::NoOutDir | Error::Format(_) => None,
        }
    }
}

impl From<qapi_parser::Error> for Error {
    fn from(error: qapi_parser::Error) -> Self {
        let rendered = error.to_string();
        Error::Schema { diagnostics: error.diagnostics().clone(), rendered }
    }
}

impl From<OptionError> for Error {
    fn from(error: OptionError) -> Self {
        Error::Option(error)
    }
}
