//! Copies disk images: by shared extents if the file system supports them, else without the holes.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
use std::path::Path;

use rustix::fs::{SeekFrom as Sparse, ioctl_ficlone, seek};
use rustix::io::Errno;

use super::{SnapshotError, crash};
use crate::transport::Stop;

/// Bytes copied between two checks of `stop`.
const CHUNK: u64 = 8 << 20;

/// An open file with its path, for errors.
pub(super) struct NamedFile<'a>(pub(super) &'a File, pub(super) &'a Path);

/// Copies `from` to `to`, a new file, with the same owner and mode. Syncs the copy to disk.
pub(super) fn duplicate(
    from: NamedFile<'_>,
    to: NamedFile<'_>,
    stop: &Stop,
) -> Result<(), SnapshotError> {
    let (NamedFile(source, from), NamedFile(target, to)) = (from, to);
    let read = |error: io::Error| SnapshotError::file(from, &error);
    let write = |error: io::Error| SnapshotError::file(to, &error);
    let about = source.metadata().map_err(read)?;
    crash::point();
    if ioctl_ficlone(target, source).is_err() {
        target.set_len(about.len()).map_err(write)?;
        copy(source, target, stop).map_err(write)?;
        if stop.is_stopped() {
            return Err(SnapshotError::Cancelled);
        }
    }
    crash::point();
    // Only a privileged process can change the owner. Another one copies its own files only.
    let _ = fchown(target, Some(about.uid()), Some(about.gid()));
    target.set_permissions(PermissionsExt::from_mode(about.mode() & 0o7777)).map_err(write)?;
    target.sync_all().map_err(write)?;
    crash::point();
    Ok(())
}

/// Copies data and leaves out holes.
fn copy(mut source: &File, mut target: &File, stop: &Stop) -> io::Result<()> {
    let mut end = 0;
    loop {
        let start = match seek(source, Sparse::Data(end)) {
            Ok(start) => start,
            // Only a hole is left.
            Err(Errno::NXIO) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        end = seek(source, Sparse::Hole(start))?;
        let mut at = start;
        while at < end && !stop.is_stopped() {
            source.seek(SeekFrom::Start(at))?;
            target.seek(SeekFrom::Start(at))?;
            let wanted = CHUNK.min(end - at);
            if io::copy(&mut source.take(wanted), &mut target)? < wanted {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            at += wanted;
            crash::point();
        }
        if stop.is_stopped() {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn copies_have_the_same_bytes_holes_and_mode() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        let mut file = File::create(&from).unwrap();
        file.write_all(b"begin").unwrap();
        file.seek(SeekFrom::Start(CHUNK + 5)).unwrap();
        file.write_all(&vec![7; CHUNK as usize + 9]).unwrap();
        file.set_len(64 << 20).unwrap();
        file.set_permissions(PermissionsExt::from_mode(0o640)).unwrap();
        let stop = Stop::new().unwrap();
        let (source, target) = (File::open(&from).unwrap(), File::create_new(&to).unwrap());
        duplicate(NamedFile(&source, &from), NamedFile(&target, &to), &stop).unwrap();
        assert!(std::fs::read(&from).unwrap() == std::fs::read(&to).unwrap());
        let about = to.metadata().unwrap();
        assert_eq!(about.mode() & 0o7777, 0o640);
        assert!(about.blocks() * 512 < 32 << 20, "holes stay holes");
    }
}
