//! Servers on this machine: unix sockets and started processes, which need a unix system.

#[cfg(not(unix))]
pub use elsewhere::{Process, socket, start};
#[cfg(unix)]
pub use unix::{Process, socket, start};

#[cfg(unix)]
mod unix {
    use std::ffi::OsString;
    use std::process::{Command, Stdio};

    pub use qapi::client::Process;
    use qapi::client::{Address, Client, Options};

    use crate::failure::Failure;

    /// Returns the address of a unix socket.
    pub fn socket(path: &str) -> Result<Address, Failure> {
        Ok(Address::unix(path))
    }

    /// Starts a server and connects to it.
    pub fn start(
        program: &OsString,
        arguments: &[OsString],
        options: Options,
    ) -> Result<(Process, Client), Failure> {
        let mut command = Command::new(program);
        // The terminal's input is the session's.
        command.args(arguments).stdin(Stdio::null());
        let mut process = Process::spawn(command, options).map_err(|error| {
            let program = program.display();
            Failure::Connection(format!("cannot start '{program}': {error}"), Vec::new())
        })?;
        let client = process.client().clone();
        Ok((process, client))
    }
}

#[cfg(not(unix))]
mod elsewhere {
    pub use std::convert::Infallible as Process;
    use std::ffi::OsString;

    use qapi::client::{Address, Client, Options};

    use crate::failure::Failure;

    /// Refuses the path of a unix socket.
    pub fn socket(path: &str) -> Result<Address, Failure> {
        Err(Failure::usage(format!(
            "'{path}' is not HOST:PORT, and this system has no unix sockets"
        )))
    }

    /// Refuses to start a server.
    pub fn start(
        program: &OsString,
        _: &[OsString],
        _: Options,
    ) -> Result<(Process, Client), Failure> {
        let program = program.display();
        Err(Failure::usage(format!("cannot start '{program}': this system has no unix sockets")))
    }
}
