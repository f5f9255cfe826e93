//! The blocking client.

mod link;

/// A connection to a QMP server or a guest agent.
///
/// All methods but [`reconnect`](Client::reconnect) take `&self`, and clones share the connection:
/// threads execute commands and wait for events at the same time. Each clone has an event queue of
/// its own, which holds the events that came since the clone was made, or since before the greeting
/// for the first one. The connection is closed when the last clone is dropped.
///
/// ```
/// use std::time::Duration;
/// use qapi::client::{Address, Client, Options};
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
/// # let commands = qapi::Commands::new().with(api::server::server_commands());
/// # let server = qapi::server::Server::builder(commands, Machine).build();
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("qmp");
/// # let listener = qapi::server::Listener::unix(&path)?;
/// # let serving = std::thread::spawn(move || server.serve(&listener));
/// let client = Client::connect(Address::unix(path), Options::default())?;
/// let status = client.execute_raw("query-status", &Dict::new())?;
/// assert_eq!(status.to_string(), r#"{"status": "paused", "running": false}"#);
///
/// let events = client.events::<RawEvent>();
/// let watching = std::thread::spawn(move || {
///     let names = events.map_while(Result::ok).map(|received| received.event.name);
///     names.collect::<Vec<_>>()
/// });
///
/// let command = client.request_raw("cont", &dict! {});
/// command.within(Duration::from_secs(5)).execute()?;
/// client.execute_raw("quit", &dict! {})?;
/// assert_eq!(watching.join().unwrap(), ["RESUME"]);
/// # serving.join().unwrap()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Client {
    link: Arc<Link>,
    events: Subscription,
    address: Option<Address>,
    greeting: Option<Greeting>,
}

super::methods::client_methods!();

/// Waits for each event, and ends once the connection is closed.
impl<E: AnyEvent> Iterator for Events<E> {
    type Item = Result<Received<E>, ClientError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_within(Duration::MAX)
    }
}
