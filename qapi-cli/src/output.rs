//! Products: written to standard output or to a file.

use std::io::{self, Write};
use std::path::Path;

use crate::failure::Failure;

/// Writes `text` to standard output.
///
/// # Errors
/// If the reader has closed it or the device refuses.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(Failure::output)
}

/// Like [`print`], for a text with colours, which are left out unless they are wanted.
///
/// # Errors
/// If the reader has closed it or the device refuses.
pub fn print_coloured(text: &str) -> Result<(), Failure> {
    let mut stdout = anstream::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(Failure::output)
}

/// Writes to standard error, with colours if they are wanted.
pub fn complain(text: &str) {
    // With standard error closed, the exit status still tells.
    let _ = anstream::stderr().write_all(text.as_bytes());
}

/// Returns true for `-`, which stands for standard input or output.
pub fn is_standard(path: &Path) -> bool {
    path.as_os_str() == "-"
}
