//! One incoming migration as commands see it: its connections can be cut, ended, and replaced.

use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::event::{EventfdFlags, PollFlags, eventfd};

use crate::transport::{Incoming, Stop};

/// One incoming migration.
pub(crate) struct DestinationRun {
    /// Ends everything.
    stop: Arc<Stop>,
    link: Mutex<Link>,
    /// Readable when whoever waits for an offer is to look again.
    knock: std::os::fd::OwnedFd,
}

/// The connections in use, and those which are to take their place.
struct Link {
    /// Ends the connections in use, or the waiting for them.
    stop: Arc<Stop>,
    /// What was offered and is not taken yet.
    offer: Option<Offer>,
    /// Ends when the last offer is not listened to any more.
    open: Option<Receiver<()>>,
}

/// Another way for the source to connect, after the connections were lost.
pub(crate) struct Offer {
    pub(crate) incoming: Incoming,
    /// Ends these connections, or the waiting for them.
    pub(crate) stop: Arc<Stop>,
    /// Goes with the listener.
    pub(crate) open: Sender<()>,
}

/// An offer that stands no more.
pub(crate) struct Withdrawn(Option<Receiver<()>>);

impl Withdrawn {
    /// Waits until its listener is closed.
    pub(crate) fn wait(self) {
        if let Some(open) = self.0 {
            // Nothing is ever sent: the other end goes away.
            let _ = open.recv();
        }
    }
}

impl DestinationRun {
    /// A migration that nobody has connected to yet.
    ///
    /// # Errors
    /// No descriptors to be had.
    pub(crate) fn new() -> io::Result<Self> {
        let link = Link { stop: Arc::new(Stop::new()?), offer: None, open: None };
        let knock = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        Ok(Self { stop: Arc::new(Stop::new()?), link: Mutex::new(link), knock })
    }

    fn link(&self) -> MutexGuard<'_, Link> {
        self.link.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends everything: nobody waits for the source any more.
    pub(crate) fn stop(&self) {
        self.stop.stop();
        self.link().stop.stop();
    }

    /// What ends everything.
    pub(crate) fn end(&self) -> &Arc<Stop> {
        &self.stop
    }

    /// What ends the connections in use.
    pub(crate) fn connections(&self) -> Arc<Stop> {
        self.link().stop.clone()
    }

    /// Cuts the connections in use, as if the source had gone.
    pub(crate) fn cut(&self) {
        self.connections().cut();
    }

    /// Ends the waiting for the offer made last.
    pub(crate) fn withdraw(&self) -> Withdrawn {
        let mut link = self.link();
        link.stop.stop();
        link.offer = None;
        Withdrawn(link.open.take())
    }

    /// Offers another way to connect, which takes the place of one offered before. `stop` is what `incoming` was opened with.
    pub(crate) fn offer(&self, incoming: Incoming, stop: Arc<Stop>) {
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

    /// Has whoever waits for an offer look again.
    pub(crate) fn knock(&self) {
        // Fails only if the counter is full, and then the descriptor is readable.
        let _ = rustix::io::write(&self.knock, &1u64.to_ne_bytes());
    }

    /// Waits for an offer, as long as `wanted` says at every knock.
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
