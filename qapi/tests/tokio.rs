//! The asynchronous client against the server.

mod schema;

use std::io::{Read as _, Write as _};
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::Mutex;
use std::time::Duration;

use qapi::client::tokio::{Client, Process};
use qapi::client::{Address, ClientError, Options};
use qapi::server::{Listener, Server};
use qapi::{Commands, Context, QmpError};
use schema::commands::{QueryStats, SetStats};
use schema::server::{StatsCommands, stats_commands};
use schema::{Stats, events};

/// Long enough that only a hang takes as long.
const LONG: Duration = Duration::from_secs(30);

#[derive(Default)]
struct Handler {
    fds: Mutex<Vec<OwnedFd>>,
}

impl StatsCommands for Handler {
    fn set_stats(&self, cx: &Context<'_>, arguments: Stats) -> Result<(), QmpError> {
        self.fds.lock().unwrap().extend(cx.fds().take());
        if arguments.rate > 0 {
            std::thread::sleep(Duration::from_millis(arguments.rate.into()));
        }
        cx.emit(&events::Pass { pass: arguments.transferred });
        Ok(())
    }

    fn query_stats(&self, _: &Context<'_>) -> Result<Stats, QmpError> {
        Ok(Stats::new(1, 2))
    }
}

#[tokio::test]
async fn commands_events_timeouts_and_reconnection() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("qmp");
    let server =
        Server::builder(Commands::new().with(stats_commands()), Handler::default()).build();
    let listener = Listener::unix(&path).unwrap();
    let serving = {
        let server = server.clone();
        std::thread::spawn(move || server.serve(&listener))
    };

    let options = Options::new().oob(true);
    let mut client = Client::connect(Address::unix(&path), options).await.unwrap();
    assert_eq!(client.execute(&QueryStats).await.unwrap(), Stats::new(1, 2));
    assert_eq!(client.execute_oob(&QueryStats).await.unwrap(), Stats::new(1, 2));
    client.execute(&SetStats(Stats::new(3, 0))).await.unwrap();
    let event = client.next_event::<events::Event>(LONG).await.unwrap().event;
    assert_eq!(event, events::Event::Pass(events::Pass { pass: 3 }));

    let slow = SetStats(Stats::new(4, 200));
    let dropped = tokio::time::timeout(Duration::from_millis(20), client.execute(&slow)).await;
    assert!(dropped.is_err());
    assert_eq!(client.execute(&QueryStats).await.unwrap(), Stats::new(1, 2));
    client
        .wait_event::<events::Event>(LONG, |received| {
            received.event == events::Event::Pass(events::Pass { pass: 4 })
        })
        .await
        .unwrap();

    client.reconnect().await.unwrap();
    let error = client.execute_raw("gone", &qapi::Dict::new()).await.unwrap_err();
    assert!(matches!(error, ClientError::Qmp(_)));
    server.shutdown();
    assert!(matches!(
        client.execute(&QueryStats).await,
        Err(ClientError::Closed { .. } | ClientError::Io(_))
    ));
    serving.join().unwrap().unwrap();
}

#[tokio::test]
async fn file_descriptors_are_passed() {
    let server =
        Server::builder(Commands::new().with(stats_commands()), Handler::default()).build();
    let (near, far) = UnixStream::pair().unwrap();
    let serving = {
        let server = server.clone();
        std::thread::spawn(move || server.serve_socket(far))
    };
    let client = Client::from_socket(near, Options::default()).await.unwrap();
    let (mut ours, theirs) = UnixStream::pair().unwrap();
    client.execute_with_fds(&SetStats(Stats::new(1, 0)), &[theirs.as_fd()]).await.unwrap();
    drop(theirs);
    let passed = server.handler().fds.lock().unwrap().pop().unwrap();
    UnixStream::from(passed).write_all(b"hello").unwrap();
    let mut text = String::new();
    ours.read_to_string(&mut text).unwrap();
    assert_eq!(text, "hello");
    drop(client);
    serving.join().unwrap();
}

#[tokio::test]
async fn a_program_that_ends_or_is_none_is_told() {
    let outcome =
        Process::spawn(std::process::Command::new("/nonexistent"), Options::default()).await;
    assert!(matches!(outcome.err(), Some(ClientError::Io(_))));
    let mut command = std::process::Command::new("sh");
    command.args(["-c", "exit 3"]);
    let error = Process::spawn(command, Options::default()).await.err().unwrap().to_string();
    assert!(error.contains("has ended: exit status: 3"), "{error}");
}
