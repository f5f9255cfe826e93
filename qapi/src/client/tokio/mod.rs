//! The client for tokio.

mod link;
mod socket;

/// A connection to a QMP server or a guest agent.
///
/// All methods but [`reconnect`](Client::reconnect) take `&self`, and clones share the connection:
/// tasks execute commands and wait for events at the same time. Each clone has an event queue of
/// its own, which holds the events that came since the clone was made, or since before the greeting
/// for the first one. The connection is closed when the last clone is dropped.
///
/// Every future may be dropped at any time, as a timeout does: the connection stays usable, a late
/// reply is dropped when it comes, and no event is lost.
///
/// A client belongs to the runtime that it was made in: a task of it moves the bytes.
///
/// ```
/// use std::time::Duration;
/// use qapi::client::tokio::Client;
/// use qapi::client::{Address, Options};
/// use qapi::{Dict, RawEvent, dict};
///
/// # mod api {
/// #     qapi::include_qapi!(
/// #         "examples/schema/server.json",
/// #         select = ["query-status", "cont", "quit", "RESUME"]
/// #     );
/// # }
/// # use qapi::{Context, QmpError};
/// # struct Machine;
/// # impl api::server::ServerCommands for Machine {
/// #     fn query_status(&self, _: &Context<'_>) -> Result<api::StatusInfo, QmpError> {
/// #         Ok(api::StatusInfo { running: false, status: api::RunState::Paused })
/// #     }
/// #     fn cont(&self, cx: &Context<'_>) -> Result<(), QmpError> {
/// #         cx.emit(&api::events::Resume);
/// #         Ok(())
/// #     }
/// #     fn quit(&self, cx: &Context<'_>) -> Result<(), QmpError> {
/// #         cx.monitor().quit();
/// #         Ok(())
/// #     }
/// # }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let commands = qapi::Commands::new().with(api::server::server_commands());
/// # let server = qapi::server::Server::builder(commands, Machine).build();
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("qmp");
/// # let listener = qapi::server::Listener::unix(&path)?;
/// # let serving = std::thread::spawn(move || server.serve(&listener));
/// let client = Client::connect(Address::unix(path), Options::default()).await?;
/// let status = client.execute_raw("query-status", &Dict::new()).await?;
/// assert_eq!(status.to_string(), r#"{"status": "paused", "running": false}"#);
///
/// let mut events = client.events::<RawEvent>();
/// let watching = tokio::spawn(async move {
///     let mut names = Vec::new();
///     while let Some(Ok(received)) = events.next().await {
///         names.push(received.event.name);
///     }
///     names
/// });
///
/// let command = client.request_raw("cont", &dict! {});
/// command.within(Duration::from_secs(5)).execute().await?;
/// client.execute_raw("quit", &dict! {}).await?;
/// assert_eq!(watching.await?, ["RESUME"]);
/// # serving.join().unwrap()?;
/// # Ok(())
/// # }
/// ```
pub struct Client {
    link: Arc<Link>,
    events: Subscription,
    address: Option<Address>,
    greeting: Option<Greeting>,
}

super::methods::client_methods!(async await);

impl<E: AnyEvent> Events<E> {
    /// Waits for the next event; `None` once the connection is closed.
    pub async fn next(&mut self) -> Option<Result<Received<E>, ClientError>> {
        self.next_within(Duration::MAX).await
    }
}
