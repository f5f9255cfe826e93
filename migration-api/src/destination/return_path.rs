//! The destination's return path: messages to the source on the main channel.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::event::PollFlags;

use crate::stream::Name;
use crate::stream::return_path::Message;
use crate::transport::{Channel, TransportError};

/// Time for a RST after a message to a source that has closed its connection.
const BOUNCE: Duration = Duration::from_millis(500);

/// The return path, open or closed. Several threads may send; messages are not interleaved.
#[derive(Default)]
pub(super) struct ReturnPath(Mutex<Line>);

#[derive(Default)]
struct Line {
    channel: Option<Arc<Channel>>,
    /// The source accepts page requests.
    asking: bool,
    /// The block of the last requested page.
    last: Option<usize>,
}

/// A page request.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    /// The block's index, which decides if its name has to be sent.
    pub(super) block: usize,
    pub(super) name: Name,
    pub(super) start: u64,
    pub(super) length: u32,
}

impl Line {
    fn say(&self, message: &Message) -> Result<(), TransportError> {
        let Some(channel) = &self.channel else { return Ok(()) };
        let mut bytes = Vec::new();
        message.write(&mut bytes);
        channel.write_all(&bytes)
    }

    fn ask(&mut self, wanted: Wanted) -> Result<(), TransportError> {
        let Wanted { block, name, start, length } = wanted;
        let known = self.last.replace(block) == Some(block);
        self.say(&Message::ReqPages { block: (!known).then_some(name), start, length })
    }
}

impl ReturnPath {
    fn lock(&self) -> MutexGuard<'_, Line> {
        // Held while a message is written. Used for nothing else, so a thread that waits for it
        // would wait for the channel in any case.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens the return path on `channel`, if it has two directions.
    pub(super) fn open(&self, channel: &Arc<Channel>) {
        let channel = channel.is_duplex().then(|| channel.clone());
        *self.lock() = Line { channel, ..Line::default() };
    }

    /// Closes the return path until there is another channel.
    pub(super) fn close(&self) {
        *self.lock() = Line::default();
    }

    /// Returns true if the return path is open.
    pub(super) fn is_open(&self) -> bool {
        self.lock().channel.is_some()
    }

    /// Reports success, if the return path is open.
    ///
    /// # Errors
    /// The connection is closed. The source may have shut down only its write side; then the
    /// message still arrives.
    pub(super) fn conclude(&self) -> Result<(), TransportError> {
        let line = self.lock();
        let closed = line
            .channel
            .as_ref()
            .filter(|channel| channel.is_closed(Duration::ZERO, PollFlags::RDHUP));
        line.say(&Message::Shut(0))?;
        match closed {
            Some(channel) if channel.is_closed(BOUNCE, PollFlags::empty()) => {
                Err(channel.unwritable(&rustix::io::Errno::PIPE.into()))
            }
            _ => Ok(()),
        }
    }

    /// Sends a message, if the return path is open.
    ///
    /// # Errors
    /// The connection is closed.
    pub(super) fn say(&self, message: &Message) -> Result<(), TransportError> {
        self.lock().say(message)
    }

    /// Requests pages, if the source accepts requests. Otherwise they are requested once it does.
    ///
    /// # Errors
    /// The connection is closed.
    pub(super) fn ask(&self, wanted: Wanted) -> Result<(), TransportError> {
        let mut line = self.lock();
        if line.asking { line.ask(wanted) } else { Ok(()) }
    }

    /// Records that the source accepts page requests. Sends `first`, if given, and requests the
    /// pages that are missing by then.
    ///
    /// # Errors
    /// The connection is closed.
    pub(super) fn begin_asking(
        &self,
        first: Option<&Message>,
        wanted: impl FnOnce() -> Vec<Wanted>,
    ) -> Result<(), TransportError> {
        let mut line = self.lock();
        if let Some(first) = first {
            line.say(first)?;
        }
        line.asking = true;
        wanted().into_iter().try_for_each(|wanted| line.ask(wanted))
    }
}
