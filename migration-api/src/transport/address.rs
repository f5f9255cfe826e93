//! Addresses of a migration, and their URI form.

use std::fmt;
use std::str::FromStr;

use super::error::TransportError;
use crate::size::{self, SizeError};

/// The address of a migration's peer.
///
/// | text for `str::parse` | parts |
/// |---|---|
/// | `tcp:HOST:PORT`, `tcp:[IPV6]:PORT` | a port, and a host unless it listens |
/// | `unix:PATH` | a path |
/// | `vsock:CID:PORT` | two numbers |
/// | `fd:NAME`, `fd:NUMBER` | a name given to [`add_descriptor`], or an inherited number |
/// | `exec:COMMAND` | a command of `/bin/sh`, which reads or writes the stream |
/// | `file:PATH` | a path, and optionally `,offset=BYTES` |
///
/// `tcp` has the options `,to=PORT`, `,ipv4`, `,ipv6` and `,keep-alive`, with `=on` or `=off`.
/// Errors have QEMU's texts, which quote the part behind the protocol.
/// [`TransportError`](super::TransportError) tells for each the part that is missing.
///
/// [`add_descriptor`]: crate::engine::Engine::add_descriptor
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// TCP.
    Inet(InetAddress),
    /// A Unix socket.
    Unix(UnixAddress),
    /// A socket between a guest and its host. Both numbers are text, which is read when the address
    /// is opened.
    Vsock {
        /// The context id.
        cid: String,
        /// The port.
        port: String,
    },
    /// A file descriptor by name or number.
    Fd(String),
    /// A command: program and arguments.
    Exec(Vec<String>),
    /// A file.
    File {
        /// Its path.
        path: String,
        /// Offset of the stream in the file, in bytes.
        offset: u64,
    },
    /// RDMA, which is parsed but not supported.
    Rdma(InetAddress),
}

/// A TCP address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InetAddress {
    /// Host name or IP address. When listening, empty for all addresses of this host.
    pub host: String,
    /// Port number or service name.
    pub port: String,
    /// When listening: the last port to try.
    pub to: Option<u16>,
    /// The host is an IP address; do not resolve names.
    pub numeric: bool,
    /// Use IPv4, or not if `false`.
    pub ipv4: Option<bool>,
    /// Use IPv6, or not if `false`.
    pub ipv6: Option<bool>,
    /// Send keep-alive packets.
    pub keep_alive: bool,
}

/// A Unix socket's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnixAddress {
    /// The path, or the name in the abstract namespace.
    pub path: String,
    /// The name is in the abstract namespace.
    pub is_abstract: bool,
    /// The abstract name is not padded with zeros.
    pub tight: bool,
}

impl fmt::Display for InetAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl FromStr for Address {
    type Err = TransportError;

    /// Parses the `uri` of `migrate` and `migrate-incoming`.
    ///
    /// # Errors
    /// The URI has an unknown protocol, or lacks a part.
    fn from_str(uri: &str) -> Result<Self, Self::Err> {
        let Some((protocol, rest)) = uri.split_once(':') else {
            return Err(TransportError::UnknownProtocol(uri.into()));
        };
        match protocol {
            "tcp" => InetAddress::parse(rest).map(Self::Inet),
            "rdma" => InetAddress::parse(rest).map(Self::Rdma),
            "unix" if rest.is_empty() => Err(TransportError::NoUnixPath),
            "unix" => {
                Ok(Self::Unix(UnixAddress { path: rest.into(), is_abstract: false, tight: true }))
            }
            "vsock" => {
                let bad = || TransportError::Address(rest.into());
                let (cid, port) = rest.split_once(':').ok_or_else(bad)?;
                if cid.is_empty() || port.is_empty() || port.starts_with(',') {
                    return Err(bad());
                }
                if port.contains(',') {
                    return Err(TransportError::Trailing(rest.into()));
                }
                Ok(Self::Vsock { cid: cid.into(), port: port.into() })
            }
            "fd" if rest.is_empty() => Err(TransportError::NoDescriptor),
            "fd" => Ok(Self::Fd(rest.into())),
            "exec" => Ok(Self::Exec(["/bin/sh", "-c", rest].map(String::from).into())),
            "file" => {
                let (path, offset) = match rest.split_once(",offset=") {
                    Some((path, offset)) => (path, parse_offset(offset)?),
                    None => (rest, 0),
                };
                Ok(Self::File { path: path.into(), offset })
            }
            _ => Err(TransportError::UnknownProtocol(uri.into())),
        }
    }
}

impl Address {
    /// Returns the protocol of the address, as in its URI.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Inet(_) => "tcp",
            Self::Unix(_) => "unix",
            Self::Vsock { .. } => "vsock",
            Self::Fd(_) => "fd",
            Self::Exec(_) => "exec",
            Self::File { .. } => "file",
            Self::Rdma(_) => "rdma",
        }
    }

    /// Returns the host whose name the server's TLS certificate must have.
    pub fn host(&self) -> Option<&str> {
        match self {
            Self::Inet(inet) => Some(&inet.host),
            _ => None,
        }
    }

    /// Returns true if several connections can be made, as multifd and postcopy-preempt need.
    pub fn is_multi_channel(&self) -> bool {
        matches!(self, Self::Inet(_) | Self::Unix(_) | Self::Vsock { .. })
    }
}

