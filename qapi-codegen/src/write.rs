//! Files that appear whole or not at all.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process;

use crate::error::Error;

/// Makes the file `path` hold `text`: written beside it and renamed over it, so that nobody sees half of
/// it. One that holds the text already is left alone, so that build systems see no change; of a link, the
/// file it leads to is replaced.
///
/// # Errors
/// If the folder cannot be written to. The file is then as it was.
pub fn write_whole(path: impl AsRef<Path>, text: &str) -> Result<(), Error> {
    let path = path.as_ref();
    if fs::read(path).is_ok_and(|old| old == text.as_bytes()) {
        return Ok(());
    }
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let beside = beside(&target);
    write_new(&beside, text).and_then(|()| fs::rename(&beside, &target)).map_err(|source| {
        // The first error is the one to tell; what was never made needs no removal.
        let _ = fs::remove_file(&beside);
        Error::Io { action: "write", path: path.to_owned(), source }
    })
}

fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().map_or_else(|| OsString::from("out"), OsString::from);
    name.push(format!(".{}.new", process::id()));
    path.with_file_name(name)
}
