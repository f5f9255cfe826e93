//! Talks to two versions of QEMU that one schema cannot describe: 9.0 removed a member that earlier
//! replies always have.
//!
//! ```sh
//! qemu-system-x86_64 -nodefaults -display none -S -qmp unix:/tmp/qmp,server=on,wait=off &
//! cargo run -p qapi --example two_versions -- /tmp/qmp
//! ```
//!
//! What a newer QEMU only adds needs no second schema: unknown members are skipped, and unknown
//! values are kept as `Other`.

use std::error::Error;
use std::time::Duration;

use qapi::client::{Address, Client, ClientError, Options};

mod v7_2 {
    qapi::include_qapi!("examples/schema/two_versions_7_2.json", role = client);
}

mod v10_0 {
    qapi::include_qapi!("examples/schema/two_versions_10_0.json", role = client);
}

/// Longer than a QEMU at work needs for an answer.
const WITHIN: Duration = Duration::from_secs(10);

/// The rest of the program sees only this, whatever the version.
#[derive(Debug)]
struct Status {
    running: bool,
    state: String,
    /// `None` where the version has no such switch.
    single_step: Option<bool>,
}

impl From<v7_2::StatusInfo> for Status {
    fn from(info: v7_2::StatusInfo) -> Status {
        let state = info.status.as_str().to_owned();
        Status { running: info.running, state, single_step: Some(info.singlestep) }
    }
}

impl From<v10_0::StatusInfo> for Status {
    fn from(info: v10_0::StatusInfo) -> Status {
        let state = info.status.as_str().to_owned();
        Status { running: info.running, state, single_step: None }
    }
}

fn status(client: &Client) -> Result<Status, ClientError> {
    let major = client.greeting().map_or(0, |greeting| greeting.version.major);
    Ok(match major {
        ..9 => client.execute(&v7_2::commands::QueryStatus)?.into(),
        9.. => client.execute(&v10_0::commands::QueryStatus)?.into(),
    })
}

fn main() -> Result<(), Box<dyn Error>> {
    let socket = std::env::args().nth(1).ok_or("usage: two_versions SOCKET")?;
    let options = Options::within(WITHIN);
    let client = Client::connect(Address::unix(socket), options)?;

    let Status { running, state, single_step } = status(&client)?;
    println!("{state}, running: {running}, single step: {single_step:?}");

    // A single question is answered by the server's own schema, without a version number.
    let has_member = client.schema()?.supports("query-status.singlestep");
    println!("the server has the member: {has_member}");
    Ok(())
}
