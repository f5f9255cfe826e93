//! The destination's return path: messages to the source on the main channel.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use rustix::event::PollFlags;

use crate::stream::Name;
use crate::stream::return_path::Message;
use crate::sync::IgnorePoison;
use crate::transport::{Channel, TransportError};

/// Time for a RST after a message to a source that has closed its connection.
const BOUNCE: Duration = Duration::from_millis(500);

/// The return path. Several threads may send; messages are not interleaved.
#[derive(Default)]
pub(super) struct ReturnPath(Mutex<ReturnState>);

/// The state of the return path.
#[derive(Default)]
enum ReturnState {
    /// The source has not opened it, or its connection was lost. Messages are dropped.
    #[default]
    Closed,
    /// The source reads messages.
    Open {
        channel: Arc<Channel>,
        /// The switchover was acknowledged.
        acknowledged: bool,
    },
    /// The source accepts page requests, too.
    Asking {
        channel: Arc<Channel>,
        /// The switchover was acknowledged.
        acknowledged: bool,
        /// The block of the last requested page.
        last: Option<usize>,
    },
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

impl ReturnState {
    fn channel(&self) -> Option<&Arc<Channel>> {
        match self {
            Self::Closed => None,
            Self::Open { channel, .. } | Self::Asking { channel, .. } => Some(channel),
        }
    }

    fn say(&self, message: &Message) -> Result<(), TransportError> {
        let Some(channel) = self.channel() else { return Ok(()) };
        let mut bytes = Vec::new();
        message.write(&mut bytes);
        channel.write_all(&bytes)
    }

    fn ask(&mut self, wanted: Wanted) -> Result<(), TransportError> {
        let Self::Asking { last, .. } = self else { return Ok(()) };
        let Wanted { block, name, start, length } = wanted;
        let known = last.replace(block) == Some(block);
        self.say(&Message::ReqPages { block: (!known).then_some(name), start, length })
    }

    fn begin_asking(&mut self) {
        if let Self::Open { channel, acknowledged } = self {
            let (channel, acknowledged) = (channel.clone(), *acknowledged);
            *self = Self::Asking { channel, acknowledged, last: None };
        }
    }
}

impl ReturnPath {
    fn lock(&self) -> MutexGuard<'_, ReturnState> {
        // Held while a message is written. Used for nothing else, so a thread that waits for it
        // would wait for the channel in any case.
        self.0.lock().ignore_poison()
    }

    /// Opens the return path on `channel`, if it has two directions.
    pub(super) fn open(&self, channel: &Arc<Channel>) {
        *self.lock() = match channel.is_duplex() {
            true => ReturnState::Open { channel: channel.clone(), acknowledged: false },
            false => ReturnState::Closed,
        };
    }

    /// Closes the return path until there is another channel.
    pub(super) fn close(&self) {
        *self.lock() = ReturnState::Closed;
    }

    /// Returns true if the return path is open.
    pub(super) fn is_open(&self) -> bool {
        self.lock().channel().is_some()
    }

    /// Acknowledges the switchover.
    ///
    /// # Errors
    /// The connection is closed.
    pub(super) fn acknowledge(&self) -> Result<(), TransportError> {
        let mut state = self.lock();
        state.say(&Message::SwitchoverAck)?;
        if let ReturnState::Open { acknowledged, .. } | ReturnState::Asking { acknowledged, .. } =
            &mut *state
        {
            *acknowledged = true;
        }
        Ok(())
    }

    /// Returns true if the source was sent an acknowledgement of the switchover.
    pub(super) fn has_acknowledged(&self) -> bool {
        matches!(
            *self.lock(),
            ReturnState::Open { acknowledged: true, .. }
                | ReturnState::Asking { acknowledged: true, .. }
        )
    }

