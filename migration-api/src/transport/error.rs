//! Errors of transports, in the words that QEMU sends to its clients.

use std::{fmt, io};

use super::tls::TlsError;

/// Error of an address or channel. `Display` is the text for the client.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransportError {
    /// A URI with an unknown protocol.
    UnknownProtocol(String),
    /// An invalid host and port, or CID and port.
    Address(String),
    /// An invalid IPv6 address in brackets.
    Ipv6Address(String),
    /// A TCP address without host and port.
    Port(String),
    /// A vsock address with something behind it.
    Trailing(String),
    /// A CID or port of a vsock that is not a 32-bit number.
    VsockNumber {
        /// `cid` or `port`.
        what: &'static str,
        /// The invalid text.
        text: String,
    },
    /// An option of a TCP address with an invalid value.
    Flag {
        /// The option.
        name: &'static str,
        /// Its value.
        value: String,
    },
    /// The `to=` option of a TCP address is not a port.
    PortRange,
    /// `unix:` without a path.
    NoUnixPath,
    /// A path that is too long for a socket address.
    UnixPathTooLong(String),
    /// `fd:` without a name.
    NoDescriptor,
    /// An unknown file descriptor name or number.
    UnknownDescriptor(String),
    /// A file descriptor number that is none.
    DescriptorNumber(String),
    /// An invalid offset of a file.
    Offset {
        /// Its text.
        text: String,
        /// The text is a number that is out of range.
        range: bool,
    },
    /// A name that cannot be resolved.
    Resolve {
        /// Host and port.
        address: String,
        /// Cause given by the resolver.
        reason: String,
    },
    /// A failed connection.
    Connect {
        /// The peer's address.
        address: String,
        /// Cause given by the host.
        reason: String,
    },
    /// A Unix socket or vsock that cannot be bound.
    Bind {
        /// Its path or address.
        address: String,
        /// Cause given by the host.
        reason: String,
    },
    /// No port of a tcp address can be bound.
    NoPort(String),
    /// A program that cannot be started.
    Spawn {
        /// The program.
        program: String,
        /// Cause given by the host.
        reason: String,
    },
    /// A command without a program.
    NoProgram,
    /// A command that failed after it had read the whole stream.
    Exit(String),
    /// A file that cannot be created.
    Create {
        /// Its path.
        path: String,
        /// Cause given by the host.
        reason: String,
    },
    /// A file that cannot be opened.
    Open {
        /// Its path.
        path: String,
        /// Cause given by the host.
        reason: String,
    },
    /// A file that cannot seek to the offset.
    Seek {
        /// Its path.
        path: String,
        /// Cause given by the host.
        reason: String,
    },
    /// RDMA, which this engine does not support.
    Rdma,
    /// A TLS error.
    Tls(TlsError),
    /// A channel that cannot be written to.
    Write {
        /// Kind of the channel: socket, command or file.
        kind: String,
        /// Cause given by the host.
        reason: String,
    },
    /// A channel that cannot be read from.
    Read(String),
    /// The kernel or this kind of socket does not support zero copy.
    NoZeroCopy,
    /// Zero copy needs more locked memory than the process may have.
    LockedMemory,
    /// Any other error of the host.
    Io(String),
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownProtocol(uri) => write!(f, "unknown migration protocol: {uri}"),
            Self::Address(text) => write!(f, "error parsing address '{text}'"),
            Self::Ipv6Address(text) => write!(f, "error parsing IPv6 address '{text}'"),
            Self::Port(text) => write!(f, "error parsing port in address '{text}'"),
            Self::Trailing(text) => write!(f, "trailing characters in address '{text}'"),
            Self::VsockNumber { what, text } => write!(f, "Failed to parse {what} '{text}'"),
            Self::Flag { name, value } => write!(f, "error parsing '{name}' flag '{value}'"),
            Self::PortRange => f.write_str("error parsing to= argument"),
            Self::NoUnixPath => f.write_str("invalid Unix socket address"),
            Self::UnixPathTooLong(path) => write!(f, "UNIX socket path '{path}' is too long"),
            Self::NoDescriptor => f.write_str("invalid file descriptor address"),
            Self::DescriptorNumber(text) => write!(f, "Invalid file descriptor number '{text}'"),
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

/// Returns the text of an error, without the number that Rust appends.
pub fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    match text.rfind(" (os error ") {
        Some(at) => text[..at].to_owned(),
        None => text,
    }
}
