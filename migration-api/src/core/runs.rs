//! One attempt at a migration, as commands see it: the source and the destination implement these.

use std::sync::Arc;
use std::sync::mpsc::Receiver;

use crate::stats::Stats;
use crate::transport::{Address, Channel, Incoming, Stop, TlsCredentials, TransportError};

/// The target of a migration.
pub(crate) enum Target {
    /// To be connected in the background.
    Address(Address),
    /// Open already.
    Channel(Channel),
}

impl Target {
    /// Returns the kind of the address or channel.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Address(address) => address.kind(),
            Self::Channel(channel) => channel.kind(),
        }
    }
}

/// The credentials, or the reason why there are none.
pub(crate) type Tls = Result<Option<TlsCredentials>, TransportError>;

/// A connection to resume with.
pub(crate) struct Attempt {
    pub(crate) target: Target,
    pub(crate) tls: Tls,
    /// Ends all I/O of the connection.
    pub(crate) stop: Arc<Stop>,
}

/// Error of resuming a migration that is not paused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotPaused;

/// An outgoing attempt.
pub(crate) trait OutgoingRun: Send + Sync {
    /// Returns the statistics of the attempt.
    fn stats(&self) -> &Stats;

    /// Ends the attempt's I/O for good, and wakes up all waiting threads.
    fn abort(&self);

    /// Cuts the connections, as if the destination had gone. The attempt fails, or pauses in
    /// postcopy.
    fn cut(&self);

    /// Lets a migration continue that is paused before the switchover.
    fn proceed(&self);

    /// Asks for the switch to postcopy.
    fn want_postcopy(&self);

    /// Gives a paused migration another connection. Replaces one that is still being made.
    ///
    /// # Errors
    /// The migration is not paused.
    fn resume(&self, attempt: Attempt) -> Result<(), NotPaused>;

    /// Returns true if the guest belongs to the destination, or may at any moment.
    fn is_leaving(&self) -> bool;

    /// Returns the id of the migration thread while it owns the guest.
    fn thread(&self) -> Option<i32>;

    /// Returns the names and ids of the migration's threads, the migration thread last.
    fn threads(&self) -> Vec<(String, i32)>;
}

/// An incoming attempt.
pub(crate) trait IncomingRun: Send + Sync {
    /// Ends the wait for a source that has sent nothing. Returns false if a stream is being loaded.
    fn forgo(&self) -> bool;

    /// Ends the migration: the source is no longer expected.
    fn stop(&self);

    /// Cuts the connections in use, as if the source had gone.
    fn cut(&self);

    /// Ends the waiting for the offer made last.
    fn withdraw(&self) -> Withdrawn;

    /// Offers another way to connect, which replaces an earlier offer. `stop` is the switch with
    /// which `incoming` was opened.
    fn offer(&self, incoming: Incoming, stop: Arc<Stop>);
}

/// A withdrawn offer.
pub(crate) struct Withdrawn(pub(crate) Option<Receiver<()>>);

impl Withdrawn {
    /// Waits until its listener is closed.
    pub(crate) fn wait(self) {
        if let Some(open) = self.0 {
            // Nothing is ever sent: the sender is dropped.
            let _ = open.recv();
        }
    }
}
