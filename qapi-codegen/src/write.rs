//! Writes files whole or not at all.

use std::ffi::OsString;
use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process;

use qapi_parser::source::SourceMap;

use crate::error::Error;

/// Maximum number of symlinks followed, as in Linux.
const MAX_LINKS: usize = 40;

/// Writes `text` to the file `path`, as [`Builder`](crate::Builder) does: for build scripts and
/// programs that generate further files.
///
/// Writes to a new file beside it, which replaces the old one with the same permissions. Leaves a
/// file with the same text alone, so that build systems see no change. Follows symlinks, to a
/// missing file too. Writes in place to pipes, terminals and other special files.
///
/// ```
/// let path = std::env::temp_dir().join(format!("qapi-example-{}.rs", std::process::id()));
/// qapi_codegen::write_whole(&path, "// Generated.\n")?;
/// assert_eq!(std::fs::read_to_string(&path).unwrap(), "// Generated.\n");
/// # std::fs::remove_file(path).unwrap();
/// # Ok::<(), qapi_codegen::Error>(())
/// ```
///
/// # Errors
/// If the folder is not writable. The file is then unchanged.
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
    let target = resolve(path).map_err(refused)?;
    let beside = beside(&target);
    let written = write_new(&beside, text, old.map(|old| old.permissions()));
    written.and_then(|()| fs::rename(&beside, &target)).map_err(|source| {
        // Report the first error. The file beside may not exist.
        let _ = fs::remove_file(&beside);
        refused(source)
    })
}

/// Writes generated code like [`write_whole`], but over no file of the schema it comes from.
///
/// # Errors
/// As [`write_whole`], and if `path` leads to one of `sources`.
pub fn write_code(path: impl AsRef<Path>, text: &str, sources: &SourceMap) -> Result<(), Error> {
    let path = path.as_ref();
    if is_source(path, sources) {
        let source = io::Error::new(io::ErrorKind::AlreadyExists, "it is a file of the schema");
        return Err(Error::Io { action: "write", path: path.to_owned(), source });
    }
    write_whole(path, text)
}

/// Returns true if `path` leads to a regular file of the schema.
fn is_source(path: &Path, sources: &SourceMap) -> bool {
    let Ok(path) = fs::canonicalize(path) else { return false };
    path.is_file()
        && sources.files().any(|(_, file)| fs::canonicalize(file.path()).is_ok_and(|it| it == path))
}

fn write_new(path: &Path, text: &str, permissions: Option<Permissions>) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(text.as_bytes())?;
    permissions.map_or(Ok(()), |permissions| file.set_permissions(permissions))?;
    file.sync_all()
}

/// Follows the symlinks that `path` leads through; the last may name a missing file.
fn resolve(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MAX_LINKS {
        match fs::read_link(&path) {
            // Relative links start at the folder of the link.
            Ok(link) => path = path.parent().unwrap_or(Path::new("")).join(link),
            Err(_) => return Ok(path),
        }
    }
    Err(io::Error::other("too many levels of symbolic links"))
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().map_or_else(|| OsString::from("out"), OsString::from);
    name.push(format!(".{}.new", process::id()));
    path.with_file_name(name)
}
