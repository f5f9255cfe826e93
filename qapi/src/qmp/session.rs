//! One connection: what it may say, and what it waits for.

use std::collections::VecDeque;
use std::fmt;
#[cfg(unix)]
use std::os::fd::OwnedFd;
use std::sync::Arc;

use super::fds::Fds;
use super::kind::ServerKind;
use super::message;
use super::monitor::Monitor;
use super::phase::Phase;
use super::run::{Outcome, Request};
use crate::error::QmpError;
use crate::json::{Kind, OwnedDocument, Stream};

/// The number of waiting requests at which no more are read.
const QUEUE: usize = 8;

/// One connection of a server, without its socket.
pub struct Session {
    kind: ServerKind,
    phase: Phase,
    stream: Stream,
    waiting: VecDeque<(Result<OwnedDocument, QmpError>, Arc<Fds>)>,
    running: bool,
    fds: Passed,
}

/// File descriptors on their way to a request.
///
/// The kernel tells with which bytes they came, but not where among these, and some clients send
/// them with a blank before the request. So they are for any request that those bytes complete, and
/// for the one after.
#[derive(Default)]
struct Passed {
    fds: Arc<Fds>,
    /// The bytes with which they came have been read.
    late: bool,
}

impl Session {
    /// A connection before its first byte.
    pub fn new(kind: ServerKind) -> Session {
        let phase = match kind {
            ServerKind::Monitor { .. } => Phase::Negotiating { offers_oob: kind.offers_oob() },
            ServerKind::Agent => Phase::Agent,
        };
        let (stream, waiting, fds) = (Stream::new(), VecDeque::new(), Passed::default());
        Session { kind, phase, stream, waiting, running: false, fds }
    }

    /// The greeting, if the server has one.
    pub fn greeting(&self, monitor: &Monitor) -> Option<Vec<u8>> {
        match self.kind {
            ServerKind::Agent => None,
            ServerKind::Monitor { .. } => {
                let greeting = message::greeting(monitor.version(), self.kind.offers_oob());
                Some(self.kind.framing().encode(greeting))
            }
        }
    }

    /// Returns true if events go to this connection.
    pub fn is_negotiated(&self) -> bool {
        matches!(self.phase, Phase::Ready { .. })
    }

    /// Returns true if commands may run out-of-band.
    pub fn has_oob(&self) -> bool {
        self.phase.has_oob()
    }

    /// Takes file descriptors that came with the bytes which are [received](Session::receive) next:
    /// they are for the requests that these complete, and for the one after. Earlier ones that were
    /// never taken are closed.
    #[cfg(unix)]
    pub fn attach(&mut self, fds: impl IntoIterator<Item = OwnedFd>) {
        self.fds = Passed { fds: Arc::new(Fds::new(fds)), late: false };
    }

    /// Reads on: takes from the front of `input` what it may, and returns what is to be run now.
    ///
    /// Without out-of-band execution nothing is read while a command runs. With it, in-band
    /// requests wait for the running one, and reading stops when eight of them do. `None` with
    /// `input` left over means to come again after [`finish`](Session::finish).
    pub fn receive(&mut self, input: &mut &[u8]) -> Option<Request> {
        while self.may_read() {
            let request = self.stream.next(input);
            let fds = self.fds.for_request(request.is_some(), input.is_empty());
            let request = match request? {
                Ok(document) => Ok(document.to_owned()),
                Err(error) => Err(QmpError::from(error)),
            };
            if self.has_oob() && request.as_ref().is_ok_and(is_oob) {
                return Some(Request::new(request, fds, self.phase, false));
            }
            self.waiting.push_back((request, fds));
            if let Some(request) = self.next_in_band() {
                return Some(request);
            }
        }
        None
    }

    fn may_read(&self) -> bool {
        if self.has_oob() { self.waiting.len() < QUEUE } else { !self.running }
    }

    /// The next in-band request, if none is running.
    pub fn next_in_band(&mut self) -> Option<Request> {
        if self.running {
            return None;
        }
        let (request, fds) = self.waiting.pop_front()?;
        self.running = true;
        Some(Request::new(request, fds, self.phase, true))
    }

    /// Takes what came of some request; gives what is to be sent.
    pub fn finish(&mut self, outcome: Outcome) -> Option<Vec<u8>> {
        if outcome.in_band {
            self.running = false;
        }
        if let Some(phase) = outcome.phase {
            self.phase = phase;
        }
        let mut bytes = self.kind.framing().encode(outcome.reply?);
        if outcome.delimit {
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
    /// The descriptors for a request, if it is `complete`; `all` bytes that came with them are
    /// read.
    fn for_request(&mut self, complete: bool, all: bool) -> Arc<Fds> {
        let fds = match complete && self.late {
            true => std::mem::take(&mut self.fds),
            false => self.fds.clone(),
        };
        self.late |= all;
        fds
    }
}

/// Returns true if a request overtakes others. One with both members is malformed and waits.
fn is_oob(request: &OwnedDocument) -> bool {
    let root = request.root();
    root.kind() == Kind::Dict && root.get("exec-oob").is_some() && root.get("execute").is_none()
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("kind", &self.kind)
            .field("phase", &self.phase)
            .field("waiting", &self.waiting.len())
            .field("running", &self.running)
            .finish_non_exhaustive()
    }
}
