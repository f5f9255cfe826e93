//! Reads files and compares their paths. The only use of std::fs.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

/// Maximum size of a file in bytes.
pub const MAX_FILE_SIZE: u64 = 64 << 20;

/// A store of files.
pub trait FileSource {
    /// Reads a root file. Returns at most [`MAX_FILE_SIZE`] bytes, or one more of a longer file,
    /// which is refused.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// Reads an included file, by default like a root.
    fn read_included(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.read(path)
    }
}

/// Any function from path to bytes.
impl<F: Fn(&Path) -> io::Result<Vec<u8>>> FileSource for F {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self(path)
    }
}

/// The file system. Roots may be pipes and devices; included files are regular: opening a FIFO
/// without a writer would block.
#[derive(Debug, Clone, Copy, Default)]
pub struct FileSystem;

impl FileSource for FileSystem {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        File::open(path)?.take(MAX_FILE_SIZE + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn read_included(&self, path: &Path) -> io::Result<Vec<u8>> {
        let kind = fs::metadata(path)?.file_type();
        if !kind.is_file() && !kind.is_dir() {
            return Err(io::Error::other("not a regular file"));
        }
        self.read(path)
    }
}

/// Returns the operating system's text, without the number that Rust appends.
pub(super) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    match text.rfind(" (os error ") {
        Some(at) => text[..at].to_owned(),
        None => text,
    }
}

/// Returns the absolute path without `.` and `..`. Does not follow symlinks, as QEMU does not.
pub(super) fn normal(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut normal = PathBuf::new();
    for component in absolute.components() {
        match component {
            Component::ParentDir => drop(normal.pop()),
            Component::CurDir => {}
            other => normal.push(other),
        }
    }
    normal
}

/// Returns the relative path from a folder to a file, both normal, written with `/`.
pub(super) fn relative(folder: &Path, file: &Path) -> String {
    let shared = folder.components().zip(file.components()).take_while(|(a, b)| a == b).count();
    let up = folder.components().skip(shared).map(|_| "..".into());
    let down =
        file.components().skip(shared).map(|component| component.as_os_str().to_string_lossy());
    up.chain(down).collect::<Vec<_>>().join("/")
}
