//! Pauses a postcopy whose connection is lost, until the source connects again.
//!
//! The guest runs until it touches a missing page. Arrived pages and open requests are kept.

use std::sync::Arc;

use crate::api::{MigrationCapability as Capability, MigrationStatus as Status};
use crate::core::Event;
use crate::destination::accept::{Acceptor, Connections};
use crate::destination::failure::LoadFailure;
use crate::destination::link::Offer;
use crate::destination::loader::Loader;
use crate::destination::policy::{Policy, secured};
use crate::state::Direction;
use crate::transport::Incoming;

impl Loader {
    /// Continues after `failure`, because the guest runs only here. Returns true if there is more
    /// to read, over another connection.
    ///
    /// # Errors
    /// The guest cannot run, or the migration is being ended.
    pub(in crate::destination) fn interrupted(
        &mut self,
        failure: LoadFailure,
    ) -> Result<bool, LoadFailure> {
        if let Some(failed) = self.postcopy.phase().loading().and_then(|loading| loading.failure())
        {
            return Err(failed);
        }
        if self.run.end().is_stopped() {
            return Err(failure);
        }
        self.core.notify(Event::Log(failure.to_string()));
        self.run.lost(&self.link);
        self.return_path.close();
        self.postcopy.end_urgent();
        let Some(placer) = self.postcopy.placer() else {
            self.core.notify(Event::Log(
                "Dirty bitmaps that were not received completely are lost".into(),
            ));
            return Ok(false);
        };
        placer.forget();
        self.core
            .notify(Event::Log("Postcopy pauses until the source can be reached again".into()));
        self.pause();
        let broken = |loader: &Self| {
            loader.postcopy.phase().loading().is_some_and(|loading| loading.has_failed())
        };
        loop {
            let Some(offer) = self.run.await_offer(|| !broken(self)) else {
                let failed = self.postcopy.phase().loading().and_then(|loading| loading.failure());
                return Err(failed.unwrap_or(failure));
            };
            if self.recover(offer) {
                return Ok(true);
            }
        }
    }

    fn pause(&self) {
        self.core.advance_or_log(
            &mut self.core.state(),
            Direction::Incoming,
            Status::PostcopyPaused,
        );
    }

    /// Accepts the source's new connection. Returns false if it does not come.
    fn recover(&mut self, offer: Offer) -> bool {
        let Offer { incoming, stop, open } = offer;
        let connections = match incoming {
            Incoming::Channel(channel) => secured(&self.core, channel).map(Connections::single),
            Incoming::Listener(listener) => {
                let mut acceptor =
                    Acceptor::new(listener, Box::new(Policy::new(&self.core)), stop.clone());
                acceptor.next().map(|main| {
                    let urgent =
                        self.capabilities.has(Capability::PostcopyPreempt).then_some(acceptor);
                    Connections { acceptor: urgent, ..Connections::single(main) }
                })
            }
        };
        let connections = match connections {
            Ok(connections) => connections,
            Err(error) => {
                // Another connection was offered, or may be.
                if !stop.is_stopped() {
                    self.core.notify(Event::Log(error.to_string()));
                }
                return false;
            }
        };
        let mut state = self.core.state();
        if stop.is_stopped()
            || self.core.advance(&mut state, Direction::Incoming, Status::PostcopyRecover).is_err()
        {
            return false;
        }
        drop(state);
        drop(open);
        self.link = stop;
        self.channel = Arc::new(connections.main);
        self.acceptor = connections.acceptor;
        self.run.connected();
        self.reader.reconnect();
        self.return_path.open(&self.channel);
        if let Some(live) = self.postcopy.live() {
            live.requests().give_up(false);
        }
        match self.accept_urgent() {
            Ok(()) => true,
            Err(failure) => {
                self.core.notify(Event::Log(failure.to_string()));
                self.run.lost(&self.link);
                self.pause();
                false
            }
        }
    }
}
