//! Output of a connection: written directly if the client reads, otherwise queued in a backlog that
//! a separate thread writes.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::transport::Output;
use crate::qmp::{EventSink, Framing};
use crate::sync::unpoisoned;

/// The output side of a connection, for replies and events.
pub(crate) struct Outbox {
    output: Arc<dyn Output>,
    framing: Framing,
    limit: usize,
    state: Mutex<OutboxState>,
    changed: Condvar,
}

#[derive(Default)]
struct OutboxState {
    backlog: Vec<u8>,
    /// The number of bytes that the thread is writing.
    in_flight: usize,
    thread: bool,
    /// The connection ends: requests no longer wait for the client to read.
    ending: bool,
    /// The server ends.
    shutdown: Option<Deadlines>,
    closed: bool,
}

/// The deadlines of a connection whose server ends, whatever the client has not read by then.
#[derive(Clone, Copy)]
struct Deadlines {
    /// The last moment to read.
    end: Instant,
    /// The moment until which a client must read some. Each read moves it.
    next_read: Instant,
}

/// The time in which a client of a server that ends must read some of its replies. It covers the
/// start of the thread that writes a long reply.
const PAUSE: Duration = Duration::from_millis(20);

impl Deadlines {
    fn new(end: Instant) -> Deadlines {
        Deadlines { end, next_read: Instant::now() + PAUSE }
    }
}

impl OutboxState {
    fn waiting(&self) -> usize {
        self.backlog.len() + self.in_flight
    }
}

impl Outbox {
    pub fn new(output: Arc<dyn Output>, framing: Framing, limit: usize) -> Outbox {
        Outbox { output, framing, limit, state: Mutex::default(), changed: Condvar::new() }
    }

    fn state(&self) -> MutexGuard<'_, OutboxState> {
        unpoisoned(self.state.lock())
    }

    /// Sends bytes in order, without waiting for the client.
    pub fn send(self: &Arc<Self>, bytes: &[u8]) {
        self.put(bytes, true);
    }

    /// Sends bytes from the thread, or with the next bytes that are sent before it runs. Costs less
    /// than [`send`](Self::send) if more follows at once.
    pub fn send_later(self: &Arc<Self>, bytes: &[u8]) {
        self.put(bytes, false);
    }

    /// Sends the bytes left to the thread, unless it writes already.
    pub fn flush(self: &Arc<Self>) {
        self.put(&[], true);
    }

    fn put(self: &Arc<Self>, bytes: &[u8], now: bool) {
        let mut state = self.state();
        let waits = self.send_some(&mut state, bytes, now);
        if waits && !std::mem::replace(&mut state.thread, true) {
            let outbox = self.clone();
            let thread = std::thread::Builder::new().name("qmp-backlog".into());
            if thread.spawn(move || outbox.run()).is_err() {
                self.close(&mut state);
            }
        }
    }

    /// Sends as much as possible if it is to be sent `now`. Returns true if a rest waits for the
    /// thread.
    fn send_some(&self, state: &mut OutboxState, mut bytes: &[u8], now: bool) -> bool {
        if now && state.in_flight == 0 {
            if state.backlog.is_empty() {
                bytes = &bytes[self.write_now(state, bytes)..];
            } else {
                let mut all = std::mem::take(&mut state.backlog);
                all.extend_from_slice(bytes);
                bytes = &[];
                let written = self.write_now(state, &all);
                state.backlog = all.split_off(written);
            }
        }
        if !state.closed && state.waiting() + bytes.len() > self.limit {
            self.close(state);
        }
        if state.closed {
            state.backlog = Vec::new();
            return false;
        }
        state.backlog.extend_from_slice(bytes);
        if state.backlog.is_empty() {
            return false;
        }
        self.changed.notify_all();
        true
    }

    /// Writes as much as the client has room for. Returns the number of bytes written.
    fn write_now(&self, state: &mut OutboxState, bytes: &[u8]) -> usize {
        let mut written = 0;
        while !state.closed && written < bytes.len() {
            match self.output.try_write(&bytes[written..]) {
                Ok(length) => written += length,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(_) => self.close(state),
            }
        }
        written
    }

    fn close(&self, state: &mut OutboxState) {
        state.closed = true;
        state.backlog = Vec::new();
        self.output.close();
        self.changed.notify_all();
    }

    /// Closes the connection and drops the backlog.
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
                state = unpoisoned(self.changed.wait(state));
                continue;
            }
            let mut rest = &bytes[..];
            while !rest.is_empty() && !state.closed {
                state.in_flight = rest.len();
                drop(state);
                let outcome = self.output.write(rest);
                state = self.state();
                match outcome {
                    Ok(written) if written > 0 => {
                        rest = &rest[written..];
                        if let Some(deadlines) = &mut state.shutdown {
                            *deadlines = Deadlines::new(deadlines.end);
                        }
                    }
                    _ => self.close(&mut state),
                }
            }
            state.in_flight = 0;
            self.changed.notify_all();
        }
    }

    /// Waits until the backlog is at most half full. A client with more unread output than that has
    /// its requests neither read nor run.
    pub fn wait_for_room(&self) {
        let mut state = self.state();
        while state.waiting() > self.limit / 2 && !state.closed && !state.ending {
            state = unpoisoned(self.changed.wait(state));
        }
    }

    /// Releases callers of [`wait_for_room`](Self::wait_for_room) because the connection ends.
    pub fn stop_waiting(&self) {
        self.state().ending = true;
        self.changed.notify_all();
    }

    /// Releases them because the server ends. [`finish`](Self::finish) returns at `end` at the
    /// latest, also if it waits already.
    pub fn end_by(&self, end: Instant) {
        let mut state = self.state();
        state.ending = true;
        state.shutdown = Some(Deadlines::new(end));
        drop(state);
        self.changed.notify_all();
    }

    /// Waits at most `patience` for the client to read the backlog, then closes the connection.
    pub fn finish(&self, patience: Duration) {
        let latest = Instant::now().checked_add(patience);
        let mut state = self.state();
        self.send_some(&mut state, &[], true);
        while state.waiting() > 0 && !state.closed {
            let shutdown = state.shutdown.map(|deadlines| deadlines.end.min(deadlines.next_read));
            let Some(end) = latest.into_iter().chain(shutdown).min() else {
                state = unpoisoned(self.changed.wait(state));
                continue;
            };
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            state = unpoisoned(self.changed.wait_timeout(state, left)).0;
        }
        self.close(&mut state);
    }
}

/// Queues events in an outbox, which needs its own `Arc` to start its thread.
pub(crate) struct OutboxEvents(pub Arc<Outbox>);

impl EventSink for OutboxEvents {
    fn event(&self, message: &str) {
        self.0.send(&self.0.framing.encode(message.to_owned()));
    }
}
