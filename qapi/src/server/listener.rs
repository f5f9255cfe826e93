//! Sockets to be connected to.

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::net::{TcpListener, ToSocketAddrs};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::{
    DirBuilderExt as _, FileTypeExt as _, MetadataExt as _, PermissionsExt as _,
};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use crate::unix;

/// A socket that clients connect to.
#[derive(Debug)]
pub struct Listener {
    socket: OwnedFd,
    file: Option<File>,
}

/// A socket's file with its identity: a file that has replaced it is not removed.
#[derive(Debug)]
struct File {
    path: PathBuf,
    identity: (u64, u64),
}

/// The outcome of accepting a client.
pub(crate) enum Accepted {
    Client(OwnedFd),
    /// The client has left again.
    Gone,
    /// The system lacks descriptors or memory: others have to give up some first.
    Full,
}

impl Listener {
    /// Listens on a unix socket at `path` to which only this user can connect. The file is removed
    /// with the listener.
    ///
    /// A socket file without a listener, left by a process that has crashed, is replaced.
    ///
    /// # Errors
    /// If a process listens there, if `path` is some other file, or if the socket cannot be made.
    pub fn unix(path: impl AsRef<Path>) -> io::Result<Listener> {
        let path = path.as_ref();
        check_free(path)?;
        // Made where no other user can reach it, and moved once its permissions are right.
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let hidden = directory.unwrap_or(Path::new(".")).join(format!(".q{:x}", unique()));
        DirBuilder::new().mode(0o700).create(&hidden)?;
        let made = bind_private(&hidden.join("s"), path);
        let removed = fs::remove_dir(&hidden);
        let (listener, identity) = made?;
        let listener =
            Listener { socket: listener.into(), file: Some(File { path: path.into(), identity }) };
        removed.map(|()| listener)
    }

    /// Listens on a TCP socket. Every host that can reach it can control the server.
    ///
    /// # Errors
    /// If the address cannot be had.
    pub fn tcp(address: impl ToSocketAddrs) -> io::Result<Listener> {
        TcpListener::bind(address).and_then(Listener::from_socket)
    }

    /// A socket that listens already, as a service manager passes it.
    ///
    /// # Errors
    /// If it cannot be set up.
    pub fn from_socket(socket: impl Into<OwnedFd>) -> io::Result<Listener> {
        let socket = socket.into();
        rustix::io::ioctl_fionbio(&socket, true)?;
        Ok(Listener { socket, file: None })
    }

    /// The address of a TCP socket.
    ///
    /// # Errors
    /// If it is none.
    pub fn local_addr(&self) -> io::Result<std::net::SocketAddr> {
        let address = rustix::net::getsockname(&self.socket)?;
        std::net::SocketAddr::try_from(address).map_err(io::Error::from)
    }

    /// Lets no more clients wait than are served.
    pub(crate) fn limit(&self, clients: usize) -> io::Result<()> {
        let backlog = i32::try_from(clients).unwrap_or(i32::MAX).clamp(1, 128);
        Ok(rustix::net::listen(&self.socket, backlog)?)
    }

    /// Accepts a client.
    pub(crate) fn accept(&self) -> io::Result<Accepted> {
        use rustix::io::Errno;
        match unix::accept(&self.socket) {
            Ok(socket) => Ok(Accepted::Client(socket)),
            Err(Errno::AGAIN | Errno::INTR | Errno::CONNABORTED) => Ok(Accepted::Gone),
            Err(Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM) => Ok(Accepted::Full),
            Err(error) => Err(error.into()),
        }
    }
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Some(File { path, identity }) = &self.file
            && identify(path).is_ok_and(|found| found == *identity)
        {
            // Nothing is lost if it stays.
            let _ = fs::remove_file(path);
        }
    }
}

/// Distinguishes the sockets that this process makes at the same time.
fn unique() -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static COUNT: AtomicU64 = AtomicU64::new(0);
    u64::from(std::process::id()) << 16 | COUNT.fetch_add(1, Ordering::Relaxed) & 0xFFFF
}

fn identify(path: &Path) -> io::Result<(u64, u64)> {
    fs::symlink_metadata(path).map(|metadata| (metadata.dev(), metadata.ino()))
}

fn bind_private(hidden: &Path, path: &Path) -> io::Result<(UnixListener, (u64, u64))> {
    let listener = UnixListener::bind(hidden)?;
    let ready = fs::set_permissions(hidden, Permissions::from_mode(0o600))
        .and_then(|()| listener.set_nonblocking(true))
        .and_then(|()| identify(hidden))
        .and_then(|identity| fs::rename(hidden, path).map(|()| identity));
    if ready.is_err() {
        let _ = fs::remove_file(hidden);
    }
    Ok((listener, ready?))
}

/// Checks that a socket can be put at `path`.
fn check_free(path: &Path) -> io::Result<()> {
    let kind = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        metadata => metadata?.file_type(),
    };
    let taken = |kind, what| Err(io::Error::new(kind, format!("{}: {what}", path.display())));
    if !kind.is_socket() {
        return taken(
            io::ErrorKind::AlreadyExists,
            "there is a file that is no socket; remove it or choose another path",
        );
    }
    match unix::connect_unix(path) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => Ok(()),
        // The backlog is full: a process listens.
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
            taken(io::ErrorKind::AddrInUse, "another process listens on this socket")
        }
        Ok(_) => taken(io::ErrorKind::AddrInUse, "another process listens on this socket"),
        Err(error) => taken(error.kind(), "cannot tell whether this socket is in use"),
    }
}
