//! Talks to a guest agent: synchronisation, typed commands, a program run in the guest.
//!
//! The socket is the host's end of the guest's virtio-serial port; here the agent runs on the host:
//!
//! ```sh
//! qemu-ga -m unix-listen -p /tmp/agent -t /tmp &
//! cargo run -p qapi --example guest_agent -- /tmp/agent
//! ```

use std::error::Error;
use std::time::Duration;

use api::commands::{GuestGetOsinfo, GuestInfo};
use qapi::client::{Address, Client, GuestProgram, Options};

mod api {
    qapi::include_qapi!("examples/schema/guest_agent.json", role = client);
}

/// Longer than an agent at work needs for an answer.
const WITHIN: Duration = Duration::from_secs(10);

fn main() -> Result<(), Box<dyn Error>> {
    let socket = std::env::args().nth(1).ok_or("usage: guest_agent SOCKET")?;

    // An agent does not greet: the client synchronises with it, as an earlier client may have left
    // a reply unread or a command half sent. That waits for an agent that does not run yet: the
    // port accepts connections before the guest has booted.
    let options = Options::within(WITHIN).agent(true);
    let client = Client::connect(Address::unix(socket), options)?;

    let info = client.execute(&GuestInfo)?;
    let enabled = info.supported_commands.iter().filter(|command| command.enabled).count();
    println!("agent {}, {enabled} commands", info.version);

    let system = client.execute(&GuestGetOsinfo)?;
    println!("{}", system.pretty_name.as_deref().unwrap_or("a system without a name"));

    let program = GuestProgram::new("/bin/sh").arg("-c").arg("tr a-z A-Z; exit 3").input("hello");
    let output = client.guest_exec(&program, WITHIN)?;
    println!("exit code {:?}: {}", output.exit_code, String::from_utf8_lossy(&output.stdout));
    Ok(())
}
