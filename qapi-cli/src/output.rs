//! Products: standard output that may close early, and files that appear whole or not at all.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

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

/// Makes `path` hold `text`: written beside it, then renamed over it.
///
/// A file that holds the text already is left as it is, so that build systems see no change.
///
/// # Errors
/// Where the folder cannot be written to; `path` is then as it was.
pub fn replace(path: &Path, text: &str) -> Result<(), Failure> {
    if fs::read(path).is_ok_and(|old| old == text.as_bytes()) {
        return Ok(());
    }
    // A link is followed, so that what it points to is replaced and not the link.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let beside = beside(&target);
    write_new(&beside, text).and_then(|()| fs::rename(&beside, &target)).map_err(|error| {
        // The first error is the one to tell; a file that was never made needs no removal.
        let _ = fs::remove_file(&beside);
        Failure::io(format!("cannot write {}", path.display()), error)
    })
}

fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().map_or_else(|| OsString::from("out"), OsString::from);
    name.push(format!(".{}.new", std::process::id()));
    path.with_file_name(name)
}
