//! Checks of the address at which the two sides meet.

use std::io;
use std::net::{TcpStream, ToSocketAddrs};
use std::path::Path;
use std::time::Duration;

use qapi::client::Address;

use super::findings::Findings;
use super::server::Server;
use crate::addresses::as_uri;
use crate::arguments::Arguments;
use crate::failure::Failure;
use crate::signals::{Signals, Waited};

/// The deadline of a connection to the destination's address.
const CONNECT: Duration = Duration::from_secs(5);

/// Checks the address, as far as that is possible without taking the destination's only connection.
///
/// # Errors
/// [`Failure::Interrupted`] by a signal.
pub fn check(
    arguments: &Arguments,
    source: &Server,
    destination: &Server,
    signals: &Signals,
    findings: &mut Findings<'_>,
) -> Result<(), Failure> {
    if let Some(address) = destination.listening.first() {
        match as_uri(address) {
            Ok(uri) => findings.ok("destination", format!("it listens at {uri}")),
            Err(failure) if arguments.uri.is_none() => findings.failure("destination", &failure),
            Err(_) => findings.ok("destination", "it listens"),
        }
        // A probe would be taken for the source.
        findings.note("both", "the connection between them was not tried");
        return Ok(());
    }
    match arguments.uri.as_deref() {
        None => default_socket(arguments, source, destination, findings),
        Some(uri) => match uri.split_once(':') {
            Some(("unix", path)) => unix(path, findings),
            Some(("tcp", target)) => return tcp(target, signals, findings),
            _ => findings.note("both", format!("{uri} was not tried")),
        },
    }
    Ok(())
}

/// Checks that both processes can use a socket in a folder that only this user can enter.
fn default_socket(
    arguments: &Arguments,
    source: &Server,
    destination: &Server,
    findings: &mut Findings<'_>,
) {
    let own = rustix::process::geteuid().as_raw();
    let sides = [(source, &arguments.source), (destination, &arguments.destination)];
    for (server, address) in sides {
        let name = server.side.name();
        match (server.side.user(), address) {
            (Some(user), _) if user != own && user != 0 => findings.fails(
                name,
                format!("it runs as user {user} and cannot enter the socket's folder; use --uri"),
            ),
            (_, Address::Tcp(_)) => {
                findings.note(name, "if it runs on another machine, --uri is needed");
            }
            _ => findings.ok(name, "it can use a Unix socket in a new folder"),
        }
    }
}

fn unix(path: &str, findings: &mut Findings<'_>) {
    let folder = Path::new(path).parent().filter(|folder| *folder != Path::new(""));
    match folder.map(std::fs::metadata) {
        Some(Err(error)) => findings.fails("both", format!("unix:{path}: {error}")),
        Some(Ok(found)) if !found.is_dir() => {
            findings.fails("both", format!("unix:{path}: its folder is not a folder"));
        }
        _ => findings.ok("both", format!("unix:{path}: the folder exists")),
    }
}

/// Connects from here. A refused connection shows that the host answers and the port is free.
fn tcp(target: &str, signals: &Signals, findings: &mut Findings<'_>) -> Result<(), Failure> {
    // Options may follow the port.
    let target = target.split(',').next().unwrap_or(target).to_owned();
    let to_try = target.clone();
    let outcome = signals.run(move || probe(&to_try), || false).map_err(Failure::Host)?;
    let text = |rest: &str| format!("tcp:{target}: {rest}");
    match outcome {
        Waited::Interrupted | Waited::GivenUp => return Err(Failure::Interrupted),
        Waited::Done(Ok(Probe::Resolved)) => findings.ok("both", text("the host is known")),
        Waited::Done(Ok(Probe::Free)) => {
            findings.ok("both", text("the host answers, and the port is free"));
        }
        Waited::Done(Ok(Probe::Taken)) => {
            findings.fails("destination", text("another process listens there"));
        }
        Waited::Done(Err(error)) => {
            findings.fails("both", text(&format!("not reachable from this machine: {error}")));
        }
    }
    Ok(())
}

/// The answer to a connection.
#[derive(Debug, PartialEq)]
enum Probe {
    /// The host's name is known. Its port is still to be chosen.
    Resolved,
    /// The connection was refused.
    Free,
    /// The connection was accepted.
    Taken,
}

fn probe(target: &str) -> io::Result<Probe> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
    for address in target.to_socket_addrs()? {
        if address.port() == 0 {
            return Ok(Probe::Resolved);
        }
        match TcpStream::connect_timeout(&address, CONNECT) {
            Ok(_) => return Ok(Probe::Taken),
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                return Ok(Probe::Free);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn a_probe_tells_a_free_port_from_a_taken_one() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        assert_eq!(probe(&address).unwrap(), Probe::Taken);
        drop(listener);
        assert_eq!(probe(&address).unwrap(), Probe::Free);
        assert_eq!(probe("127.0.0.1:0").unwrap(), Probe::Resolved);
        assert!(probe("host.invalid:1").is_err());
    }
}
