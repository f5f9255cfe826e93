//! The end of a stream: with or without its description, and after an acknowledgement that the
//! source did not expect. The guest is completed here.

use std::io;
use std::time::Duration;

use crate::api::MigrationCapability as Capability;
use crate::core::Event;
use crate::destination::failure::LoadFailure;
use crate::destination::loader::Loader;
use crate::destination::outcome::Loaded;
use crate::destination::progress::GuestRole;
use crate::devices;
use crate::guest::BlockId;
use crate::stream::{Buffer, ErrorKind};
use crate::transport::{TransportError, reason};

/// Bytes read into the buffer in one call, so that they are still cached when they are copied.
const PIECE: u64 = 64 << 10;

/// Longest pause before a description. A source writes it right behind the end of file.
const PAUSE: Duration = Duration::from_secs(1);

/// The same where the lengths of the devices have to be taken from the description.
const LAST_PAUSE: Duration = Duration::from_secs(10);

/// Longest wait for the source to close, after it was told that all is well.
const CLOSE: Duration = Duration::from_secs(5);

impl Loader {
    /// Reads more of the stream. Returns false at its end.
    ///
    /// Waits for a description only briefly where the source waits for an answer: it may have
    /// machine option `suppress-vmdesc`.
    pub(super) fn fill(&mut self, buffer: &mut Buffer) -> Result<bool, LoadFailure> {
        if !self.reader.awaits_description() || !self.return_path.is_open() {
            let filled = buffer.fill(&mut io::Read::take(&*self.channel, PIECE));
            return self.filled(filled, buffer);
        }
        let channel = self.channel.clone();
        for pause in [PAUSE, LAST_PAUSE] {
            match buffer.fill(&mut channel.read_within(pause)) {
                Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                    if self.reader.end_without_description()? {
                        return Ok(false);
                    }
                }
                filled => return self.filled(filled, buffer),
            }
        }
        self.filled(Ok(0), buffer)
    }

    fn filled(&mut self, filled: io::Result<usize>, buffer: &Buffer) -> Result<bool, LoadFailure> {
        match filled {
            Ok(0) => {
                self.reader.finish(buffer.filled())?;
                Ok(false)
            }
            Ok(_) => Ok(true),
            Err(error) => Err(LoadFailure::Transport(TransportError::Read(reason(&error)))),
        }
    }

    /// Tells a guest that took over its RAM which blocks x-ignore-shared left out.
    fn note_left_out(&self) {
        let Some(adopts) = self.guest.adopts() else { return };
        if !self.capabilities.has(Capability::XIgnoreShared) {
            return;
        }
        let blocks = self.memory.iter().zip(&self.addresses).enumerate();
        let blocks = blocks.filter(|(_, (memory, _))| !memory.is_touched());
        let blocks = blocks.map(|(index, (_, &at))| (BlockId::new(index), at));
        adopts.left_out(&blocks.collect::<Vec<_>>());
    }

    /// Loads the devices and tells the source that all is well.
    pub(in crate::destination) fn finish(&mut self) -> Result<Loaded, LoadFailure> {
        if self.postcopy.is_running() {
            return self.end_postcopy().map(|()| Loaded::Running);
        }
        self.progress.check()?;
        if let Some(multifd) = self.multifd.take() {
            multifd.finish()?;
        }
        let devices = std::mem::take(&mut self.devices);
        let state = devices::run_state(&devices)?;
        self.note_left_out();
        devices::load(&*self.guest, devices)?;
        // A source that does not get the message keeps its guest, so this one must not run then.
        // TCP accepts the first write after the peer's close, too.
        self.return_path.conclude()?;
        self.note_blocktime();
        Ok(match self.role {
            GuestRole::Alone => Loaded::Whole(state),
            GuestRole::Secondary => Loaded::Secondary(state),
        })
    }

    /// Lets the source finish where the connection is about to be closed.
    pub(in crate::destination) fn end(&self, loaded: &Result<Loaded, LoadFailure>) {
        match loaded {
            // A description that comes after all must not meet a closed connection.
            Ok(Loaded::Whole(_)) if !self.progress.is_described() => {
                self.channel.drain(CLOSE);
            }
            Err(failure) if self.return_path.has_acknowledged() && is_cut(failure) => {
                self.core.notify(Event::Log(
                    "the source ended after the acknowledgement of the switchover; QEMU 11.1 and \
                     later expect one only with migration.switchover-ack-legacy=on, which has to \
                     be the same on both sides"
                        .into(),
                ));
            }
            _ => {}
        }
    }
}

/// Returns true if the source ended the connection.
fn is_cut(failure: &LoadFailure) -> bool {
    match failure {
        LoadFailure::Transport(TransportError::Read(_) | TransportError::Write { .. }) => true,
        LoadFailure::Stream(error) => matches!(error.kind(), ErrorKind::Closed),
        _ => false,
    }
}
