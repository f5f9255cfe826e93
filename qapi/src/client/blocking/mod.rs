//! The blocking client.

mod link;

/// A connection to a QMP server or a guest agent.
///
/// All methods but [`reconnect`](Client::reconnect) take `&self`, and clones share the connection:
/// threads execute commands and wait for events at the same time. Each clone has an event queue of
/// its own, which holds the events that came since the clone was made, or since before the greeting
/// for the first one. The connection is closed when the last clone is dropped.
///
/// ```no_run
/// use std::time::Duration;
/// use qapi::client::{Address, Client, Options};
/// use qapi::{Dict, RawEvent, dict};
///
/// let client = Client::connect(Address::unix("/run/vm/qmp"), Options::default())?;
/// let status = client.execute_raw("query-status", &Dict::new())?;
/// println!("{status}");
///
/// let watcher = client.clone();
/// std::thread::spawn(move || {
///     for event in watcher.events::<RawEvent>() {
///         println!("{event:?}");
///     }
/// });
///
/// let command = client.request_raw("device_del", &dict! { "id": "disk0" });
/// command.within(Duration::from_secs(5)).execute()?;
/// # Ok::<(), qapi::client::ClientError>(())
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
