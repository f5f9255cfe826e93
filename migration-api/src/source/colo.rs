//! The COLO primary: after the first switchover the guest keeps running here, and each checkpoint
//! sends its changes to the secondary.

use std::time::{Duration, Instant};

use super::error::SourceError;
use super::ids::RAM;
use super::iterate::Precopy;
use crate::api::{COLOMessage as Message, COLOMode as Mode, MigrationStatus as Status, RunState};
use crate::core::Event;
use crate::core::colo::ColoChannel;
use crate::stream::section;
use crate::unwind::catch_panic;

/// Read buffer size in bytes. Every message fits.
const CAPACITY: usize = 64;

impl Precopy<'_> {
    /// Sends checkpoints until one side is lost or fails over; then the guest continues here alone.
    /// The whole guest was sent before.
    pub(super) fn replicate(mut self, began: Instant) -> Result<(), SourceError> {
        let core = self.source.core.clone();
        let channel = self.channel.clone();
        let mut line = ColoChannel::new(&channel, CAPACITY);
        line.expect(Message::CheckpointReady)?;
        self.begin()?;
        self.source.run.stats.complete(began.elapsed());
        // From here on both sides hold the whole guest, so on any failure it continues here.
        let mut state = self.source.stopped_from.take().unwrap_or(RunState::Paused);
        let lost = catch_panic(|| self.checkpoints(&mut line, &mut state))
            .unwrap_or(Err(SourceError::Panicked));
        if let Err(failure) = lost
            && !core.colo.wait_for_failover(Some(Instant::now()))
        {
            core.notify(Event::Log(failure.to_string()));
        }
        self.source.run.stop.stop();
        let exit = core.fail_over(Mode::Primary);
        let ended = self.leave();
        core.end_colo(exit, state);
        ended
    }

    /// Leaves `colo`, once this side continues alone.
    fn leave(&self) -> Result<(), SourceError> {
        let mut state = self.source.core.state();
        // A cancellation only breaks the link: the client decides which side continues.
        let end = match state.outgoing.machine.status() {
            Status::Cancelling => Status::Cancelled,
            _ => Status::Completed,
        };
        self.source.advance_locked(&mut state, end)
    }

    /// Enters `colo`, unless the migration is being cancelled: then this side must not become a
    /// primary.
    fn begin(&self) -> Result<(), SourceError> {
        let core = &self.source.core;
        let mut state = core.state();
        if state.outgoing.machine.status() == Status::Cancelling {
            return Err(SourceError::Cancelled);
        }
        core.colo.begin(Mode::Primary, self.source.run.stop.clone());
        self.source.advance_locked(&mut state, Status::Colo)
    }

    /// Makes checkpoints. `state` is the guest's run state between them.
    fn checkpoints(
        &mut self,
        line: &mut ColoChannel<'_>,
        state: &mut RunState,
    ) -> Result<(), SourceError> {
        let core = self.source.core.clone();
        core.restore(*state)?;
        loop {
            let delay = Duration::from_millis(core.state().parameters.x_checkpoint_delay.into());
            if core.colo.wait_for_checkpoint(delay) {
                return Ok(());
            }
            line.send(Message::CheckpointRequest)?;
            line.expect(Message::CheckpointReply)?;
            // A client may have stopped or continued the guest meanwhile.
            *state = core.halt(RunState::Colo)?;
            line.send(Message::VmstateSend)?;
            self.send_changes()?;
            let mut devices = Vec::new();
            self.run_state = *state;
            self.write_devices(&mut devices)?;
            section::write_eof(&mut devices);
            line.send_state(&devices)?;
            line.expect(Message::VmstateReceived)?;
            line.expect(Message::VmstateLoaded)?;
            core.restore(*state)?;
        }
    }

    /// Sends the pages written since the last checkpoint.
    fn send_changes(&mut self) -> Result<(), SourceError> {
        self.sync(false)?;
        self.ram.forget_block();
        section::write_end(&mut self.sender.buffer.bytes, RAM);
        self.send_rest()?;
        section::write_footer(&mut self.sender.buffer.bytes, RAM);
        section::write_eof(&mut self.sender.buffer.bytes);
        self.flush()
    }
}
