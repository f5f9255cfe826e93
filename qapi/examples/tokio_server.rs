//! Serves a machine from an asynchronous program: the session without sockets, driven by the
//! program's own tasks.
//!
//! ```sh
//! cargo run -p qapi --example tokio_server -- /tmp/qmp &
//! cargo run -p qapi --example client -- /tmp/qmp
//! ```

use std::error::Error;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use api::server::AsyncServerCommands;
use api::{RunState, StatusInfo, events};
use qapi::qmp::{EventSink, Framing, Monitor, ServerKind, Session};
use qapi::{Commands, Context, QmpError};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

mod api {
    qapi::include_qapi!("examples/schema/server.json", role = server);
}

/// The time that a machine takes to start or stop.
const TRANSITION: Duration = Duration::from_millis(10);
/// The time in which clients can still read their replies after `quit`.
const GRACE: Duration = Duration::from_millis(50);

struct Machine {
    state: Mutex<RunState>,
}

impl Machine {
    /// Sets a state and returns the one before.
    async fn replace(&self, state: RunState) -> RunState {
        sleep(TRANSITION).await;
        let mut current = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut current, state)
    }
}

impl AsyncServerCommands for Machine {
    async fn query_status(&self, _: &Context<'_>) -> Result<StatusInfo, QmpError> {
        let status = *self.state.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(StatusInfo { running: status == RunState::Running, status })
    }

    async fn cont(&self, cx: &Context<'_>) -> Result<(), QmpError> {
        if self.replace(RunState::Running).await != RunState::Running {
            cx.emit(&events::Resume);
        }
        Ok(())
    }

    async fn stop(&self, cx: &Context<'_>) -> Result<(), QmpError> {
        if self.replace(RunState::Paused).await == RunState::Running {
            cx.emit(&events::Stop);
        }
        Ok(())
    }

    async fn quit(&self, cx: &Context<'_>) -> Result<(), QmpError> {
        cx.monitor().quit();
        Ok(())
    }
}

/// The state that all connections share.
struct Server {
    machine: Machine,
    commands: Commands<Machine>,
    monitor: Monitor,
    /// Signals `quit`.
    quit: Notify,
}

/// The messages for a client, which one task writes. A server for clients that it does not trust
/// bounds this queue.
struct Outbox(UnboundedSender<Vec<u8>>, Framing);

impl EventSink for Outbox {
    fn event(&self, message: &str) {
        // Fails if the connection has ended.
        let _ = self.0.send(self.1.encode(message.to_owned()));
    }
}

/// Serves one client until it leaves.
async fn serve_client(server: Arc<Server>, stream: UnixStream) -> io::Result<()> {
    let (mut input, mut output) = stream.into_split();
    let (outbox, mut messages) = unbounded_channel::<Vec<u8>>();
    let mut writing = JoinSet::new();
    writing.spawn(async move {
        while let Some(message) = messages.recv().await {
            output.write_all(&message).await?;
        }
        io::Result::Ok(())
    });

    // Without out-of-band commands, requests run one after the other.
    let kind = ServerKind::Monitor { pretty: false, oob: false };
    let (monitor, mut session) = (&server.monitor, Session::new(kind));
    let connection = monitor.next_connection();
    let send = |message| drop(outbox.send(message));
    session.greeting(monitor).map(send);
    let (mut buffer, mut subscribed) = (vec![0; 1 << 16], false);
    'reading: loop {
        let length = input.read(&mut buffer).await?;
        let mut bytes = &buffer[..length];
        if bytes.is_empty() {
            break;
        }
        while let Some(request) = session.receive(&mut bytes) {
            let outcome =
                request.run_async(&server.commands, &server.machine, monitor, connection).await;
            let reply = session.finish(outcome);
            if session.is_negotiated() && !std::mem::replace(&mut subscribed, true) {
                let sink = Outbox(outbox.clone(), kind.framing());
                monitor.events().subscribe(connection, Arc::new(sink));
            }
            reply.map(send);
            if monitor.is_quitting() {
                server.quit.notify_one();
                break 'reading;
            }
        }
    }
    monitor.events().unsubscribe(connection);
    drop(outbox);
    // Waits until the client has read the rest.
    while writing.join_next().await.is_some() {}
    Ok(())
}

/// Serves clients as they come, until one sends `quit`.
pub async fn serve(listener: UnixListener) -> io::Result<()> {
    let server = Arc::new(Server {
        machine: Machine { state: Mutex::new(RunState::Prelaunch) },
        commands: Commands::new().with_async(api::server::async_server_commands()),
        monitor: Monitor::default(),
        quit: Notify::new(),
    });
    let mut clients = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                clients.spawn(serve_client(server.clone(), accepted?.0));
            }
            // A client that has failed or left needs nothing more.
            Some(_) = clients.join_next() => {}
            () = server.quit.notified() => break,
        }
    }
    // Dropping the tasks afterwards closes the connections.
    let _ = timeout(GRACE, async { while clients.join_next().await.is_some() {} }).await;
    Ok(())
}

#[tokio::main]
#[allow(dead_code, reason = "a test uses the rest of this file")]
async fn main() -> Result<(), Box<dyn Error>> {
    let socket = std::env::args().nth(1).ok_or("usage: tokio_server SOCKET")?;
    serve(UnixListener::bind(socket)?).await?;
    Ok(())
}
