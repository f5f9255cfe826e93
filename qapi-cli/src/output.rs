//! Standard output, which may close early.

use std::io::{self, Write};

use crate::failure::Failure;

/// Writes `text` to standard output.
///
/// # Errors
/// Where the reader has gone away or the device refuses.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
        .map_err(|error| Failure::io("cannot write to standard output", error))
}
