//! Resumes after a pause: takes another connection, and learns which pages the destination has.

use std::sync::Arc;

use super::preempt::Preempt;
use super::{Interruption, PageSender, PostcopySource};
use crate::api::{MigrationCapability as Capability, MigrationStatus as Status};
use crate::core::runs::Attempt;
use crate::source::error::SourceError;
use crate::source::ids::NO_RETURN_PATH;
use crate::source::lifecycle::{Lifecycle, Made};
use crate::source::return_path;
use crate::stream::Command;
use crate::transport::Channel;

impl PostcopySource<'_> {
    /// Waits for a connection over which the destination resumes.
    ///
    /// # Errors
    /// The process ends before.
    pub(super) fn resume(&mut self) -> Result<(), SourceError> {
        loop {
            let attempt = self.source.run.wait_for(|lifecycle| match lifecycle.reconnect() {
                Ok(attempt) => attempt.map(Ok),
                Err(error) => Some(Err(error)),
            });
            let recovered = match self.connect(attempt?) {
                Ok(channel) => self.recover(channel),
                Err(failure) => {
                    self.report(&failure)?;
                    continue;
                }
            };
            match recovered {
                Ok(Made::Current) => return Ok(()),
                Ok(Made::Replaced) => {}
                Err(Interruption::Connection(error)) => self.pause(error)?,
                Err(Interruption::Run(error)) => return Err(error),
            }
        }
    }

    fn connect(&mut self, attempt: Attempt) -> Result<Channel, SourceError> {
        let Attempt { target, tls, stop } = attempt;
        let channel = self.source.connect(target, tls, stop)?;
        if channel.is_duplex() {
            Ok(channel)
        } else {
            Err(SourceError::ReturnPath(NO_RETURN_PATH.into()))
        }
    }

    /// Reports that a connection could not be made, unless another one replaces it.
    fn report(&self, failure: &SourceError) -> Result<(), SourceError> {
        let mut state = self.source.core.state();
        match self.source.run.change(Lifecycle::not_connected)? {
            Made::Replaced => Ok(()),
            Made::Current => {
                state.outgoing.error = Some(failure.to_string());
                self.source.advance_locked(&mut state, Status::PostcopyPaused)
            }
        }
    }

    /// Learns which pages are missing, and resumes.
    fn recover(&mut self, channel: Channel) -> Result<Made, Interruption> {
        let run = self.source.run.clone();
        let mut state = self.source.core.state();
        let (pages, blocks) = (self.pages.clone(), self.pages.names().count());
        if run.change(|lifecycle| lifecycle.connected(pages, blocks))? == Made::Replaced {
            return Ok(Made::Replaced);
        }
        state.outgoing.error = None;
        self.source
            .advance_locked(&mut state, Status::PostcopyRecover)
            .map_err(Interruption::Run)?;
        drop(state);

        let channel = Arc::new(channel);
        let listener =
            return_path::listen(channel.clone(), run.clone(), self.pages.longest_bitmap());
        let listener = listener.map_err(|failure| failure.to_string())?;
        self.sender = PageSender::new(channel, Some(listener), &run.stats);
        for name in self.pages.names() {
            Command::RecvBitmap(name.clone()).write(&mut self.sender.buffer);
        }
        self.flush()?;
        self.wait_until(Lifecycle::have_bitmaps_come)?;
        run.stats.remaining.set(self.pages.remaining());

        // Open it only now, so that the destination cannot confuse the two channels.
        let mut preempt = None;
        if self.source.capabilities.has(Capability::PostcopyPreempt) {
            let channel = self.source.further_channel().map_err(|failure| failure.to_string())?;
            preempt = Some(Preempt::new(channel));
        }
        run.change(|lifecycle| lifecycle.ask_to_resume(preempt))?;
        Command::PostcopyResume.write(&mut self.sender.buffer);
        self.flush()?;
        self.wait_until(Lifecycle::is_resume_acknowledged)?;
        let mut state = self.source.core.state();
        run.change(Lifecycle::recovered)?;
        self.source
            .advance_locked(&mut state, Status::PostcopyActive)
            .map_err(Interruption::Run)?;
        Ok(Made::Current)
    }
}
