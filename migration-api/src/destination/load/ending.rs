//! The end of a stream: without its description, and after an acknowledgement that the source did
//! not expect.

use std::io;
use std::time::Duration;

use super::{Loaded, Loader, PIECE};
use crate::core::Notice;
use crate::destination::Failure;
use crate::stream::{Buffer, ErrorKind};
use crate::transport::{TransportError, reason};

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
    pub(super) fn fill(&mut self, buffer: &mut Buffer) -> Result<bool, Failure> {
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

    fn filled(&mut self, filled: io::Result<usize>, buffer: &Buffer) -> Result<bool, Failure> {
        match filled {
            Ok(0) => {
                self.reader.finish(buffer.filled())?;
                Ok(false)
            }
            Ok(_) => Ok(true),
            Err(error) => Err(Failure::Transport(TransportError::Read(reason(&error)))),
        }
    }

    /// Lets the source finish where the connection is about to be closed.
    pub(super) fn end(&self, loaded: &Result<Loaded, Failure>) {
        match loaded {
            // A description that comes after all must not meet a closed connection.
            Ok(Loaded::Whole(_)) if !self.described && !self.colo => {
                self.channel.drain(CLOSE);
            }
            Err(failure) if self.acknowledged && is_cut(failure) => {
                self.core.notify(Notice::Log(
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
fn is_cut(failure: &Failure) -> bool {
    match failure {
        Failure::Transport(TransportError::Read(_) | TransportError::Write { .. }) => true,
        Failure::Stream(error) => matches!(error.kind(), ErrorKind::Closed),
        _ => false,
    }
}
