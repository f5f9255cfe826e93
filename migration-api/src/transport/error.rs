//! What can go wrong with a transport, in the words in which QEMU tells its client.

use std::{fmt, io};

use super::tls::TlsError;

/// Why an address cannot be used. `Display` is the text for the client.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransportError {
    /// A uri of no known kind.
    UnknownProtocol(String),
    /// A host and port, or a CID and port, that cannot be read.
    Address(String),
    /// The same with an IPv6 address in brackets.
    Ipv6Address(String),
    /// A CID or port of a vsock that is no 32-bit number.
    VsockNumber {
        /// `cid` or `port`.
        what: &'static str,
        /// What is there instead.
        text: String,
    },
    /// An option of a tcp address with a bad value.
    Flag {
        /// The option.
        name: &'static str,
        /// Its value.
        value: String,
    },
    /// The `to=` option of a tcp address is not a port.
    PortRange,
    /// `unix:` without a path.
    NoUnixPath,
    /// A path that a socket address cannot hold.
    UnixPathTooLong(String),
    /// `fd:` without a name.
    NoDescriptor,
    /// No descriptor of that name or number.
    UnknownDescriptor(String),
    /// A bad offset of a file.
    Offset {
        /// Its text.
        text: String,
        /// Whether it is a number, but none that fits.
        range: bool,
    },
    /// A name that does not resolve.
    Resolve {
        /// Host and port.
        address: String,
        /// What the resolver said.
        reason: String,
    },
    /// A connection that fails.
    Connect {
        /// Where to.
        address: String,
        /// What the host said.
        reason: String,
    },
    /// A Unix socket or vsock that cannot be bound.
    Bind {
        /// Its path or address.
        address: String,
        /// What the host said.
        reason: String,
    },
    /// No port of a tcp address can be bound.
    NoPort(String),
    /// A program that cannot be started.
    Spawn {
        /// The program.
        program: String,
        /// What the host said.
        reason: String,
    },
    /// A command without a program.
    NoProgram,
    /// A command that ended badly after it had been given the whole stream.
    Exit(String),
    /// A file that cannot be created.
    Create {
        /// Its path.
        path: String,
        /// What the host said.
        reason: String,
    },
    /// A file that cannot be opened.
    Open {
        /// Its path.
        path: String,
        /// What the host said.
        reason: String,
    },
    /// A file without that offset.
    Seek {
        /// Its path.
        path: String,
        /// What the host said.
        reason: String,
    },
    /// RDMA, which this engine does not speak.
    Rdma,
    /// TLS that cannot be had.
    Tls(TlsError),
    /// A channel that cannot be written to.
    Write {
        /// What is behind the channel: socket, command or file.
        kind: String,
        /// What the host said.
        reason: String,
    },
    /// A channel that cannot be read from.
    Read(String),
    /// The kernel, or the kind of the socket, does not send without copies.
    NoZeroCopy,
    /// Sending without copies takes more memory than the process may lock.
    LockedMemory,
    /// Anything else that the host said.
    Io(String),
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownProtocol(uri) => write!(f, "unknown migration protocol: {uri}"),
            Self::Address(text) => write!(f, "error parsing address '{text}'"),
            Self::Ipv6Address(text) => write!(f, "error parsing IPv6 address '{text}'"),
            Self::VsockNumber { what, text } => write!(f, "Failed to parse {what} '{text}'"),
            Self::Flag { name, value } => write!(f, "error parsing '{name}' flag '{value}'"),
            Self::PortRange => f.write_str("error parsing to= argument"),
            Self::NoUnixPath => f.write_str("invalid Unix socket address"),
            Self::UnixPathTooLong(path) => write!(f, "UNIX socket path '{path}' is too long"),
            Self::NoDescriptor => f.write_str("invalid file descriptor address"),
            Self::UnknownDescriptor(name) => {
                write!(f, "File descriptor named '{name}' has not been found")
            }
            Self::Offset { text, range: false } => {
                write!(f, "file URI has bad offset {text}: Invalid argument")
            }
            Self::Offset { text, range: true } => {
                write!(f, "file URI has bad offset {text}: Numerical result out of range")
            }
            Self::Resolve { address, reason } => {
                write!(f, "address resolution failed for {address}: {reason}")
            }
            Self::Connect { address, reason } => {
                write!(f, "Failed to connect to '{address}': {reason}")
            }
            Self::Bind { address, reason } => {
                write!(f, "Failed to bind socket to {address}: {reason}")
            }
            Self::NoPort(reason) => write!(f, "Failed to find an available port: {reason}"),
            Self::Spawn { program, reason } => {
                write!(f, "Failed to execute child process \u{201c}{program}\u{201d} ({reason})")
            }
            Self::NoProgram => {
                f.write_str("Failed to execute child process: the argument list is empty")
            }
            Self::Exit(status) => write!(f, "command ended with {status}"),
            Self::Create { path, reason } => write!(f, "Could not create '{path}': {reason}"),
            Self::Open { path, reason } => write!(f, "Could not open '{path}': {reason}"),
            Self::Seek { path, reason } => write!(f, "Unable to seek in '{path}': {reason}"),
            Self::NoZeroCopy => f.write_str("Zero copy send feature not detected in host kernel"),
            Self::LockedMemory => {
                f.write_str("Process can't lock enough memory for using MSG_ZEROCOPY")
            }
            Self::Rdma => f.write_str("RDMA ERROR: could not create CM channel"),
            Self::Tls(error) => error.fmt(f),
            Self::Write { kind, reason } => write!(f, "Unable to write to {kind}: {reason}"),
            Self::Read(reason) => write!(f, "Unable to read from channel: {reason}"),
            Self::Io(reason) => f.write_str(reason),
        }
    }
}

impl std::error::Error for TransportError {}

/// The host's words for an error, without the number that Rust adds to them.
pub fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    match text.rfind(" (os error ") {
        Some(at) => text[..at].to_owned(),
        None => text,
    }
}
