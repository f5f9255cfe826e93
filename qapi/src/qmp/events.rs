//! Events on their way to the clients that have negotiated.

use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use super::message;
use super::throttle::{Rate, Throttle};
use crate::json::{Node, Stream};
use crate::{AnyEvent, Event, EventInfo, Policy, Timestamp, walk};

/// A connection that events go to.
pub trait EventSink: Send + Sync {
    /// Takes an event's message, without its line end. Must not wait for a peer.
    fn event(&self, message: &str);
}

/// Sends events to every client that has negotiated, within their rates and as the policy allows.
#[derive(Clone)]
pub struct Events {
    shared: Arc<Shared>,
}

struct Shared {
    policy: Policy,
    rates: Vec<Rate>,
    state: Mutex<State>,
    /// The timer has something new to wait for.
    changed: Condvar,
}

#[derive(Default)]
struct State {
    sinks: Vec<(u64, Arc<dyn EventSink>)>,
    throttle: Throttle,
    timer: bool,
}

impl Events {
    pub(crate) fn new(policy: Policy, rates: Vec<Rate>) -> Events {
        let state = Mutex::new(State::default());
        Events { shared: Arc::new(Shared { policy, rates, state, changed: Condvar::new() }) }
    }

    /// Sends an event.
    pub fn emit<E: Event>(&self, event: &E) {
        let mut data = String::new();
        walk::write(event, &self.shared.policy, &mut data);
        self.shared.emit(E::INFO.name(), Some(E::INFO), &data);
    }

    /// Sends an event of a generated enum, or a raw one.
    pub fn emit_any<E: AnyEvent>(&self, event: &E) {
        let mut data = String::new();
        event.write(&mut walk::Writer::new(&mut data, &self.shared.policy));
        self.shared.emit(event.name(), event.info(), &data);
    }

    /// Lets a connection have events from now on, under its number.
    pub fn subscribe(&self, connection: u64, sink: Arc<dyn EventSink>) {
        self.shared.state().sinks.push((connection, sink));
    }

    /// Ends that.
    pub fn unsubscribe(&self, connection: u64) {
        self.shared.state().sinks.retain(|(other, _)| *other != connection);
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn emit(self: &Arc<Self>, name: &str, info: Option<&'static EventInfo>, data: &str) {
        if info.is_some_and(|info| info.marks.meets(self.policy.hidden())) {
            return;
        }
        let message = message::event(name, data, Timestamp::now());
        let limit = self.rates.iter().find(|rate| rate.event == name);
        let limit = limit.and_then(|rate| limited_by(rate, data).map(|key| (rate, key)));
        let mut state = self.state();
        let Some((rate, key)) = limit else { return state.send(&message) };
        if let Some(message) = state.throttle.raise(rate, key, message, Instant::now()) {
            state.send(&message);
        }
        if !std::mem::replace(&mut state.timer, true) {
            let shared = Arc::downgrade(self);
            let timer = std::thread::Builder::new().name("qmp-events".into());
            // Without a timer limited events would wait for ever: better none is limited.
            if timer.spawn(move || run_timer(&shared)).is_err() {
                state.timer = false;
                for message in state.throttle.expire(Instant::now() + rate.period) {
                    state.send(&message);
                }
            }
        }
        self.changed.notify_one();
    }
}

impl State {
    fn send(&self, message: &str) {
        for (_, sink) in &self.sinks {
            sink.event(message);
        }
    }
}

/// Sends what has waited; ends when nothing is limited any more.
fn run_timer(shared: &Weak<Shared>) {
    /// How long the timer may keep what nobody else uses.
    const LONGEST: Duration = Duration::from_secs(1);
    while let Some(shared) = shared.upgrade() {
        let mut state = shared.state();
        for message in state.throttle.expire(Instant::now()) {
            state.send(&message);
        }
        let Some(next) = state.throttle.next() else {
            state.timer = false;
            return;
        };
        let wait = next.saturating_duration_since(Instant::now()).min(LONGEST);
        drop(shared.changed.wait_timeout(state, wait));
    }
}

/// What tells an event with this data apart from others of the same limit; `None` if it is an exception.
fn limited_by(rate: &Rate, data: &str) -> Option<String> {
    if rate.key.is_none() && rate.except.is_none() {
        return Some(String::new());
    }
    let mut stream = Stream::new();
    let document = stream.parse(data.as_bytes());
    let text =
        |name| document.as_ref().ok().and_then(|data| data.root().get(name)).and_then(Node::as_str);
    if rate.except.is_some_and(|(member, value)| text(member) == Some(value)) {
        return None;
    }
    Some(rate.key.and_then(text).unwrap_or_default().to_owned())
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events").field("clients", &self.shared.state().sinks.len()).finish()
    }
}
