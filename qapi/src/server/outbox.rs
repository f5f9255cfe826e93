//! What goes to a client: at once if it reads, else by way of a backlog with a thread of its own.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::transport::Output;
use crate::qmp::{EventSink, Framing};

/// The way out of a connection, for replies and events.
pub(crate) struct Outbox {
    output: Arc<dyn Output>,
    framing: Framing,
    limit: usize,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    backlog: Vec<u8>,
    /// How much the thread is writing.
    in_flight: usize,
    thread: bool,
    /// No request waits for the client to read any more.
    ending: bool,
    closed: bool,
}

impl State {
    fn waiting(&self) -> usize {
        self.backlog.len() + self.in_flight
    }
}

/// With more than this waiting for it a client's requests are neither read nor run.
const PLENTY: usize = 64 << 10;

impl Outbox {
    pub fn new(output: Arc<dyn Output>, framing: Framing, limit: usize) -> Outbox {
        Outbox { output, framing, limit, state: Mutex::default(), changed: Condvar::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends bytes in order, without waiting for the client.
    pub fn send(self: &Arc<Self>, bytes: &[u8]) {
        let mut state = self.state();
        let waits = self.send_some(&mut state, bytes);
        if waits && !std::mem::replace(&mut state.thread, true) {
            let outbox = self.clone();
            let thread = std::thread::Builder::new().name("qmp-backlog".into());
            if thread.spawn(move || outbox.run()).is_err() {
                self.close(&mut state);
            }
        }
    }

    /// Sends what can be sent now; whether a rest waits for the thread.
    fn send_some(&self, state: &mut State, mut bytes: &[u8]) -> bool {
        while !state.closed && state.waiting() == 0 && !bytes.is_empty() {
            match self.output.try_write(bytes) {
                Ok(written) => bytes = &bytes[written..],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(_) => self.close(state),
            }
        }
        if state.closed || bytes.is_empty() {
            return false;
        }
        if state.waiting() + bytes.len() > self.limit {
            self.close(state);
            return false;
        }
        state.backlog.extend_from_slice(bytes);
        self.changed.notify_all();
        true
    }

    fn close(&self, state: &mut State) {
        state.closed = true;
        state.backlog = Vec::new();
        self.output.close();
        self.changed.notify_all();
    }

    /// Ends the connection without more ado.
    pub fn close_now(&self) {
        self.close(&mut self.state());
    }

    /// Writes the backlog as the client reads it.
    fn run(&self) {
        let mut state = self.state();
        loop {
            if state.closed {
                return;
            }
            let bytes = std::mem::take(&mut state.backlog);
            if bytes.is_empty() {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            let mut rest = &bytes[..];
            while !rest.is_empty() && !state.closed {
                state.in_flight = rest.len();
                drop(state);
                let outcome = self.output.write(rest);
                state = self.state();
                match outcome {
                    Ok(written) if written > 0 => rest = &rest[written..],
                    _ => self.close(&mut state),
                }
            }
            state.in_flight = 0;
            self.changed.notify_all();
        }
    }

    /// Waits until the client has read most of what was sent.
    pub fn wait_for_room(&self) {
        let mut state = self.state();
        while state.waiting() > PLENTY && !state.closed && !state.ending {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The connection is about to end: who [waits for room](Self::wait_for_room) goes on.
    pub fn stop_waiting(&self) {
        self.state().ending = true;
        self.changed.notify_all();
    }

    /// Lets the client read the rest, for a while, and ends the connection.
    pub fn finish(&self, patience: Duration) {
        let end = Instant::now() + patience;
        let mut state = self.state();
        while state.waiting() > 0 && !state.closed {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            state =
                self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        self.close(&mut state);
    }
}

/// Events need the outbox itself, to start its thread.
pub(crate) struct Events(pub Arc<Outbox>);

impl EventSink for Events {
    fn event(&self, message: &str) {
        self.0.send(&self.0.framing.encode(message.to_owned()));
    }
}
