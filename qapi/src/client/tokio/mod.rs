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
/// ```no_run
/// use std::time::Duration;
/// use qapi::client::tokio::Client;
/// use qapi::client::{Address, Options};
/// use qapi::{Dict, RawEvent, dict};
///
/// # async fn example() -> Result<(), qapi::client::ClientError> {
/// let client = Client::connect(Address::unix("/run/vm/qmp"), Options::default()).await?;
/// let status = client.execute_raw("query-status", &Dict::new()).await?;
/// println!("{status}");
///
/// let mut events = client.events::<RawEvent>();
/// tokio::spawn(async move {
///     while let Some(event) = events.next().await {
///         println!("{event:?}");
///     }
/// });
///
/// let command = client.request_raw("device_del", &dict! { "id": "disk0" });
/// command.within(Duration::from_secs(5)).execute().await?;
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
