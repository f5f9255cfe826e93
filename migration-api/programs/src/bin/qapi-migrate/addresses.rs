//! The address of the migration stream, as each side is told it.

use tempfile::TempDir;

use crate::api::SocketAddress;
use crate::arguments::Arguments;
use crate::failure::Failure;

/// Hosts that stand for all addresses of a machine.
const WILDCARDS: [&str; 3] = ["0.0.0.0", "::", ""];

/// The address where the destination listens and the address that the source connects to.
#[derive(Debug)]
pub struct Addresses {
    /// Of the destination.
    pub listen: String,
    /// Of the source.
    pub connect: String,
    /// The folder of the Unix socket, if this program made it. Dropping it removes the folder.
    pub folder: Option<TempDir>,
}

impl Addresses {
    /// Takes the addresses of the command line, or makes a folder for a Unix socket.
    ///
    /// # Errors
    /// If the folder cannot be made.
    pub fn choose(arguments: &Arguments) -> Result<Self, Failure> {
        if let Some(uri) = &arguments.uri {
            let listen = arguments.listen.as_ref().unwrap_or(uri).clone();
            return Ok(Self { listen, connect: uri.clone(), folder: None });
        }
        let folder = tempfile::Builder::new().prefix("qapi-migrate-").tempdir();
        let folder = folder.map_err(Failure::Host)?;
        let uri = format!("unix:{}", folder.path().join("migration.sock").display());
        Ok(Self { listen: uri.clone(), connect: uri, folder: Some(folder) })
    }
}

/// Puts the port that the destination chose in place of port 0.
pub fn with_port(uri: String, listening: &[SocketAddress]) -> String {
    let port = listening.iter().find_map(|address| address.port.as_ref());
    match (uri.strip_suffix(":0"), port) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        _ => uri,
    }
}

/// Formats the address where a destination listens as a URI for the source.
///
/// # Errors
/// If it listens on all addresses, or at something that is no address.
pub fn as_uri(address: &SocketAddress) -> Result<String, Failure> {
    match (&address.host, &address.port, &address.path) {
        (Some(host), Some(port), _) if WILDCARDS.contains(&host.as_str()) => {
            Err(Failure::Wildcard(format!("port {port} of all addresses")))
        }
        (Some(host), Some(port), _) if host.contains(':') => Ok(format!("tcp:[{host}]:{port}")),
        (Some(host), Some(port), _) => Ok(format!("tcp:{host}:{port}")),
        (_, _, Some(path)) => Ok(format!("unix:{path}")),
        _ => Err(Failure::Wildcard(format!("an address of type {}", address.r#type))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listening(reply: &str) -> SocketAddress {
        qapi::from_text(reply, &qapi::Rules::STRICT).unwrap()
    }

    #[test]
    fn the_source_gets_the_destinations_address() {
        let uri = |reply: &str| as_uri(&listening(reply)).map_err(|failure| failure.to_string());
        assert_eq!(
            uri(r#"{"type": "inet", "host": "::1", "port": "4444"}"#),
            Ok("tcp:[::1]:4444".into())
        );
        assert_eq!(uri(r#"{"type": "unix", "path": "/run/m"}"#), Ok("unix:/run/m".into()));
        let everywhere = uri(r#"{"type": "inet", "host": "0.0.0.0", "port": "4444"}"#);
        assert!(everywhere.unwrap_err().contains("port 4444 of all addresses"));
        assert!(uri(r#"{"type": "fd"}"#).unwrap_err().contains("type fd"));
    }

    #[test]
    fn port_zero_becomes_the_port_that_was_chosen() {
        let chosen = [listening(r#"{"type": "inet", "host": "0.0.0.0", "port": "40001"}"#)];
        assert_eq!(with_port("tcp:host:0".into(), &chosen), "tcp:host:40001");
        assert_eq!(with_port("tcp:host:4444".into(), &chosen), "tcp:host:4444");
        assert_eq!(with_port("tcp:host:0".into(), &[]), "tcp:host:0");
    }
}