impl InetAddress {
    /// Parses `HOST:PORT[,OPTION...]`. An IPv6 host is in brackets. Ignores unknown options.
    fn parse(text: &str) -> Result<Self, TransportError> {
        let (address, options) = text.split_once(',').unwrap_or((text, ""));
        let bad = || TransportError::Address(text.into());
        let (host, port) = match address.strip_prefix('[') {
            Some(rest) => {
                rest.split_once("]:").ok_or_else(|| TransportError::Ipv6Address(text.into()))?
            }
            None => address.split_once(':').ok_or_else(bad)?,
        };
        if port.is_empty() {
            return Err(match address.as_bytes()[0] {
                b'[' => TransportError::Ipv6Address(text.into()),
                b':' => TransportError::Port(text.into()),
                _ => bad(),
            });
        }
        let mut parsed = Self { host: host.into(), port: port.into(), ..Self::default() };
        for option in options.split(',') {
            let (name, value) = option.split_once('=').unwrap_or((option, "on"));
            match name {
                // QEMU keeps the lower 16 bits of any number.
                "to" => {
                    let to: i32 = value.parse().map_err(|_| TransportError::PortRange)?;
                    parsed.to = Some(to as u16);
                }
                "ipv4" => parsed.ipv4 = Some(flag("ipv4", value)?),
                "ipv6" => parsed.ipv6 = Some(flag("ipv6", value)?),
                "keep-alive" => parsed.keep_alive = flag("keep-alive", value)?,
                // Connections are plain TCP, to which multipath TCP falls back.
                "mptcp" => drop(flag("mptcp", value)?),
                _ => {}
            }
        }
        Ok(parsed)
    }
}

/// Reads the number of a vsock address; `what` names it.
pub(super) fn vsock_number(what: &'static str, text: &str) -> Result<u32, TransportError> {
    text.parse().map_err(|_| TransportError::VsockNumber { what, text: text.into() })
}

fn flag(name: &'static str, value: &str) -> Result<bool, TransportError> {
    match value {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(TransportError::Flag { name, value: format!("={value}") }),
    }
}

/// Reads the offset of a file.
fn parse_offset(text: &str) -> Result<u64, TransportError> {
    size::parse(text, 0).map_err(|error| TransportError::Offset {
        text: text.into(),
        range: error == SizeError::Range,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(uri: &str) -> Result<Address, TransportError> {
        uri.parse()
    }

    fn error(uri: &str) -> String {
        parse(uri).unwrap_err().to_string()
    }

    #[test]
    fn uris_are_read() {
        let inet = |host: &str, port: &str| InetAddress {
            host: host.into(),
            port: port.into(),
            ..Default::default()
        };
        assert_eq!(parse("tcp:h:1"), Ok(Address::Inet(inet("h", "1"))));
        assert_eq!(parse("tcp::0,bogus=1"), Ok(Address::Inet(inet("", "0"))));
        // QEMU 10.0 does not look at these.
        assert_eq!(parse("tcp:h:1,numeric=x"), Ok(Address::Inet(inet("h", "1"))));
        let wrapped = Address::Inet(InetAddress { to: Some(4464), ..inet("h", "1") });
        assert_eq!(parse("tcp:h:1,to=70000"), Ok(wrapped));
        assert_eq!(
            parse("tcp:[::1]:99,to=100,ipv6,ipv4=off"),
            Ok(Address::Inet(InetAddress {
                to: Some(100),
                ipv6: Some(true),
                ipv4: Some(false),
                ..inet("::1", "99")
            }))
        );
        assert_eq!(
            parse("vsock:2:1234"),
            Ok(Address::Vsock { cid: "2".into(), port: "1234".into() })
        );
        assert_eq!(
            parse("exec:cat > x"),
            Ok(Address::Exec(vec!["/bin/sh".into(), "-c".into(), "cat > x".into()]))
        );
        for (text, offset) in
            [("0x1000", 4096), ("4K", 4096), ("1.5k", 1536), ("0", 0), ("12", 12), ("+1", 1)]
        {
            assert_eq!(
                parse(&format!("file:/a,b,offset={text}")),
                Ok(Address::File { path: "/a,b".into(), offset })
            );
        }
    }

    #[test]
    fn bad_uris_are_refused_in_qemus_words() {
        assert_eq!(error(""), "unknown migration protocol: ");
        assert_eq!(error("tcp"), "unknown migration protocol: tcp");
        assert_eq!(error("foo:bar"), "unknown migration protocol: foo:bar");
        assert_eq!(error("tcp:"), "error parsing address ''");
        assert_eq!(error("tcp::"), "error parsing port in address ':'");
        assert_eq!(error("tcp:h:1,mptcp=x"), "error parsing 'mptcp' flag '=x'");
        assert_eq!(error("tcp:127.0.0.1:"), "error parsing address '127.0.0.1:'");
        assert_eq!(error("tcp:[::1:4"), "error parsing IPv6 address '[::1:4'");
        assert_eq!(error("tcp:h:1,to=x"), "error parsing to= argument");
        assert_eq!(error("tcp:h:1,ipv4=maybe"), "error parsing 'ipv4' flag '=maybe'");
        assert_eq!(error("unix:"), "invalid Unix socket address");
        assert_eq!(error("vsock:2"), "error parsing address '2'");
        assert_eq!(error("vsock:2:"), "error parsing address '2:'");
        assert_eq!(error("vsock:2:3,x"), "trailing characters in address '2:3,x'");
        assert_eq!(error("fd:"), "invalid file descriptor address");
        assert_eq!(error("file:x,offset=zz"), "file URI has bad offset zz: Invalid argument");
        assert_eq!(
            error("file:x,offset=-1"),
            "file URI has bad offset -1: Numerical result out of range"
        );
        assert_eq!(error("file:x,offset="), "file URI has bad offset : Invalid argument");
        assert_eq!(
            error("file:x,offset=16E"),
            "file URI has bad offset 16E: Numerical result out of range"
        );
    }
}
