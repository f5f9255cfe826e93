//! Errors of transports, in the words that QEMU sends to its clients.

use std::io;

use super::tls::TlsError;

/// Error of an address or channel. `Display` is the text for the client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// A URI without a known protocol and a colon before the address: `tcp:`, `unix:`, `vsock:`,
    /// `fd:`, `exec:` or `file:`.
    #[error("unknown migration protocol: {0}")]
    UnknownProtocol(String),
    /// A TCP address without a colon or a port behind it, or a vsock address without a CID or a
    /// port.
    #[error("error parsing address '{0}'")]
    Address(String),
    /// A TCP address that begins with `[`, but has no `]:` or no port behind that.
    #[error("error parsing IPv6 address '{0}'")]
    Ipv6Address(String),
    /// A TCP address that has neither a host nor a port.
    #[error("error parsing port in address '{0}'")]
    Port(String),
    /// A vsock address with something behind it.
    #[error("trailing characters in address '{0}'")]
    Trailing(String),
    /// A CID or port of a vsock that is not a 32-bit number.
    #[error("Failed to parse {what} '{text}'")]
    VsockNumber {
        /// `cid` or `port`.
        what: &'static str,
        /// The invalid text.
        text: String,
    },
    /// An option of a TCP address with an invalid value.
    #[error("error parsing '{name}' flag '{value}'")]
    Flag {
        /// The option.
        name: &'static str,
        /// Its value.
        value: String,
    },
    /// The `to=` option of a TCP address is not a port.
    #[error("error parsing to= argument")]
    PortRange,
    /// `unix:` without a path.
    #[error("invalid Unix socket address")]
    NoUnixPath,
    /// A path that is too long for a socket address.
    #[error("UNIX socket path '{0}' is too long")]
    UnixPathTooLong(String),
    /// `fd:` without a name.
    #[error("invalid file descriptor address")]
    NoDescriptor,
    /// An unknown file descriptor name or number.
    #[error("File descriptor named '{0}' has not been found")]
    UnknownDescriptor(String),
    /// A file descriptor number that is none.
    #[error("Invalid file descriptor number '{0}'")]
    DescriptorNumber(String),
    /// An invalid offset of a file.
    #[error("file URI has bad offset {text}: {}", offset_reason(*range))]
    Offset {
        /// Its text.
        text: String,
        /// The text is a number that is out of range.
        range: bool,
    },
    /// A name that cannot be resolved.
    #[error("address resolution failed for {address}: {reason}")]
    Resolve {
        /// Host and port.
        address: String,
        /// Cause given by the resolver.
        reason: String,
    },
    /// A failed connection.
    #[error("Failed to connect to '{address}': {reason}")]
    Connect {
        /// The peer's address.
        address: String,
        /// Cause given by the host.
        reason: String,
    },
    /// A Unix socket or vsock that cannot be bound.
    #[error("Failed to bind socket to {address}: {reason}")]
    Bind {
        /// Its path or address.
        address: String,
        /// Cause given by the host.
        reason: String,
    },
    /// No port of a tcp address can be bound.
    #[error("Failed to find an available port: {0}")]
    NoPort(String),
    /// A program that cannot be started.
    #[error("Failed to execute child process \u{201c}{program}\u{201d} ({reason})")]
    Spawn {
        /// The program.
        program: String,
        /// Cause given by the host.
        reason: String,
    },
    /// A command without a program.
    #[error("Failed to execute child process: the argument list is empty")]
    NoProgram,
    /// A command that failed after it had read the whole stream.
    #[error("command ended with {0}")]
    Exit(String),
    /// A file that cannot be created.
    #[error("Could not create '{path}': {reason}")]
    Create {
        /// Its path.
        path: String,
        /// Cause given by the host.
        reason: String,
    },
    /// A file that cannot be opened.
    #[error("Could not open '{path}': {reason}")]
    Open {
        /// Its path.
        path: String,
        /// Cause given by the host.
        reason: String,
    },
    /// A file that cannot seek to the offset.
    #[error("Unable to seek in '{path}': {reason}")]
    Seek {
        /// Its path.
        path: String,
        /// Cause given by the host.
        reason: String,
    },
    /// RDMA, which this engine does not support.
    #[error("RDMA ERROR: could not create CM channel")]
    Rdma,
    /// A TLS error.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// A channel that cannot be written to.
    #[error("Unable to write to {kind}: {reason}")]
    Write {
        /// Kind of the channel: socket, command or file.
        kind: String,
        /// Cause given by the host.
        reason: String,
    },
    /// A channel that cannot be read from.
    #[error("Unable to read from channel: {0}")]
    Read(String),
    /// A yank has cut a connection that was not identified yet.
    #[error("the connection was cut before the source had identified itself")]
    Cut,
    /// The kernel or this kind of socket does not support zero copy.
    #[error("Zero copy send feature not detected in host kernel")]
    NoZeroCopy,
    /// Zero copy needs more locked memory than the process may have.
    #[error("Process can't lock enough memory for using MSG_ZEROCOPY")]
    LockedMemory,
    /// Any other error of the host.
    #[error("{0}")]
    Io(String),
}

/// Returns the reason that the C library gives for an offset that it cannot parse.
fn offset_reason(range: bool) -> &'static str {
    if range { "Numerical result out of range" } else { "Invalid argument" }
}

/// Returns the text of an error, without the number that Rust appends.
pub fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    match text.rfind(" (os error ") {
        Some(at) => text[..at].to_owned(),
        None => text,
    }
}
