//! A client being served: reads requests, runs them, answers.

use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::{self, Scope};

use super::accept_gate::ClientPermit;
use super::outbox::{self, Outbox};
use super::pending::PendingReplies;
use super::shared::Shared;
use super::transport::Input;
use crate::qmp::{Request, Session};
use crate::sync::unpoisoned;

/// The most bytes that are read at once.
const BUFFER: usize = 64 << 10;

pub(crate) struct Connection<'s, H> {
    server: &'s Shared<H>,
    number: u64,
    outbox: Arc<Outbox>,
    /// Present where clients follow each other.
    pending: Option<Arc<PendingReplies>>,
    state: Mutex<ConnectionState>,
    changed: Condvar,
}

struct ConnectionState {
    session: Session,
    /// In-band request for the thread that out-of-band execution gives it.
    turn: Option<Request>,
    /// The thread for in-band requests has started.
    worker: bool,
    /// It runs a request.
    working: bool,
    subscribed: bool,
    ended: bool,
}

impl<'s, H: Send + Sync> Connection<'s, H> {
    pub fn new(
        server: &'s Shared<H>,
        outbox: Arc<Outbox>,
        pending: Option<Arc<PendingReplies>>,
    ) -> Connection<'s, H> {
        let state = ConnectionState {
            session: Session::new(server.kind),
            turn: None,
            worker: false,
            working: false,
            subscribed: false,
            ended: false,
        };
        Connection {
            server,
            number: server.monitor.next_connection(),
            outbox,
            pending,
            state: Mutex::new(state),
            changed: Condvar::new(),
        }
    }

    fn state(&self) -> MutexGuard<'_, ConnectionState> {
        unpoisoned(self.state.lock())
    }

    fn wait<'g>(&self, state: MutexGuard<'g, ConnectionState>) -> MutexGuard<'g, ConnectionState> {
        unpoisoned(self.changed.wait(state))
    }

    /// Serves until the client leaves or the server ends. `permit` is given up before a command
    /// that is still running ends.
    pub fn run(&self, input: &mut impl Input, permit: Option<ClientPermit>) {
        let greeting = self.state().session.greeting(&self.server.monitor);
        match (&self.pending, &greeting) {
            (Some(pending), greeting) => pending.enter(&self.outbox, greeting.as_deref()),
            (None, Some(greeting)) => self.outbox.send(greeting),
            (None, None) => {}
        }
        thread::scope(|scope| {
            let _permit = permit;
            let _end = WorkerEnd(self);
            self.read(scope, input);
        });
    }

    fn read<'scope>(&'scope self, scope: &'scope Scope<'scope, '_>, input: &mut impl Input) {
        let mut buffer = vec![0; BUFFER];
        let mut fds = Vec::new();
        loop {
            let length = match input.read(&mut buffer, &mut fds) {
                Ok(length) if length > 0 => length,
                _ => return,
            };
            if !fds.is_empty() {
                self.state().session.attach(fds.drain(..));
            }
            let mut bytes = &buffer[..length];
            while !bytes.is_empty() {
                if !self.take(scope, &mut bytes) {
                    return;
                }
            }
            self.outbox.flush();
            self.outbox.wait_for_room();
            if self.server.shutdown.has_started() {
                return;
            }
        }
    }

    /// Takes some of the input and runs what it gives; whether to go on.
    fn take<'scope>(&'scope self, scope: &'scope Scope<'scope, '_>, bytes: &mut &[u8]) -> bool {
        let mut state = self.state();
        match state.session.receive(bytes) {
            Some(request) if request.is_in_band() && state.session.has_oob() => {
                state.turn = Some(request);
                if !std::mem::replace(&mut state.worker, true) {
                    scope.spawn(|| self.request());
                }
                drop(state);
                self.changed.notify_all();
            }
            Some(request) => {
                drop(state);
                if request.is_in_band() {
                    if let Some(pending) = &self.pending {
                        pending.wait();
                    }
                    self.outbox.wait_for_room();
                }
                // Replies to requests that came together are written together.
                let more = bytes.iter().any(|byte| !byte.is_ascii_whitespace());
                self.perform(&request, more);
            }
            // The queue is full.
            None if !bytes.is_empty() => drop(self.wait(state)),
            None => drop(state),
        }
        !self.server.shutdown.has_started() && !self.state().ended
    }

    /// Runs in-band request in its turn.
    fn request(&self) {
        let _end = EndOnPanic(self);
        let mut state = self.state();
        loop {
            match state.turn.take() {
                Some(request) => {
                    state.working = true;
                    drop(state);
                    self.outbox.wait_for_room();
                    self.perform(&request, false);
                    state = self.state();
                    // The reader may have started the next one already.
                    if state.turn.is_none() && !state.ended && !self.server.shutdown.has_started() {
                        state.turn = state.session.next_in_band();
                    }
                    // The queue may have room again.
                    self.changed.notify_all();
                }
                None if state.ended => return,
                None => state = self.wait(state),
            }
        }
    }

    /// Runs one request and answers it; `more` if another one has been received.
    fn perform(&self, request: &Request, more: bool) {
        let server = self.server;
        let outcome = request.run(&server.commands, &server.handler, &server.monitor, self.number);
        if let Some(what) = outcome.crash() {
            (server.crash)(what);
        }
        let mut state = self.state();
        let reply = state.session.finish(outcome);
        let subscribes =
            state.session.is_negotiated() && !std::mem::replace(&mut state.subscribed, true);
        let was_working = request.is_in_band() && std::mem::take(&mut state.working);
        let is_pending = was_working && state.ended;
        drop(state);
        // No event is missed once the client knows of its negotiation.
        if subscribes {
            let sink = Arc::new(outbox::OutboxEvents(self.outbox.clone()));
            server.monitor.events().subscribe(self.number, sink);
        }
        let pending = self.pending.as_ref().filter(|_| is_pending);
        let taken = pending.is_some_and(|pending| pending.finish(reply.as_deref()));
        if let Some(reply) = reply.filter(|_| !taken) {
            if more { self.outbox.send_later(&reply) } else { self.outbox.send(&reply) }
        }
        if server.monitor.is_quitting() {
            server.monitor.end_servers();
        }
    }
}

/// A handler has panicked on the worker's thread: the reader ends, too.
struct EndOnPanic<'c, 's, H: Send + Sync>(&'c Connection<'s, H>);

impl<H: Send + Sync> Drop for EndOnPanic<'_, '_, H> {
    fn drop(&mut self) {
        if thread::panicking() {
            let mut state = self.0.state();
            let had_ended = std::mem::replace(&mut state.ended, true);
            let is_pending = std::mem::take(&mut state.working) && had_ended;
            drop(state);
            if let Some(pending) = self.0.pending.as_ref().filter(|_| is_pending) {
                pending.finish(None);
            }
            self.0.changed.notify_all();
            self.0.outbox.close_now();
        }
    }
}

/// The client has left, or a handler has panicked: the worker ends, too.
struct WorkerEnd<'c, 's, H: Send + Sync>(&'c Connection<'s, H>);

impl<H: Send + Sync> Drop for WorkerEnd<'_, '_, H> {
    fn drop(&mut self) {
        self.0.server.monitor.events().unsubscribe(self.0.number);
        let mut state = self.0.state();
        state.ended = true;
        state.session.abandon();
        // The worker looks at these with the same lock, so that it knows who takes its reply.
        state.working |= state.turn.is_some();
        if let Some(pending) = &self.0.pending {
            pending.leave(state.working);
        }
        self.0.changed.notify_all();
        self.0.outbox.stop_waiting();
    }
}
