//! A channel: a stream of bytes in one or both directions, over a file descriptor or a TLS session.

use std::fmt;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::Shutdown;
use socket2::Socket;

use super::error::{TransportError, reason};
use super::process::Process;
use super::stop::Stop;
use super::tls::{HandshakeState, Hello, Session, TlsCredentials, Wait};
use super::wire::{Kind, Wire, awaits_writer};
use crate::sync::IgnorePoison;
use crate::sys::vectored::{Iovecs, Output, Sendable};

/// One connection. Any thread may write while another reads.
pub struct Channel {
    wire: Arc<Wire>,
    process: Option<Process>,
    tls: Option<Mutex<Session>>,
    stop: Arc<Stop>,
}

impl Channel {
    fn new(
        fd: OwnedFd,
        kind: Kind,
        process: Option<Process>,
        stop: &Arc<Stop>,
    ) -> Result<Self, TransportError> {
        // Regular files ignore this and never block for long.
        rustix::io::ioctl_fionbio(&fd, true)
            .map_err(|error| TransportError::Io(reason(&error.into())))?;
        let wire = Wire::new(fd, kind);
        wire.set_up_local();
        let wire = Arc::new(wire);
        stop.watch(Arc::downgrade(&wire));
        Ok(Self { wire, process, tls: None, stop: stop.clone() })
    }

    /// Makes a channel of a connected socket.
    ///
    /// # Errors
    /// The descriptor cannot be made non-blocking.
    pub(super) fn socket(socket: Socket, stop: &Arc<Stop>) -> Result<Self, TransportError> {
        // Small messages (of the return path, or at the end of a stream) must not be delayed. Fails
        // on sockets other than TCP.
        let _ = socket.set_tcp_nodelay(true);
        Self::new(socket.into(), Kind::Socket, None, stop)
    }

    /// Makes a channel of a pipe from or to a process.
    ///
    /// # Errors
    /// The descriptor cannot be made non-blocking.
    pub(super) fn process(
        fd: OwnedFd,
        process: Process,
        stop: &Arc<Stop>,
    ) -> Result<Self, TransportError> {
        Self::new(fd, Kind::Command, Some(process), stop)
    }

    /// Makes a channel of a descriptor that a client passed: a socket, a pipe, or a file at its
    /// position.
    ///
    /// # Errors
    /// The descriptor cannot be made non-blocking.
    pub(crate) fn descriptor(fd: OwnedFd, stop: &Arc<Stop>) -> Result<Self, TransportError> {
        let is_socket = rustix::net::sockopt::socket_type(&fd).is_ok();
        Self::new(fd, if is_socket { Kind::Socket } else { Kind::File }, None, stop)
    }

    /// Starts a TLS session: as client if this side connected, as server if it listened.
    ///
    /// # Errors
    /// The credentials are for the other side, or the handshake fails.
    pub fn secure(self, credentials: &TlsCredentials) -> Result<Self, TransportError> {
        let session = Session::handshake(credentials, self.wire.clone(), &self.stop)?;
        Ok(Self { tls: Some(Mutex::new(session)), ..self })
    }

    /// Returns true if the peer can answer on this channel.
    pub fn is_duplex(&self) -> bool {
        self.wire.kind == Kind::Socket
    }

