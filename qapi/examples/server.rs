//! Serves a machine that can run and stop, for clients of QEMU such as example `client`.
//!
//! ```sh
//! cargo run -p qapi --example server -- /tmp/qmp &
//! cargo run -p qapi --example client -- /tmp/qmp
//! ```

use std::error::Error;
use std::sync::{Mutex, PoisonError};

use api::server::ServerCommands;
use api::{RunState, StatusInfo, events};
use qapi::server::{Listener, Server};
use qapi::{Commands, Context, QmpError};

mod api {
    qapi::include_qapi!("examples/schema/server.json", role = server);
}

/// Handlers take `&self`: clients may be served by several threads.
struct Machine {
    state: Mutex<RunState>,
}

impl Machine {
    /// Sets a state and returns the one before.
    fn replace(&self, state: RunState) -> RunState {
        let mut current = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut current, state)
    }
}

impl ServerCommands for Machine {
    fn query_status(&self, _: &Context<'_>) -> Result<StatusInfo, QmpError> {
        let status = *self.state.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(StatusInfo { running: status == RunState::Running, status })
    }

    fn cont(&self, cx: &Context<'_>) -> Result<(), QmpError> {
        if self.replace(RunState::Running) != RunState::Running {
            cx.emit(&events::Resume);
        }
        Ok(())
    }

    fn stop(&self, cx: &Context<'_>) -> Result<(), QmpError> {
        if self.replace(RunState::Paused) == RunState::Running {
            cx.emit(&events::Stop);
        }
        Ok(())
    }

    fn quit(&self, cx: &Context<'_>) -> Result<(), QmpError> {
        cx.monitor().quit();
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let socket = std::env::args().nth(1).ok_or("usage: server SOCKET")?;
    let machine = Machine { state: Mutex::new(RunState::Prelaunch) };
    let commands = Commands::new().with(api::server::server_commands::<Machine>());
    let server = Server::builder(commands, machine).build();

    // Returns after `quit`.
    server.serve(&Listener::unix(socket)?)?;
    Ok(())
}
