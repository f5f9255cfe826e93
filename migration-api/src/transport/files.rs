//! Opens files by name without blocking: a FIFO by that name has no other end yet, maybe for ever.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;
use std::time::Duration;

use super::stop::Stop;

/// The interval at which a FIFO without a reader is tried again: the kernel offers nothing to wait
/// for.
const RETRY: Duration = Duration::from_millis(10);

/// Opens a file for reading. A FIFO is open at once; its [`Channel`](super::Channel) waits for the
/// writer.
///
/// # Errors
/// The host's.
pub(crate) fn read(path: impl AsRef<Path>) -> io::Result<File> {
    OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path)
}

/// Reads a regular file. Anything else is an error: a FIFO or a device may never end.
///
/// # Errors
/// The host's.
#[cfg(feature = "tls")]
pub(super) fn contents(path: impl AsRef<Path>) -> io::Result<Vec<u8>> {
    let mut file = read(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    let mut contents = Vec::new();
    io::Read::read_to_end(&mut file, &mut contents)?;
    Ok(contents)
}

/// Opens a file for writing as `options` say. Waits for the reader of a FIFO.
///
/// # Errors
/// The host's, or `EIO` once stopped.
pub(crate) fn await_reader(
    options: &OpenOptions,
    path: impl AsRef<Path>,
    stop: &Stop,
) -> io::Result<File> {
    loop {
        stop.check()?;
        match options.clone().custom_flags(libc::O_NONBLOCK).open(path.as_ref()) {
            Err(error) if error.raw_os_error() == Some(libc::ENXIO) && is_fifo(path.as_ref()) => {
                stop.sleep(RETRY);
            }
            opened => return opened,
        }
    }
}

fn is_fifo(path: &Path) -> bool {
    path.metadata().is_ok_and(|about| about.file_type().is_fifo())
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::sync::Arc;

    use super::*;
    use crate::transport::Channel;

    fn fifo() -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("fifo");
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mkfifoat(rustix::fs::CWD, &path, mode).unwrap();
        (folder, path)
    }

    #[test]
    fn a_fifo_is_read_once_its_writer_comes() {
        let (_folder, path) = fifo();
        let stop = Arc::new(Stop::new().unwrap());
        let channel = Channel::descriptor(read(&path).unwrap().into(), &stop).unwrap();
        let reading = std::thread::spawn(move || {
            let mut text = String::new();
            (&channel).read_to_string(&mut text).map(|_| text)
        });
        std::thread::sleep(Duration::from_millis(50));
        assert!(!reading.is_finished());
        let mut options = OpenOptions::new();
        let mut file = await_reader(options.write(true), &path, &stop).unwrap();
        file.write_all(b"text").unwrap();
        drop(file);
        assert_eq!(reading.join().unwrap().unwrap(), "text");
    }

    #[cfg(feature = "tls")]
    #[test]
    fn contents_are_those_of_regular_files() {
        let (folder, path) = fifo();
        assert_eq!(contents(&path).unwrap_err().to_string(), "not a regular file");
        std::fs::write(folder.path().join("file"), b"text").unwrap();
        assert_eq!(contents(folder.path().join("file")).unwrap(), b"text");
    }

    #[test]
    fn waits_for_the_other_end_of_a_fifo_can_be_stopped() {
        let (_folder, path) = fifo();
        let stop = Arc::new(Stop::new().unwrap());
        let channel = Channel::descriptor(read(&path).unwrap().into(), &stop).unwrap();
        let reading = std::thread::spawn(move || channel.read(&mut [0]));
        std::thread::sleep(Duration::from_millis(20));
        stop.stop();
        assert_eq!(reading.join().unwrap().unwrap_err().raw_os_error(), Some(libc::EIO));
        let stop = Arc::new(Stop::new().unwrap());
        let writing = std::thread::spawn({
            let (path, stop) = (path.clone(), stop.clone());
            move || await_reader(OpenOptions::new().write(true), path, &stop).map(drop)
        });
        std::thread::sleep(Duration::from_millis(50));
        assert!(!writing.is_finished());
        stop.stop();
        assert_eq!(writing.join().unwrap().unwrap_err().raw_os_error(), Some(libc::EIO));
    }
}
