//! One incoming migration as commands see it: its connections can be cut, ended, and replaced.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::event::{EventfdFlags, PollFlags, eventfd};

use crate::core::runs::{IncomingRun, Withdrawn};
use crate::transport::{Incoming, Stop};

/// Longest time that a connection takes to come in once the source was told to open it.
const ON_ITS_WAY: Duration = Duration::from_secs(1);

/// One incoming migration.
pub(crate) struct DestinationRun {
    /// Ends the migration.
    stop: Arc<Stop>,
    link: Mutex<Link>,
    /// The connections in use were cut.
    cut: AtomicBool,
    /// An eventfd that is readable when a thread that waits for an offer has to check again.
    knock: std::os::fd::OwnedFd,
}

/// The connections in use, and those offered to replace them.
struct Link {
    /// Ends the connections in use, or the wait for them.
    stop: Arc<Stop>,
    /// The offer that was not taken yet.
    offer: Option<Offer>,
    /// Disconnected when the listener of the last offer is closed.
    open: Option<Receiver<()>>,
}

/// Another way for the source to connect, after the connections were lost.
pub(crate) struct Offer {
    pub(crate) incoming: Incoming,
    /// Ends these connections, or the wait for them.
    pub(crate) stop: Arc<Stop>,
    /// Dropped together with the listener.
    pub(crate) open: Sender<()>,
}

impl DestinationRun {
    /// Creates a migration without a connection.
    ///
    /// # Errors
    /// No file descriptor is available.
    pub(crate) fn new() -> io::Result<Self> {
        let link = Link { stop: Arc::new(Stop::new()?), offer: None, open: None };
        let knock = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        Ok(Self {
            stop: Arc::new(Stop::new()?),
            link: Mutex::new(link),
            cut: AtomicBool::new(false),
            knock,
        })
    }

    fn link(&self) -> MutexGuard<'_, Link> {
        self.link.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the switch that ends the migration.
    pub(crate) fn end(&self) -> &Arc<Stop> {
        &self.stop
    }

    /// Returns the switch that ends the connections in use.
    pub(crate) fn connections(&self) -> Arc<Stop> {
        self.link().stop.clone()
    }

    /// Notes that connections come into use which were not cut.
    pub(super) fn connected(&self) {
        self.cut.store(false, Ordering::SeqCst);
    }

    /// Returns true if the connections in use were cut or ended, so that their data is of no use.
    pub(super) fn is_over(&self) -> bool {
        self.cut.load(Ordering::SeqCst) || self.link().stop.is_stopped()
    }

    /// Makes a thread that waits for an offer check again.
    pub(crate) fn knock(&self) {
        // Fails only if the counter is full, in which case the descriptor is readable.
        let _ = rustix::io::write(&self.knock, &1u64.to_ne_bytes());
    }

    /// Waits for an offer while `wanted` returns true. It is checked again at every knock.
    pub(crate) fn await_offer(&self, wanted: impl Fn() -> bool) -> Option<Offer> {
        loop {
            if !wanted() {
                return None;
            }
            let offer = self.link().offer.take();
            if offer.is_some() {
                return offer;
            }
            self.stop.wait_for(&self.knock, PollFlags::IN).ok()?;
            let _ = rustix::io::read(&self.knock, &mut [0; 8]);
        }
    }
}

impl IncomingRun for DestinationRun {
    fn stop(&self) {
        self.stop.stop();
        self.link().stop.stop();
    }

    fn cut(&self) {
        self.cut.store(true, Ordering::SeqCst);
        let connections = self.connections();
        if !connections.cut() {
            connections.cut_for(ON_ITS_WAY);
        }
    }

    fn withdraw(&self) -> Withdrawn {
        let mut link = self.link();
        link.stop.stop();
        link.offer = None;
        Withdrawn(link.open.take())
    }

    fn offer(&self, incoming: Incoming, stop: Arc<Stop>) {
        let (open, closed) = channel();
        let mut link = self.link();
        link.stop.stop();
        if self.stop.is_stopped() {
            stop.stop();
        }
        link.stop = stop.clone();
        link.open = Some(closed);
        link.offer = Some(Offer { incoming, stop, open });
        drop(link);
        self.knock();
    }
}
