//! Resumes after a pause: takes another connection, and learns which pages the destination has.

use std::sync::Arc;

use super::{Link, Postcopy, Preempt};
use crate::api::{MigrationCapability as Capability, MigrationStatus as Status};
use crate::core::runs::Attempt;
use crate::source::return_path;
use crate::state::Direction;
use crate::stream::Command;
use crate::transport::Channel;

impl Postcopy<'_> {
    /// Waits for a connection over which the destination resumes. Returns false if the process ends
    /// before.
    pub(super) fn resume(&mut self) -> bool {
        loop {
            let Some(Attempt { target, tls, stop }) = self.attempt() else { return false };
            let recovered = match self.source.connect(target, tls, stop) {
                Ok(channel) => self.recover(channel),
                Err(_) if self.source.run.signals().postcopy.attempt.is_some() => continue,
                Err(failure) => {
                    let mut state = self.source.core.state();
                    state.outgoing.error = Some(failure.to_string());
                    self.source.core.advance(
                        &mut state,
                        Direction::Outgoing,
                        Status::PostcopyPaused,
                    );
                    continue;
                }
            };
            match recovered {
                Ok(()) => return true,
                Err(lost) => self.pause(lost),
            }
        }
    }

    /// Waits for the next connection to try. Returns `None` if the process ends.
    fn attempt(&self) -> Option<Attempt> {
        let run = &self.source.run;
        let mut signals = run.signals();
        loop {
            if signals.over {
                return None;
            }
            if let Some(attempt) = signals.postcopy.attempt.take() {
                signals.connection = Some(attempt.stop.clone());
                return Some(attempt);
            }
            signals = run.wait(signals, None);
        }
    }

    /// Learns which pages are missing, and resumes.
    fn recover(&mut self, channel: Channel) -> Result<(), String> {
        let mut state = self.source.core.state();
        state.outgoing.error = None;
        if !channel.is_duplex() {
            return Err(NO_RETURN_PATH.into());
        }
        self.source.core.advance(&mut state, Direction::Outgoing, Status::PostcopyRecover);
        drop(state);

        let run = self.source.run.clone();
        run.signals().postcopy.awaited = self.pages.names().count();
        let channel = Arc::new(channel);
        let listener =
            return_path::listen(channel.clone(), run.clone(), self.pages.longest_bitmap());
        let listener = listener.map_err(|error| crate::transport::reason(&error))?;
        self.link = Link::new(channel, Some(listener), &run.stats);
        for name in self.pages.names() {
            Command::RecvBitmap(name.clone()).write(&mut self.link.buffer);
        }
        self.flush()?;
        self.wait_for(|signals| (signals.postcopy.awaited == 0).then_some(()))?;
        run.stats.remaining.set(self.pages.remaining());

        // Open it only now, so that the destination cannot confuse the two channels.
        if self.source.capabilities.has(Capability::PostcopyPreempt) {
            let preempt = self.source.further_channel().map_err(|failure| failure.to_string())?;
            run.signals().postcopy.preempt = Some(Preempt::new(preempt));
        }
        Command::PostcopyResume.write(&mut self.link.buffer);
        self.flush()?;
        self.wait_for(|signals| signals.postcopy.resumed.then_some(()))?;
        let mut state = self.source.core.state();
        self.source.core.advance(&mut state, Direction::Outgoing, Status::PostcopyActive);
        Ok(())
    }
}

/// The error if the destination cannot answer on the connection.
pub(in crate::source) const NO_RETURN_PATH: &str = "Unable to open return-path for postcopy";
