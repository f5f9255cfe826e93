//! One incoming migration as commands see it: its connections can be cut, ended, and replaced.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, MutexGuard};

use rustix::event::{EventfdFlags, PollFlags, eventfd};

use super::link::{IncomingLink, Offer};
use crate::core::runs::{IncomingRun, Withdrawn};
use crate::sync::IgnorePoison;
use crate::transport::{Incoming, Stop};

/// One incoming migration.
pub(crate) struct DestinationRun {
    /// Ends the migration.
    stop: Arc<Stop>,
    link: Mutex<IncomingLink>,
    /// An eventfd that is readable when a thread that waits for an offer has to check again.
    knock: OwnedFd,
    /// The first bytes of the stream have arrived.
    begun: AtomicBool,
}

impl DestinationRun {
    /// Creates a migration without a connection.
    ///
    /// # Errors
    /// No file descriptor is available.
    pub(crate) fn new() -> io::Result<Self> {
        let link = Mutex::new(IncomingLink::new(Arc::new(Stop::new()?)));
        let knock = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        Ok(Self { stop: Arc::new(Stop::new()?), link, knock, begun: AtomicBool::new(false) })
    }

    fn link(&self) -> MutexGuard<'_, IncomingLink> {
        self.link.lock().ignore_poison()
    }

    /// Returns the switch that ends the migration.
    pub(crate) fn end(&self) -> &Arc<Stop> {
        &self.stop
    }

    /// Returns the switch that ends the connections in use.
    pub(crate) fn connections(&self) -> Arc<Stop> {
        self.link().stop().clone()
    }

    /// Takes note that the stream has begun, so that it is no longer possible to [forgo] it.
    ///
    /// # Errors
    /// The wait for it has ended.
    ///
    /// [forgo]: IncomingRun::forgo
    pub(super) fn begin(&self) -> io::Result<()> {
        let link = self.link();
        link.stop().check()?;
        self.begun.store(true, Ordering::SeqCst);
        Ok(())
    }

    /// Takes note that the awaited source has connected.
    pub(super) fn connected(&self) {
        self.link().connected();
    }

    /// Returns true if the connections in use were cut or ended, so that their data is of no use.
    pub(super) fn is_over(&self) -> bool {
        self.link().is_over()
    }

    /// Ends the connections of `stop`, and the wait for them.
    pub(super) fn lost(&self, stop: &Arc<Stop>) {
        self.link().lost(stop);
    }

    /// Makes a thread that waits for an offer check again.
    pub(super) fn knock(&self) {
        // Fails only if the counter is full, in which case the descriptor is readable.
        let _ = rustix::io::write(&self.knock, &1u64.to_ne_bytes());
    }

    /// Waits for an offer while `wanted` returns true. It is checked again at every knock.
    pub(super) fn await_offer(&self, wanted: impl Fn() -> bool) -> Option<Offer> {
        loop {
            if !wanted() {
                return None;
            }
            let offer = self.link().take();
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
        self.link().end();
    }

    fn cut(&self) {
        self.link().cut();
    }

    fn forgo(&self) -> bool {
        // With the link locked, as `begin` is.
        let link = self.link();
        let idle = !self.begun.load(Ordering::SeqCst);
        if idle {
            link.stop().cut_waits();
        }
        idle
    }

    fn withdraw(&self) -> Withdrawn {
        self.link().withdraw()
    }

    fn offer(&self, incoming: Incoming, stop: Arc<Stop>) {
        let (open, closed) = channel();
        self.link().offer(Offer { incoming, stop, open }, closed);
        self.knock();
    }
}
