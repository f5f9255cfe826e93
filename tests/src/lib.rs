//! Finds the material outside the project, and compares findings with QEMU's.

#[cfg(feature = "recorded")]
pub mod conversations;
#[cfg(feature = "corpus")]
pub mod form;
#[cfg(feature = "recorded")]
pub mod oracle;
pub mod random;
#[cfg(feature = "recorded")]
pub mod replies;
#[cfg(feature = "recorded")]
pub mod stub;
#[cfg(feature = "corpus")]
pub mod suite;
#[cfg(feature = "recorded")]
pub mod traffic;
#[cfg(any(feature = "corpus", feature = "compile-matrix"))]
pub mod trees;
#[cfg(feature = "recorded")]
pub mod wire;

use std::path::PathBuf;

use qapi_parser::Error;
use qapi_parser::diagnostic::{Diagnostic, Diagnostics, Severity};
use qapi_parser::source::SourceMap;

/// Returns the folder that the environment variable names.
///
/// # Panics
/// If the variable is not set or does not name a folder: a test must not pass without having run.
pub fn folder(variable: &str) -> PathBuf {
    let path = std::env::var_os(variable).unwrap_or_else(|| {
        panic!("set {variable} to the folder that this test reads; see CONTRIBUTING.md")
    });
    let path = PathBuf::from(path);
    assert!(path.is_dir(), "{variable} names '{}', which is no folder", path.display());
    path
}

/// A file's base name and a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Base name.
    pub file: String,
    /// From 1.
    pub line: usize,
}

/// Returns the place of a diagnostic; `None` if no file could be read.
pub fn place(diagnostic: &Diagnostic, sources: &SourceMap) -> Option<Place> {
    let span = diagnostic.span?;
    let file = sources.file(span.file).path().file_name()?.to_string_lossy().into_owned();
    Some(Place { file, line: sources.position(span.file, span.start).line })
}

/// Returns the first error in a list.
pub fn first_error(diagnostics: &Diagnostics) -> Option<&Diagnostic> {
    diagnostics.iter().find(|diagnostic| diagnostic.severity == Severity::Error)
}

/// Returns the place of the first error.
pub fn place_of_error(error: &Error) -> Option<Place> {
    place(first_error(error.diagnostics())?, error.sources())
}

/// Returns the first place in QEMU's message after the chain of includes.
pub fn place_in_message(message: &str) -> Option<Place> {
    message.lines().filter(|line| !line.starts_with("In file included from ")).find_map(|line| {
        let mut parts = line.splitn(3, ':');
        let (file, number) = (parts.next()?, parts.next()?);
        let file = file.rsplit('/').next()?.to_owned();
        Some(Place { file, line: number.parse().ok()? })
    })
}

/// Returns the first line in which two texts differ, for messages.
pub fn first_difference(ours: &str, theirs: &str) -> Option<String> {
    if ours == theirs {
        return None;
    }
    let mut lines = ours.lines().zip(theirs.lines()).enumerate();
    Some(match lines.find(|(_, (ours, theirs))| ours != theirs) {
        Some((index, (ours, theirs))) => {
            format!("line {}: '{ours}' instead of '{theirs}'", index + 1)
        }
        None => format!("{} lines instead of {}", ours.lines().count(), theirs.lines().count()),
    })
}

/// The examples of the READMEs and guides that no crate page includes, compiled and run.
#[cfg(doctest)]
mod readmes {
    #[doc = include_str!("../../docs/GUIDE.md")]
    struct Guide;
    #[doc = include_str!("../../README.md")]
    struct Workspace;
    #[doc = include_str!("../../qapi/README.md")]
    struct Runtime;
    #[doc = include_str!("../../qapi-macros/README.md")]
    struct Macros;
}
