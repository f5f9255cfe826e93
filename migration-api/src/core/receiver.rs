//! A receiver of an engine's events.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, sync_channel};
use std::time::Duration;

use super::Event;

/// The number of events that wait for a receiver at most.
const BACKLOG: usize = 1024;

/// The reason why a receiver has no event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EventsError {
    /// No event in the given time.
    #[error("no event yet")]
    Empty,
    /// The engine has ended.
    #[error("the engine has ended")]
    Ended,
    /// More events than the receiver keeps: those after the ones received are lost.
    #[error("the receiver is more than {BACKLOG} events behind")]
    Lagged,
}

/// Receives the events of an engine, from the moment when it was made.
///
/// An engine may have several; each receives every event, in the order of the changes, while none
/// of the engine's locks is held. A receiver keeps 1024 events: if it is further behind, it yields
/// those and then fails with [`EventsError::Lagged`].
#[derive(Debug)]
pub struct EventReceiver {
    events: Receiver<Event>,
    lagged: Arc<AtomicBool>,
}

impl EventReceiver {
    /// Waits for the next event.
    ///
    /// # Errors
    /// The engine has ended, or the receiver is too far behind.
    pub fn recv(&self) -> Result<Event, EventsError> {
        self.events.recv().map_err(|_| self.end())
    }

    /// Waits for the next event, `limit` at most.
    ///
    /// # Errors
    /// As [`recv`](Self::recv), or [`EventsError::Empty`] after `limit`.
    pub fn recv_timeout(&self, limit: Duration) -> Result<Event, EventsError> {
        self.events.recv_timeout(limit).map_err(|error| match error {
            RecvTimeoutError::Timeout => EventsError::Empty,
            RecvTimeoutError::Disconnected => self.end(),
        })
    }

    /// Returns the next event if there is one.
    ///
    /// # Errors
    /// As [`recv`](Self::recv), or [`EventsError::Empty`].
    pub fn try_recv(&self) -> Result<Event, EventsError> {
        self.events.try_recv().map_err(|error| match error {
            TryRecvError::Empty => EventsError::Empty,
            TryRecvError::Disconnected => self.end(),
        })
    }

    /// Waits for events until there are no more.
    pub fn iter(&self) -> impl Iterator<Item = Event> + '_ {
        self.events.iter()
    }

    /// Returns the events that are there already.
    pub fn try_iter(&self) -> impl Iterator<Item = Event> + '_ {
        self.events.try_iter()
    }

    fn end(&self) -> EventsError {
        match self.lagged.load(Ordering::SeqCst) {
            true => EventsError::Lagged,
            false => EventsError::Ended,
        }
    }
}

impl IntoIterator for EventReceiver {
    type Item = Event;
    type IntoIter = std::sync::mpsc::IntoIter<Event>;

    /// Waits for events until there are no more.
    fn into_iter(self) -> Self::IntoIter {
        self.events.into_iter()
    }
}

/// The sending end of a receiver. Dropping it ends the receiver.
pub(super) struct EventSender {
    events: SyncSender<Event>,
    lagged: Arc<AtomicBool>,
}

impl EventSender {
    /// Sends an event. Returns false if the receiver is gone or too far behind.
    pub(super) fn send(&self, event: &Event) -> bool {
        use std::sync::mpsc::TrySendError;
        match self.events.try_send(event.clone()) {
            Ok(()) => true,
            Err(TrySendError::Full(_)) => {
                self.lagged.store(true, Ordering::SeqCst);
                false
            }
            Err(TrySendError::Disconnected(_)) => false,
        }
    }
}

/// Makes a receiver and its sending end.
pub(super) fn receiver() -> (EventSender, EventReceiver) {
    let (send, events) = sync_channel(BACKLOG);
    let lagged = Arc::new(AtomicBool::new(false));
    (EventSender { events: send, lagged: lagged.clone() }, EventReceiver { events, lagged })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receiver_that_lags_has_the_first_events_and_then_an_error() {
        let (sender, receiver) = receiver();
        assert_eq!(receiver.try_recv(), Err(EventsError::Empty));
        assert_eq!(receiver.recv_timeout(Duration::from_millis(1)), Err(EventsError::Empty));
        for number in 0..BACKLOG as u64 {
            assert!(sender.send(&Event::MigrationPass(number)));
        }
        assert!(!sender.send(&Event::Stop));
        drop(sender);
        assert_eq!(receiver.recv(), Ok(Event::MigrationPass(0)));
        assert_eq!(receiver.iter().count(), BACKLOG - 1);
        assert_eq!(receiver.recv(), Err(EventsError::Lagged));
    }

    #[test]
    fn a_receiver_ends_with_its_engine() {
        let (sender, receiver) = receiver();
        assert!(sender.send(&Event::Stop));
        drop(sender);
        assert_eq!(receiver.recv_timeout(Duration::ZERO), Ok(Event::Stop));
        assert_eq!(receiver.try_recv(), Err(EventsError::Ended));
        let (sender, receiver) = super::receiver();
        drop(receiver);
        assert!(!sender.send(&Event::Stop));
    }
}