    /// Reports success, if the return path is open.
    ///
    /// # Errors
    /// The connection is closed. The source may have shut down only its write side; then the
    /// message still arrives.
    pub(super) fn conclude(&self) -> Result<(), TransportError> {
        let state = self.lock();
        let closed =
            state.channel().filter(|channel| channel.is_closed(Duration::ZERO, PollFlags::RDHUP));
        state.say(&Message::Shut(0))?;
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
        self.lock().ask(wanted)
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
        let mut state = self.lock();
        if let Some(first) = first {
            state.say(first)?;
        }
        state.begin_asking();
        wanted().into_iter().try_for_each(|wanted| state.ask(wanted))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::os::unix::net::UnixStream;

    use super::*;
    use crate::transport::Stop;

    /// Makes a return path in one of the states, by its name, and the source's end.
    fn path(state: &str) -> (ReturnPath, Arc<Channel>, UnixStream) {
        let (socket, source) = UnixStream::pair().unwrap();
        let channel = Channel::descriptor(socket.into(), &Arc::new(Stop::new().unwrap())).unwrap();
        let (path, channel) = (ReturnPath::default(), Arc::new(channel));
        if state != "closed" {
            path.open(&channel);
        }
        if state == "asking" {
            path.begin_asking(None, Vec::new).unwrap();
        }
        (path, channel, source)
    }

    fn name(path: &ReturnPath) -> &'static str {
        match *path.lock() {
            ReturnState::Closed => "closed",
            ReturnState::Open { .. } => "open",
            ReturnState::Asking { .. } => "asking",
        }
    }

    fn wanted(block: usize) -> Wanted {
        Wanted { block, name: "ram".try_into().unwrap(), start: 0x1000, length: 4096 }
    }

    /// The messages that the source gets.
    fn bytes(messages: &[Message]) -> Vec<u8> {
        let mut bytes = Vec::new();
        messages.iter().for_each(|message| message.write(&mut bytes));
        bytes
    }

    fn request(block: Option<&str>) -> Message {
        let block = block.map(|name| name.try_into().unwrap());
        Message::ReqPages { block, start: 0x1000, length: 4096 }
    }

    #[test]
    fn every_signal_has_its_effect_in_every_state() {
        let said = || vec![Message::Pong(7)];
        let asked = || vec![request(Some("ram")), request(None)];
        let table = [
            ("closed", "say", "closed", vec![]),
            ("closed", "ask", "closed", vec![]),
            ("closed", "begin asking", "closed", vec![]),
            ("closed", "acknowledge", "closed", vec![]),
            ("closed", "open", "open", vec![]),
            ("closed", "close", "closed", vec![]),
            ("open", "say", "open", said()),
            ("open", "ask", "open", vec![]),
            ("open", "begin asking", "asking", asked()),
            ("open", "acknowledge", "open", vec![Message::SwitchoverAck]),
            ("open", "open", "open", vec![]),
            ("open", "close", "closed", vec![]),
            ("asking", "say", "asking", said()),
            ("asking", "ask", "asking", vec![request(Some("ram"))]),
            ("asking", "begin asking", "asking", asked()),
            ("asking", "acknowledge", "asking", vec![Message::SwitchoverAck]),
            ("asking", "open", "open", vec![]),
            ("asking", "close", "closed", vec![]),
        ];
        for (state, signal, next, messages) in table {
            let (path, channel, mut source) = path(state);
            assert_eq!(name(&path), state);
            match signal {
                "say" => path.say(&Message::Pong(7)).unwrap(),
                "ask" => path.ask(wanted(0)).unwrap(),
                "begin asking" => {
                    path.begin_asking(None, || vec![wanted(0), wanted(0)]).unwrap();
                }
                "acknowledge" => path.acknowledge().unwrap(),
                "open" => path.open(&channel),
                _ => path.close(),
            }
            assert_eq!(name(&path), next, "{state}, {signal}");
            assert_eq!(path.is_open(), next != "closed");
            let acknowledged = signal == "acknowledge" && state != "closed";
            assert_eq!(path.has_acknowledged(), acknowledged, "{state}, {signal}");
            channel.shut_down();
            let mut got = Vec::new();
            source.read_to_end(&mut got).unwrap();
            assert_eq!(got, bytes(&messages), "{state}, {signal}");
        }
    }
}
