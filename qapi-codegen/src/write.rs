//! Files that appear whole or not at all.

use std::ffi::OsString;
use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process;

use crate::error::Error;

/// Makes the file `path` hold `text`: written beside it and renamed over it, so that nobody sees half of
/// it, with the permissions that it had. One that holds the text already is left alone, so that build systems
/// see no change; of a link, the file it leads to is replaced. What is there and is no file, as a pipe or a
/// terminal, is written to as it is.
///
/// # Errors
/// If the folder cannot be written to. The file is then as it was.
pub fn write_whole(path: impl AsRef<Path>, text: &str) -> Result<(), Error> {
    let path = path.as_ref();
    let refused = |source| Error::Io { action: "write", path: path.to_owned(), source };
    let old = fs::metadata(path).ok();
    if old.as_ref().is_some_and(|old| !old.is_file()) {
        let written = File::options()
            .write(true)
            .open(path)
            .and_then(|mut file| file.write_all(text.as_bytes()));
        return written.map_err(refused);
    }
    if fs::read(path).is_ok_and(|old| old == text.as_bytes()) {
        return Ok(());
    }
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let beside = beside(&target);
    let written = write_new(&beside, text, old.map(|old| old.permissions()));
    written.and_then(|()| fs::rename(&beside, &target)).map_err(|source| {
        // The first error is the one to tell; what was never made needs no removal.
        let _ = fs::remove_file(&beside);
        refused(source)
    })
}

fn write_new(path: &Path, text: &str, permissions: Option<Permissions>) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(text.as_bytes())?;
    permissions.map_or(Ok(()), |permissions| file.set_permissions(permissions))?;
    file.sync_all()
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().map_or_else(|| OsString::from("out"), OsString::from);
    name.push(format!(".{}.new", process::id()));
    path.with_file_name(name)
}
