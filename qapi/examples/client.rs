//! Lets the guest of a QEMU run for a moment: connecting, commands, events, errors.
//!
//! ```sh
//! qemu-system-x86_64 -nodefaults -display none -S -qmp unix:/tmp/qmp,server=on,wait=off &
//! cargo run -p qapi --example client -- /tmp/qmp
//! ```

use std::error::Error;
use std::time::Duration;

use api::commands::{Cont, QueryStatus, Stop, SystemWakeup};
use api::events;
use qapi::client::{Address, Client, ClientError, Options};

mod api {
    qapi::include_qapi!("examples/schema/client.json", role = client);
}

/// Longer than a QEMU at work needs for an answer.
const WITHIN: Duration = Duration::from_secs(10);

fn main() -> Result<(), Box<dyn Error>> {
    let socket = std::env::args().nth(1).ok_or("usage: client SOCKET")?;

    // Connecting is tried again for as long as `connect`: QEMU may have just been started.
    let options = Options::within(WITHIN);
    let client = Client::connect(Address::unix(socket), options)?;
    if let Some(greeting) = client.greeting() {
        println!("QEMU {}", greeting.version);
    }

    // A command is a struct; `execute` returns its own reply type.
    let status = client.execute(&QueryStatus)?;
    println!("status: {:?}", status.status);

    // Events are kept until a wait asks for them. Drop those from before, so that the wait below
    // sees only what `cont` causes.
    client.discard_events();
    client.execute(&Cont)?;
    let resumed = client.next_of::<events::Resume>(WITHIN)?;
    println!("resumed at {} s", resumed.timestamp.seconds);

    // A refusal is an error of the command; the connection goes on.
    match client.execute(&SystemWakeup) {
        Ok(()) => println!("woken up"),
        Err(ClientError::Qmp(error)) => println!("not woken up: {error}"),
        Err(error) => return Err(error.into()),
    }

    // A command with a deadline of its own.
    client.execute_within(&Stop, Duration::from_secs(1))?;
    client.next_of::<events::Stop>(WITHIN)?;
    println!("stopped");
    Ok(())
}