    /// Reads into `buffer`, and blocks until there is data. Returns 0 at EOF.
    ///
    /// # Errors
    /// The error of the system call, or `EIO` once stopped.
    pub fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        self.perform(&mut Operation::Read(buffer))
    }

    /// Waits for data that is expected later rather than now: a read would fail first and then
    /// wait. Returns at once with TLS, because the session may hold data.
    ///
    /// # Errors
    /// `EIO` once stopped.
    pub(crate) fn await_data(&self) -> io::Result<()> {
        if self.is_plain() { self.stop.wait_for(&*self.wire, PollFlags::IN) } else { Ok(()) }
    }

    /// Writes some of `bytes`, and blocks until something can be written.
    ///
    /// # Errors
    /// The error of the system call, or `EIO` once stopped.
    pub fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        self.perform(&mut Operation::Write(bytes))
    }

    /// Writes all of `bytes`.
    ///
    /// # Errors
    /// As for clients: "Unable to write to socket: Broken pipe".
    pub fn write_all(&self, mut bytes: &[u8]) -> Result<(), TransportError> {
        while !bytes.is_empty() {
            let written = self.write(bytes).and_then(|written| match written {
                0 => Err(io::ErrorKind::WriteZero.into()),
                _ => Ok(written),
            });
            let written = written.map_err(|error| self.unwritable(&error))?;
            bytes = &bytes[written..];
        }
        Ok(())
    }

    /// Returns the kind of the channel: `socket`, `command` or `file`.
    pub(crate) fn kind(&self) -> &'static str {
        self.wire.kind.name()
    }

    /// Returns true if memory can be sent and received in place. TLS needs copies.
    pub(crate) fn is_plain(&self) -> bool {
        self.tls.is_none()
    }

    /// Fills some of the pieces. Returns 0 at EOF. Only for a [plain](Self::is_plain) channel.
    ///
    /// # Errors
    /// The error of the system call, or `EIO` once stopped.
    pub(crate) fn read_vectored(&self, pieces: &mut Iovecs<'_>) -> io::Result<usize> {
        self.perform(&mut Operation::Fill(pieces))
    }

    /// Writes all of the pieces. Only for a [plain](Self::is_plain) channel.
    ///
    /// # Errors
    /// As for clients.
    pub(crate) fn write_vectored(&self, pieces: &mut Output<'_>) -> Result<(), TransportError> {
        while !pieces.is_empty() {
            self.perform(&mut Operation::Send(pieces)).map_err(|error| self.unwritable(&error))?;
        }
        Ok(())
    }

    /// Reads until `buffer` is full.
    ///
    /// # Errors
    /// The error of the system call, or EOF before.
    pub(crate) fn read_all(&self, buffer: &mut [u8]) -> io::Result<()> {
        io::Read::read_exact(&mut &*self, buffer)
    }

    /// Shuts the reading direction down. Reads return the data received so far, and then EOF.
    pub(crate) fn end_reading(&self) {
        if self.wire.kind == Kind::Socket {
            // Ignore the error: the peer may have closed already.
            let _ = rustix::net::shutdown(&self.wire.fd, Shutdown::Read);
        }
    }

    /// Shuts down both directions, for all users of the channel on both sides.
    pub(crate) fn shut_down(&self) {
        self.wire.shutdown();
    }

    /// Returns true if this side has shut the socket down.
    pub(super) fn is_shut_down(&self) -> bool {
        self.wire.is_shut_down()
    }

    /// Shuts down both directions of a connection that has failed. Closing a socket then sends RST,
    /// which discards data that is still to be sent.
    ///
    /// Without RST, a peer that waits for room while the rest of its data is read here waits on for
    /// up to `tcp_fin_timeout`: once both directions are shut down, Linux tells of no more room.
    pub(crate) fn abort(&self) {
        self.wire.reset_on_close();
        self.wire.shutdown();
    }

    /// Returns the switch that stops the channel.
    pub(super) fn stop(&self) -> &Stop {
        &self.stop
    }

    /// Ends a TLS session properly, for readers that distinguish this from a cut.
    ///
    /// # Errors
    /// As for clients.
    pub(crate) fn say_goodbye(&self) -> Result<(), TransportError> {
        let done = self.tls.as_ref().map_or(Ok(0), |_| self.perform(&mut Operation::Goodbye));
        done.map(drop).map_err(|error| self.unwritable(&error))
    }

    /// Makes the error of a failed write, as for clients.
    pub(crate) fn unwritable(&self, error: &io::Error) -> TransportError {
        TransportError::Write { kind: self.wire.kind.name().into(), reason: reason(error) }
    }

    /// Repeats an operation until it need not wait. Does not hold the session's lock while it
    /// waits.
    fn perform(&self, operation: &mut Operation<'_, '_>) -> io::Result<usize> {
        loop {
            self.stop.check()?;
            match self.attempt(operation) {
                Ok(done) => return Ok(done),
                Err(Wait::For(flags)) => self.stop.wait_for(&*self.wire, flags)?,
                Err(Wait::Failed(error)) => return Err(error),
            }
        }
    }

    fn attempt(&self, operation: &mut Operation<'_, '_>) -> Result<usize, Wait> {
        let Some(session) = &self.tls else { return plain(&self.wire, operation) };
        let mut session = session.lock().ignore_poison();
        match operation {
            Operation::Read(buffer) => session.read(buffer),
            Operation::Write(bytes) => session.write(bytes),
            Operation::Goodbye => session.goodbye(),
            Operation::Fill(_) | Operation::Send(_) => {
                Err(Wait::Failed(io::ErrorKind::Unsupported.into()))
            }
        }
    }

    /// Reads the data received so far, without waiting for more.
    pub(super) fn read_now(&self, buffer: &mut [u8]) -> Result<usize, Wait> {
        self.attempt(&mut Operation::Read(buffer))
    }

    /// Returns a reader of the data received so far, which does not wait, and ignores a stop.
    pub(crate) fn arrived(&self) -> impl io::Read + '_ {
        Arrived(self)
    }

    /// Returns true if the connection is closed, or becomes so within `limit`, or if the event
    /// `more` has occurred.
    pub(crate) fn is_closed(&self, limit: Duration, more: PollFlags) -> bool {
        let wanted = PollFlags::HUP | PollFlags::ERR | more;
        let mut polled = [PollFd::new(&*self.wire, wanted)];
        let limit =
            Timespec { tv_sec: limit.as_secs() as i64, tv_nsec: limit.subsec_nanos().into() };
        poll(&mut polled, Some(&limit)).is_ok() && polled[0].revents().intersects(wanted)
    }

    /// Starts a TLS handshake.
    pub(super) fn hello(
        &self,
        credentials: &TlsCredentials,
    ) -> Result<HandshakeState<Session, Hello>, TransportError> {
        Session::hello(credentials, self.wire.clone())
    }

    /// Installs an established session.
    pub(super) fn establish(&mut self, session: Session) {
        self.tls = Some(Mutex::new(session));
    }

    /// Ends an outgoing stream without a return path. Syncs a file to disk; waits until a command
    /// has read everything and exited with success, or until the reader of a socket has closed it,
    /// which is clean only after it has read everything.
    ///
    /// # Errors
    /// The command failed, the reader is gone, or a system call failed.
    pub fn finish(self) -> Result<(), TransportError> {
        let Self { wire, process, stop, .. } = self;
        let kind = wire.kind;
        let regular = kind == Kind::File
            && rustix::fs::fstat(&wire.fd)
                .is_ok_and(|stat| rustix::fs::FileType::from_raw_mode(stat.st_mode).is_file());
        if regular {
            rustix::fs::fdatasync(&wire.fd).map_err(|error| TransportError::Write {
                kind: kind.name().into(),
                reason: reason(&error.into()),
            })?;
        }
        if kind == Kind::Socket {
            close_gracefully(&wire, &stop).map_err(|error| TransportError::Write {
                kind: kind.name().into(),
                reason: reason(&error),
            })?;
        }
        drop(wire);
        process.map_or(Ok(()), Process::wait)
    }
}

