//! `-qmp`: monitors.

use std::fmt;

use crate::keyval::KeyVal;

/// The place of a monitor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Qmp {
    /// On a Unix socket at this path.
    Unix(String),
    /// On a TCP socket at this address.
    Tcp(String),
    /// On the standard streams.
    Stdio,
}

impl fmt::Display for Qmp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix:{path}"),
            Self::Tcp(address) => write!(f, "tcp:{address}"),
            Self::Stdio => f.write_str("stdio"),
        }
    }
}

/// Reads the place of a monitor.
///
/// # Errors
/// A place or a setting that is not supported.
pub fn monitor(text: &str) -> Result<Qmp, String> {
    let (address, mut settings) = KeyVal::after_first("-qmp", text);
    if address == "stdio" {
        settings.finish()?;
        return Ok(Qmp::Stdio);
    }
    let (server, wait) = (settings.take_switch("server")?, settings.take_switch("wait")?);
    settings.finish()?;
    if (server, wait) != (Some(true), Some(false)) {
        return Err(format!("-qmp {text}: only server=on,wait=off is supported"));
    }
    match address.split_once(':') {
        Some(("unix", path)) => Ok(Qmp::Unix(path.into())),
        // Without a host it listens on all addresses.
        Some(("tcp", port)) if port.starts_with(':') => Ok(Qmp::Tcp(format!("0.0.0.0{port}"))),
        Some(("tcp", address)) => Ok(Qmp::Tcp(address.into())),
        _ => Err(format!("-qmp {text}: expected unix:PATH, tcp:HOST:PORT or stdio")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_sockets_or_the_standard_streams() {
        assert_eq!(monitor("unix:/a,,b=c,server,nowait"), Ok(Qmp::Unix("/a,b=c".into())));
        assert_eq!(monitor("unix:/s,nowait,server"), Ok(Qmp::Unix("/s".into())));
        assert_eq!(monitor("tcp::4444,server=yes,wait=no"), Ok(Qmp::Tcp("0.0.0.0:4444".into())));
        assert_eq!(monitor("tcp:[::1]:1,server=on,wait=off"), Ok(Qmp::Tcp("[::1]:1".into())));
        assert!(
            monitor("unix:/s,server=on,wait=off,tls=on")
                .unwrap_err()
                .contains("Invalid parameter 'tls'")
        );
    }
}
