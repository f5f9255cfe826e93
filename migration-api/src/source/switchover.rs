//! The switchover: stops the guest, sends the rest of its state, and waits for the destination's
//! verdict.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::error::SourceError;
use super::ids::{BITMAPS, GONE, RAM};
use super::iterate::Precopy;
use super::lifecycle::Lifecycle;
use super::session::Source;
use crate::api::{MigrationCapability as Capability, MigrationStatus as Status, RunState};
use crate::bitmaps;
use crate::devices;
use crate::page::PAGE;
use crate::stream::{SectionHeader, description, section};
use crate::unwind::catch_panic;

/// Longest wait for the verdict of a destination that may wait for a description.
const PAUSE: Duration = Duration::from_secs(1);

impl Precopy<'_> {
    pub(super) fn switch_over(mut self) -> Result<(), SourceError> {
        let began = Instant::now();
        self.stop()?;
        self.send_last()?;
        if self.source.capabilities.has(Capability::XColo) {
            return self.replicate(began);
        }
        let Self { source, channel, sender, return_path, .. } = self;
        drop(sender);
        let mut downtime = began.elapsed();
        if return_path {
            if source.core.generation.suppress_description && !source.heard_within(PAUSE) {
                // A QEMU without the option reads one more byte, finds that it does not begin a
                // description, and goes on. Others leave it unread.
                channel.write_all(&[section::EOF])?;
            }
            source.wait_for_verdict()?;
            downtime = began.elapsed();
        } else if let Ok(channel) = Arc::try_unwrap(channel) {
            // The destination runs its guest once it has read everything. How long it keeps the
            // connection open does not matter.
            channel.finish()?;
        }
        source.run.stats.complete(downtime);
        source.ram = None;
        source.complete()
    }

    /// Sends the rest of memory and bitmaps, the devices and the end of the stream. The guest is
    /// stopped.
    pub(super) fn send_last(&mut self) -> Result<(), SourceError> {
        // In COLO this sync is not the last: checkpoints follow.
        self.sync(!self.source.capabilities.has(Capability::XColo))?;
        section::write_end(&mut self.sender.buffer.bytes, RAM);
        self.send_rest()?;
        section::write_footer(&mut self.sender.buffer.bytes, RAM);
        if !self.bitmaps.is_empty() {
            section::write_end(&mut self.sender.buffer.bytes, BITMAPS);
            bitmaps::write_ends(&self.bitmaps, &mut self.sender.buffer.bytes);
            section::write_footer(&mut self.sender.buffer.bytes, BITMAPS);
        }
        self.finish_with_devices()?;
        self.flush()
    }

    /// Stops the guest for good, after a pause if the capability asks for one.
    pub(super) fn stop(&mut self) -> Result<(), SourceError> {
        // A client may have stopped or continued the guest meanwhile.
        if self.source.stopped_from.is_none() {
            self.source.stop_guest()?;
            self.run_state = self.source.stopped_from.unwrap_or(self.run_state);
        }
        match self.source.capabilities.has(Capability::PauseBeforeSwitchover) {
            true => self.pause()?,
            false => self.source.run.change(Lifecycle::switch_over)?,
        }
        // In COLO both sides run the guest.
        if !self.source.capabilities.has(Capability::XColo) {
            let core = &self.source.core;
            core.hand_over(&core.run_lock())?;
        }
        Ok(())
    }

    /// Waits in `pre-switchover` for `migrate-continue`.
    fn pause(&mut self) -> Result<(), SourceError> {
        let run = &self.source.run;
        // Before the status, by which a client knows that it can give `migrate-continue`.
        run.change(Lifecycle::wait_before_switchover)?;
        self.source.advance(Status::PreSwitchover)?;
        run.wait_for(|lifecycle| {
            let ends = lifecycle.error().is_some() || run.stop.is_stopped();
            (ends || !lifecycle.waits_before_switchover()).then_some(())
        });
        match self.source.check() {
            Err(SourceError::Cancelled) => return Err(SourceError::ReturnPath(GONE.into())),
            checked => checked?,
        }
        self.source.advance(Status::Device)
    }

    /// Appends the devices. Returns their headers and lengths.
    pub(super) fn write_devices(
        &self,
        out: &mut Vec<u8>,
    ) -> Result<Vec<(SectionHeader, usize)>, SourceError> {
        let devices = devices::save(&*self.source.core.guest, self.run_state, BITMAPS + 1)?;
        devices.iter().for_each(|device| device.write(true, out));
        Ok(devices.into_iter().map(|device| (device.header, device.body.len())).collect())
    }

    /// Appends the devices, the end of the stream and its description.
    fn finish_with_devices(&mut self) -> Result<(), SourceError> {
        let mut devices = Vec::new();
        let headers = self.write_devices(&mut devices)?;
        self.sender.buffer.bytes.append(&mut devices);
        section::write_eof(&mut self.sender.buffer.bytes);
        if self.source.core.generation.suppress_description {
            return Ok(());
        }
        let described = headers.iter().map(|(header, length)| (header, *length));
        let text = description::describe(PAGE, &self.configuration, described);
        section::write_description(&mut self.sender.buffer.bytes, &text);
        Ok(())
    }
}

impl Source {
    /// Waits for the destination's verdict, `limit` at most. Returns true if it has come.
    fn heard_within(&self, limit: Duration) -> bool {
        self.run.wait_at_most(limit, |lifecycle| lifecycle.verdict().map(drop)).is_some()
    }

    /// Waits until the destination reports the outcome.
    fn wait_for_verdict(&self) -> Result<(), SourceError> {
        // Stopping the run ends the connection and so this wait.
        let verdict = self.run.wait_for(|lifecycle| lifecycle.verdict().cloned());
        verdict.result().map_err(SourceError::ReturnPath)
    }

    /// Hands the guest over to the destination.
    pub(super) fn complete(&mut self) -> Result<(), SourceError> {
        // Set the run state first, so that it is in effect when `completed` is announced. No vCPU
        // runs, so this does not block.
        let running = self.core.run_lock();
        // The destination may run the guest. A panic leaves it stopped here and changes nothing
        // else.
        catch_panic(|| self.core.enter(&running, RunState::Postmigrate));
        drop(running);
        let mut state = self.core.state();
        self.advance_locked(&mut state, Status::Completed)?;
        self.stopped_from = None;
        Ok(())
    }
}