struct Arrived<'a>(&'a Channel);

impl io::Read for Arrived<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read_now(buffer).map_err(|wait| match wait {
            Wait::For(_) => io::ErrorKind::WouldBlock.into(),
            Wait::Failed(error) => error,
        })
    }
}

impl AsFd for Channel {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.wire.as_fd()
    }
}

impl io::Read for &Channel {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        Channel::read(self, buffer)
    }
}

/// Time for a reader to close the socket after the end of the stream. After that it is assumed to
/// be reading still.
const PATIENCE: Duration = Duration::from_secs(5);

/// Shuts down the writing direction, and waits until the peer closes. Returns an error if the peer
/// closed with unread data.
fn close_gracefully(wire: &Wire, stop: &Stop) -> io::Result<()> {
    rustix::net::shutdown(&wire.fd, Shutdown::Write)?;
    let end = Instant::now() + PATIENCE;
    let mut ignored = [0; 256];
    loop {
        match rustix::io::read(&wire.fd, &mut ignored) {
            Ok(0) => return Ok(()),
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(rustix::io::Errno::AGAIN) => {
                let left = end.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    return Ok(());
                }
                if stop.wait_at_most(wire, PollFlags::IN, left).is_err() && stop.is_stopped() {
                    // Too late to fail: the data arrives, and a reader of all of it may run the
                    // guest.
                    return Ok(());
                }
            }
            Err(error) => return Err(error.into()),
        }
    }
}

enum Operation<'a, 'b> {
    Read(&'a mut [u8]),
    Write(&'a [u8]),
    Fill(&'a mut Iovecs<'b>),
    Send(&'a mut Output<'b>),
    Goodbye,
}

fn plain(wire: &Wire, operation: &mut Operation<'_, '_>) -> Result<usize, Wait> {
    loop {
        let (done, ready) = match operation {
            Operation::Read(buffer) => {
                (rustix::io::read(wire, &mut **buffer).map_err(Into::into), PollFlags::IN)
            }
            Operation::Write(bytes) => {
                (rustix::io::write(wire, bytes).map_err(Into::into), PollFlags::OUT)
            }
            Operation::Fill(pieces) => (pieces.read(wire), PollFlags::IN),
            // Only for TLS sessions.
            Operation::Goodbye => return Ok(0),
            Operation::Send(pieces) => (pieces.send(wire), PollFlags::OUT),
        };
        match done {
            Ok(0) if ready == PollFlags::IN && awaits_writer(wire) => return Err(Wait::For(ready)),
            Ok(done) => return Ok(done),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                return Err(Wait::For(ready));
            }
            Err(error) => return Err(Wait::Failed(error)),
        }
    }
}

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channel")
            .field("wire", &self.wire)
            .field("tls", &self.tls.is_some())
            .finish_non_exhaustive()
    }
}
