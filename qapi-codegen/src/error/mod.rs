//! Failures of generation.

mod definition;

use std::path::PathBuf;
use std::{fmt, io};

use qapi_parser::diagnostic::{Diagnostic, Diagnostics};
use qapi_parser::render::{EscapedPath, render_with_summary};
use qapi_parser::source::SourceMap;

pub(crate) use definition::DefinitionError;

use crate::options::OptionError;

/// A failure of generation. `Debug` prints the message and its causes, so that a build script's
/// `fn main() -> Result<(), qapi_codegen::Error>` reads well.
///
/// ```
/// use qapi_codegen::{Error, Options, generate};
///
/// let schema = qapi_parser::parse_text("x.json", "{ 'command': 'stop' }", Default::default())?;
/// let error = generate(&schema.schema, &Options::new().select("stap")).unwrap_err();
/// assert!(matches!(&error, Error::Options(errors) if errors[0].code() == "unmatched-pattern"));
/// assert!(error.to_string().contains("did you mean 'stop'?"));
/// # Ok::<(), Error>(())
/// ```
#[non_exhaustive]
pub enum Error {
    /// The schema has errors, or its definitions cannot become Rust under the options.
    #[non_exhaustive]
    Schema {
        /// The errors, as plain data.
        diagnostics: Diagnostics,
        /// The errors with their source lines.
        rendered: String,
    },
    /// Options have invalid values or no effect.
    Options(Vec<OptionError>),
    /// A file operation failed.
    #[non_exhaustive]
    Io {
        /// The operation, such as `write`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// `OUT_DIR` is not set, so that a [`Builder`](crate::Builder) has no folder to write to.
    NoOutDir,
    /// Tokens to be formatted are not items of Rust.
    Format(Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// Returns the codes of all errors that this crate adds to those of `qapi-parser`.
    pub fn codes() -> impl Iterator<Item = &'static str> {
        DefinitionError::CODES.iter().chain(OptionError::CODES).copied()
    }

    pub(crate) fn schema(diagnostics: Diagnostics, sources: &SourceMap) -> Error {
        let rendered = render_with_summary(&diagnostics, sources);
        Error::Schema { diagnostics, rendered }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Schema { rendered, .. } => f.write_str(rendered.trim_end()),
            Error::Options(errors) => {
                let mut diagnostics = Diagnostics::default();
                diagnostics.extend(errors.iter().map(Diagnostic::from));
                let text = render_with_summary(&diagnostics, &SourceMap::default());
                f.write_str(text.trim_end())
            }
            Error::Io { action, path, .. } => write!(f, "cannot {action} '{}'", EscapedPath(path)),
            Error::NoOutDir => f.write_str(
                "OUT_DIR is not set; call this from a build script, or set the folder with out_dir",
            ),
            Error::Format(_) => f.write_str("cannot format the generated code"),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // Cargo prints `Error: ` first. Findings start on a line of their own.
            Error::Schema { .. } | Error::Options(_) => write!(f, "\n{self}"),
            _ => {
                fmt::Display::fmt(self, f)?;
                let source = std::error::Error::source(self);
                source.map_or(Ok(()), |source| write!(f, ": {source}"))
            }
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Io { source, .. } => Some(source),
            Error::Format(source) => Some(&**source),
            Error::Schema { .. } | Error::Options(_) | Error::NoOutDir => None,
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
        Error::Options(vec![error])
    }
}

impl From<Vec<OptionError>> for Error {
    fn from(errors: Vec<OptionError>) -> Self {
        Error::Options(errors)
    }
}
