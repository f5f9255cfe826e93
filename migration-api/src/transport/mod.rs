//! Transports of a migration stream: addresses, in URIs and in channels, and the [`Channel`]s to
//! them.
//!
//! Another thread can stop everything here by its [`Stop`]: connecting, listening, handshakes,
//! reads and writes.

mod address;
mod channel;
mod error;
pub(crate) mod files;
mod limits;
mod listener;
mod pending;
mod process;
mod socket;
mod stop;
mod tls;
mod wire;
mod zero_copy;

use std::fs::{File, OpenOptions};
use std::io::{Seek, SeekFrom};
use std::os::fd::{OwnedFd, RawFd};
use std::os::unix::fs::OpenOptionsExt;
use std::sync::Arc;

pub use crate::sys::inherited::note as note_inherited_descriptors;
pub use address::{Address, InetAddress, UnixAddress};
pub use channel::Channel;
pub use error::{TransportError, reason};
pub use listener::{Bound, Listener};
pub(crate) use pending::PendingConnection;
use process::PipeEnd;
pub use stop::Stop;
#[cfg(any(test, fuzzing))]
pub use tls::fuzzing;
pub use tls::{Authorization, Endpoint, Mistrust, Rule, TlsCredentials, TlsError, TlsKind};
pub(crate) use zero_copy::ZeroCopy;

/// The source of file descriptors for `fd:` addresses.
pub trait Descriptors {
    /// Removes and returns the descriptor registered under `name`.
    fn take(&self, name: &str) -> Option<OwnedFd>;
}

/// Returns true if opening the address may take long, so that it is opened in the background.
pub fn connects_in_background(address: &Address) -> bool {
    matches!(address, Address::Inet(_) | Address::Unix(_) | Address::Vsock { .. })
}

/// Opens the source's end of an address.
///
/// # Errors
/// The address cannot be opened, in the words for clients.
pub fn connect(
    address: &Address,
    descriptors: &dyn Descriptors,
    stop: &Arc<Stop>,
) -> Result<Channel, TransportError> {
    match address {
        Address::Inet(_) | Address::Unix(_) | Address::Vsock { .. } => {
            Channel::socket(socket::connect(address, stop)?, stop)
        }
        Address::Fd(name) => descriptor(name, descriptors, stop),
        Address::Exec(arguments) => command(arguments, PipeEnd::Stdin, stop),
        Address::File { path, offset } => {
            let create =
                |error| TransportError::Create { path: path.clone(), reason: reason(&error) };
            let mut options = OpenOptions::new();
            options.write(true).create(true).truncate(false).mode(0o600);
            let file = files::await_reader(&options, path, stop).map_err(create)?;
            file.set_len(*offset).map_err(create)?;
            at(file, *offset, path, stop)
        }
        Address::Rdma(_) => Err(TransportError::Rdma),
    }
}

/// The destination's end of an address.
#[derive(Debug)]
pub enum Incoming {
    /// A listener, to which a source has to connect.
    Listener(Listener),
    /// A channel, which is ready.
    Channel(Channel),
}

impl Incoming {
    /// Returns the kind of the address or channel.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Listener(listener) => listener.kind(),
            Self::Channel(channel) => channel.kind(),
        }
    }
}

/// Opens the destination's end of an address, with a backlog of `backlog` connections.
///
/// # Errors
/// The address cannot be opened, in the words for clients.
pub fn listen(
    address: &Address,
    descriptors: &dyn Descriptors,
    backlog: u32,
    stop: &Arc<Stop>,
) -> Result<Incoming, TransportError> {
    match address {
        Address::Inet(_) | Address::Unix(_) | Address::Vsock { .. } => {
            Listener::bind(address, backlog, stop).map(Incoming::Listener)
        }
        Address::Fd(name) => {
            // QEMU takes a name that begins with a digit for a number here.
            let is_number = name.starts_with(|first: char| first.is_ascii_digit());
            if is_number && name.parse::<RawFd>().is_err() {
                return Err(TransportError::DescriptorNumber(name.clone()));
            }
            descriptor(name, descriptors, stop).map(Incoming::Channel)
        }
        Address::Exec(arguments) => {
            command(arguments, PipeEnd::Stdout, stop).map(Incoming::Channel)
        }
        Address::File { path, offset } => {
            let open = |error| TransportError::Open { path: path.clone(), reason: reason(&error) };
            let file = files::read(path).map_err(open)?;
            at(file, *offset, path, stop).map(Incoming::Channel)
        }
        Address::Rdma(_) => Err(TransportError::Rdma),
    }
}

/// Starts a command and returns the channel to it.
fn command(
    arguments: &[String],
    end: PipeEnd,
    stop: &Arc<Stop>,
) -> Result<Channel, TransportError> {
    let (pipe, process) = process::spawn(arguments, end, stop)?;
    Channel::process(pipe, process, stop)
}

fn at(
    mut file: File,
    offset: u64,
    path: &str,
    stop: &Arc<Stop>,
) -> Result<Channel, TransportError> {
    // A named pipe has no other start than its own.
    if offset > 0 {
        file.seek(SeekFrom::Start(offset))
            .map_err(|error| TransportError::Seek { path: path.into(), reason: reason(&error) })?;
    }
    Channel::descriptor(file.into(), stop)
}

fn descriptor(
    name: &str,
    descriptors: &dyn Descriptors,
    stop: &Arc<Stop>,
) -> Result<Channel, TransportError> {
    let unknown = || TransportError::UnknownDescriptor(name.into());
    let fd = match descriptors.take(name) {
        Some(fd) => fd,
        None => {
            crate::sys::inherited::take(name.parse().map_err(|_| unknown())?).ok_or_else(unknown)?
        }
    };
    Channel::descriptor(fd, stop)
}

#[cfg(test)]
mod tests;
