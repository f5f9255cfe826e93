//! One connection: what it may say, and what it waits for.

use std::collections::VecDeque;
#[cfg(unix)]
use std::os::fd::OwnedFd;
use std::sync::Arc;

use super::message::{self, Framing};
use super::run::{Done, Work};
use super::{Fds, Monitor};
use crate::QmpError;
use crate::json::{Kind, OwnedDocument, Stream};

/// What kind of server talks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavour {
    /// QEMU's monitor: greeting, negotiation, out-of-band execution where the transport bears it.
    Monitor {
        /// Messages are spread over lines.
        pretty: bool,
        /// Out-of-band execution is offered.
        oob: bool,
    },
    /// The guest agent: commands at once, and a resync byte before the reply to `guest-sync-delimited`.
    Agent,
}

impl Flavour {
    /// A monitor as most are.
    pub const MONITOR: Flavour = Flavour::Monitor { pretty: false, oob: true };

    /// How its messages look.
    pub fn framing(self) -> Framing {
        match self {
            Flavour::Monitor { pretty, .. } => Framing { pretty, carriage_return: true },
            Flavour::Agent => Framing { pretty: false, carriage_return: false },
        }
    }

    fn offers_oob(self) -> bool {
        matches!(self, Flavour::Monitor { oob: true, .. })
    }
}

/// How far a connection has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Only `qmp_capabilities` is known.
    Negotiating { offers_oob: bool },
    /// All commands are known.
    Ready { oob: bool },
    /// All commands are known and there is nothing to negotiate.
    Agent,
}

impl Phase {
    pub fn has_oob(self) -> bool {
        self == Phase::Ready { oob: true }
    }
}

/// How many requests wait besides the running one before no more are read.
const QUEUE: usize = 8;

/// One connection of a server, without its socket.
pub struct Session {
    flavour: Flavour,
    phase: Phase,
    stream: Stream,
    waiting: VecDeque<(Result<OwnedDocument, QmpError>, Arc<Fds>)>,
    running: bool,
    fds: Passed,
}

/// File descriptors on their way to a request.
///
/// The kernel tells with which bytes they came, but not where among these, and some clients send them with a blank before the request.
/// So they are for any request that those bytes complete, and for the one after.
#[derive(Default)]
struct Passed {
    fds: Arc<Fds>,
    /// The bytes with which they came have been read.
    late: bool,
}

impl Session {
    /// A connection before its first byte.
    pub fn new(flavour: Flavour) -> Session {
        let phase = match flavour {
            Flavour::Monitor { .. } => Phase::Negotiating { offers_oob: flavour.offers_oob() },
            Flavour::Agent => Phase::Agent,
        };
        let (stream, waiting, fds) = (Stream::new(), VecDeque::new(), Passed::default());
        Session { flavour, phase, stream, waiting, running: false, fds }
    }

    /// What the server says first, if anything.
    pub fn greeting(&self, monitor: &Monitor) -> Option<Vec<u8>> {
        match self.flavour {
            Flavour::Agent => None,
            Flavour::Monitor { .. } => {
                let greeting = message::greeting(monitor.version(), self.flavour.offers_oob());
                Some(self.flavour.framing().encode(greeting))
            }
        }
    }

    /// Whether events go to this connection.
    pub fn is_negotiated(&self) -> bool {
        matches!(self.phase, Phase::Ready { .. })
    }

    /// Whether commands may run out-of-band.
    pub fn has_oob(&self) -> bool {
        self.phase.has_oob()
    }

    /// Takes file descriptors that came with the bytes which are [received](Session::receive) next: they are for the requests that
    /// these complete, and for the one after. Those that came before and nobody has taken are closed.
    #[cfg(unix)]
    pub fn attach(&mut self, fds: impl IntoIterator<Item = OwnedFd>) {
        self.fds = Passed { fds: Arc::new(Fds::new(fds)), late: false };
    }

    /// Reads on: takes from the front of `input` what it may, and returns what is to be run now.
    ///
    /// Without out-of-band execution nothing is read while a command runs. With it, in-band requests wait for the
    /// running one, and reading stops when eight of them do. `None` with `input` left over means to come again
    /// after [`finish`](Session::finish).
    pub fn receive(&mut self, input: &mut &[u8]) -> Option<Work> {
        while self.may_read() {
            let request = self.stream.next(input);
            let fds = self.fds.for_request(request.is_some(), input.is_empty());
            let request = match request? {
                Ok(document) => Ok(document.to_owned()),
                Err(error) => Err(QmpError::from(error)),
            };
            if self.has_oob() && request.as_ref().is_ok_and(is_oob) {
                return Some(Work::new(request, fds, self.phase, false));
            }
            self.waiting.push_back((request, fds));
            if let Some(work) = self.next_in_band() {
                return Some(work);
            }
        }
        None
    }

    fn may_read(&self) -> bool {
        if self.has_oob() { self.waiting.len() < QUEUE } else { !self.running }
    }

    /// The next in-band request, if none is running.
    pub fn next_in_band(&mut self) -> Option<Work> {
        if self.running {
            return None;
        }
        let (request, fds) = self.waiting.pop_front()?;
        self.running = true;
        Some(Work::new(request, fds, self.phase, true))
    }

    /// Takes what came of some work; gives what is to be sent.
    pub fn finish(&mut self, done: Done) -> Option<Vec<u8>> {
        if done.in_band {
            self.running = false;
        }
        if let Some(phase) = done.phase {
            self.phase = phase;
        }
        let mut bytes = self.flavour.framing().encode(done.reply?);
        if done.delimit {
            bytes.insert(0, 0xFF);
        }
        Some(bytes)
    }

    /// Forgets the requests that wait: the client is gone.
    pub fn abandon(&mut self) {
        self.waiting.clear();
    }
}

impl Passed {
    /// Those for a request, if one is complete. `all` of the bytes may have been read.
    fn for_request(&mut self, complete: bool, all: bool) -> Arc<Fds> {
        let fds = match complete && self.late {
            true => std::mem::take(&mut self.fds),
            false => self.fds.clone(),
        };
        self.late |= all;
        fds
    }
}

/// Whether a request overtakes others. One that says both is malformed and waits like them.
fn is_oob(request: &OwnedDocument) -> bool {
    let root = request.root();
    root.kind() == Kind::Dict && root.get("exec-oob").is_some() && root.get("execute").is_none()
}
