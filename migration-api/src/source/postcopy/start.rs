//! The switch to postcopy: stops the guest here, and sends its devices in one package, after which
//! the destination runs it.

use std::sync::Arc;
use std::time::Instant;

use super::preempt::Preempt;
use super::{PageSender, PostcopySource};
use crate::api::{MigrationCapability as Capability, MigrationStatus as Status};
use crate::source::error::SourceError;
use crate::source::ids::{LOADED, RAM};
use crate::source::iterate::Precopy;
use crate::source::lifecycle::{Lifecycle, Peer, PostcopyLink};
use crate::source::session::Source;
use crate::stream::{Command, Limits, section};

impl Source {
    /// Returns true if RAM may follow the guest. Otherwise only dirty bitmaps do.
    pub(super) fn sends_ram_late(&self) -> bool {
        self.capabilities.has(Capability::PostcopyRam)
    }

    /// Blocks cancellation from here on, unless the migration is being cancelled already.
    fn leave(&self, link: PostcopyLink) -> Result<(), SourceError> {
        let state = self.core.state();
        if state.outgoing.machine.status() == Status::Cancelling {
            return Err(SourceError::Cancelled);
        }
        Ok(self.run.change(|lifecycle| lifecycle.leave(link))?)
    }
}

impl Precopy<'_> {
    /// Returns true if the switch was asked for and everything that must precede it is sent or fits
    /// into the downtime. Without a return path the destination could not request pages, so nothing
    /// is left for later.
    pub(in crate::source) fn may_start_postcopy(&self) -> bool {
        (self.source.sends_ram_late() || self.rest_fits())
            && self.return_path
            && self.source.run.look().is_postcopy_wanted()
            && self.acknowledged()
    }

    /// Switches to postcopy, and returns when the migration is over.
    pub(in crate::source) fn start_postcopy(mut self) -> Result<(), SourceError> {
        let preempt = match self.source.capabilities.has(Capability::PostcopyPreempt) {
            true => Some(self.open_preempt()?),
            false => None,
        };
        let began = Instant::now();
        self.stop()?;
        self.sync(true)?;
        let late = self.source.sends_ram_late();
        if !late {
            section::write_end(&mut self.sender.buffer.bytes, RAM);
            self.send_rest()?;
            section::write_footer(&mut self.sender.buffer.bytes, RAM);
        }
        let pages = Arc::new(
            self.ram.take_pages(late && self.source.capabilities.has(Capability::ReleaseRam)),
        );
        if late {
            pages.write_discards(&mut self.sender.buffer.bytes);
        }
        Command::Ping(2).write(&mut self.sender.buffer.bytes);
        self.flush()?;

        self.package()?;
        let run = self.source.run.clone();
        self.source.leave(PostcopyLink::first(run.stop.clone(), pages.clone(), preempt))?;
        // The destination reads the whole package before it acts on it. As long as a byte of it has
        // not been sent, the guest belongs to this side.
        self.flush()?;
        let downtime = began.elapsed();
        run.stats.times().downtime = downtime;
        run.change(Lifecycle::left)?;
        self.source.advance(Status::PostcopyActive)?;
        let Self { source, channel, bitmaps, listener, log, .. } = self;
        drop(log);
        let mut sender = PageSender::new(channel, listener, &run.stats);
        Command::Ping(4).write(&mut sender.buffer);
        PostcopySource { source, pages, sender, bitmaps, downtime }.run()
    }

    /// Opens the preempt channel. The destination has answered on the main channel before, so it
    /// cannot confuse the two.
    fn open_preempt(&self) -> Result<Preempt, SourceError> {
        let run = &self.source.run;
        run.wait_for(|lifecycle| {
            let ends = lifecycle.error().is_some() || run.stop.is_stopped();
            (ends || lifecycle.heard() > Peer::Silent).then_some(())
        });
        self.source.check()?;
        Ok(Preempt::new(self.source.further_channel()?))
    }

    /// Appends the guest's devices as a package that ends with the command to run the guest.
    ///
    /// # Errors
    /// The guest cannot save itself, or its state is longer than a destination accepts.
    fn package(&mut self) -> Result<(), SourceError> {
        let mut package = Vec::new();
        Command::PostcopyListen.write(&mut package);
        self.write_devices(&mut package)?;
        Command::Ping(LOADED).write(&mut package);
        Command::PostcopyRun.write(&mut package);
        Command::Packaged(announced(package.len())?).write(&mut self.sender.buffer.bytes);
        self.sender.buffer.bytes.append(&mut package);
        Ok(())
    }
}

/// Returns a package's length for its header. Longer packages would be refused by every destination
/// with this engine.
fn announced(length: usize) -> Result<u32, SourceError> {
    let fits =
        u32::try_from(length).ok().filter(|&length| u64::from(length) <= Limits::default().package);
    fits.ok_or(SourceError::Package(length))
}
