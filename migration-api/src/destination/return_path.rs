//! What the destination tells its source, backwards on the main channel.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::event::PollFlags;

use crate::stream::Name;
use crate::stream::return_path::Message;
use crate::transport::{Channel, TransportError};

/// How long what was said to somebody who does not hear may take to bounce.
const BOUNCE: Duration = Duration::from_millis(500);

/// The return path, open or not. Several threads may speak; messages stay whole.
#[derive(Default)]
pub(super) struct ReturnPath(Mutex<Line>);

#[derive(Default)]
struct Line {
    channel: Option<Arc<Channel>>,
    /// Whether the source is ready to be asked for pages.
    asking: bool,
    /// The block of the page asked for last.
    last: Option<usize>,
}

/// Pages that are wanted at once.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    /// The block's number, by which it is known whether its name has to be said.
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
        // Held while something is written. The lock is this path's own: who waits for it would have to wait for the channel anyway.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Speaks over `channel` from now on, if the other side can hear anything there.
    pub(super) fn open(&self, channel: &Arc<Channel>) {
        let channel = channel.is_duplex().then(|| channel.clone());
        *self.lock() = Line { channel, ..Line::default() };
    }

    /// Says nothing until there is another channel.
    pub(super) fn close(&self) {
        *self.lock() = Line::default();
    }

    /// Whether there is anybody to speak to.
    pub(super) fn is_open(&self) -> bool {
        self.lock().channel.is_some()
    }

    /// Says that all is well, if there is anybody to hear it.
    ///
    /// # Errors
    /// A connection that is gone. One that the source has closed may be closed for its part only: then what is said does not bounce.
    pub(super) fn conclude(&self) -> Result<(), TransportError> {
        let line = self.lock();
        let closed = line
            .channel
            .as_ref()
            .filter(|channel| channel.is_closed(Duration::ZERO, PollFlags::RDHUP));
        line.say(&Message::Shut(0))?;
        match closed {
            Some(channel) if channel.is_closed(BOUNCE, PollFlags::empty()) => {
                Err(channel.unwritable(&io::ErrorKind::BrokenPipe.into()))
            }
            _ => Ok(()),
        }
    }

    /// Says something, if there is anybody to hear it.
    ///
    /// # Errors
    /// A connection that is gone.
    pub(super) fn say(&self, message: &Message) -> Result<(), TransportError> {
        self.lock().say(message)
    }

    /// Asks for pages, if the source is ready for that. Otherwise they are asked for when it is.
    ///
    /// # Errors
    /// A connection that is gone.
    pub(super) fn ask(&self, wanted: Wanted) -> Result<(), TransportError> {
        let mut line = self.lock();
        if line.asking { line.ask(wanted) } else { Ok(()) }
    }

    /// The source is ready to be asked for pages: says `first`, if anything, and asks for what is wanted by then.
    ///
    /// # Errors
    /// A connection that is gone.
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
