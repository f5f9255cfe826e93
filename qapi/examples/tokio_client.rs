//! Uses one connection in several tasks: an event stream beside commands, deadlines, dropped
//! futures.
//!
//! ```sh
//! qemu-system-x86_64 -nodefaults -display none -S -name demo \
//!     -qmp unix:/tmp/qmp,server=on,wait=off &
//! cargo run -p qapi --features tokio --example tokio_client -- /tmp/qmp
//! ```

use std::error::Error;
use std::time::Duration;

use api::commands::{Cont, QueryName, QueryVersion, Stop};
use api::events::Event;
use qapi::client::tokio::Client;
use qapi::client::{Address, Options};

mod api {
    qapi::include_qapi!("examples/schema/tokio_client.json", role = client);
}

/// Longer than a QEMU at work needs for an answer.
const WITHIN: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let socket = std::env::args().nth(1).ok_or("usage: tokio_client SOCKET")?;
    let options = Options::within(WITHIN);
    let client = Client::connect(Address::unix(socket), options).await?;

    // The stream has a queue of its own, which begins here.
    let mut events = client.events::<Event>();
    let watcher = tokio::spawn(async move {
        while let Some(received) = events.next().await {
            match received?.event {
                Event::Resume(_) => println!("event: resumed"),
                Event::Stop(_) => {
                    println!("event: stopped");
                    break;
                }
                // Events that the schema here does not have.
                _ => {}
            }
        }
        Ok::<(), qapi::client::ClientError>(())
    });

    // Both commands are sent before either is answered. Clones of the client do the same from other
    // tasks.
    let (version, name) =
        tokio::try_join!(client.execute(&QueryVersion), client.execute(&QueryName),)?;
    let name = name.name.unwrap_or_else(|| "without a name".into());
    println!("{name}: QEMU {}.{}", version.qemu.major, version.qemu.minor);

    // A dropped future, as a timeout leaves it, does no harm: its reply is dropped when it comes.
    let _ = tokio::time::timeout(Duration::ZERO, client.execute(&QueryVersion)).await;

    client.execute(&Cont).await?;
    client.execute(&Stop).await?;
    watcher.await??;
    Ok(())
}
