//! Delivery of events to the clients that have negotiated.

use std::fmt;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, Weak};
use std::time::{Duration, Instant};

use super::message;
use super::throttle::{Rate, Throttle};
use crate::event::{AnyEvent, Event, EventInfo, Timestamp};
use crate::json::{Node, Stream};
use crate::policy::{FeatureSet, Policy};
use crate::sync::unpoisoned;
use crate::walk::Writer;

/// The receiver of a connection's events.
pub trait EventSink: Send + Sync {
    /// Takes an event's message, without its line end. Must not wait for a peer.
    fn event(&self, message: &str);
}

/// Sends events to every client that has negotiated, within their rates and as the policy of its
/// monitor allows.
#[derive(Clone)]
pub struct Events {
    shared: Arc<EventsShared>,
    /// The features whose output is hidden from connections that subscribe here.
    hidden: FeatureSet,
}

struct EventsShared {
    rates: Vec<Rate>,
    /// The positions in [`FeatureSet::ALL`] of the sets that monitors hide.
    hidden_sets: AtomicU8,
    state: Mutex<EventsState>,
    /// Signals the timer that a new event waits.
    changed: Condvar,
}

#[derive(Default)]
struct EventsState {
    subscribers: Vec<Subscriber>,
    throttle: Throttle<Texts>,
    timer: bool,
}

struct Subscriber {
    connection: u64,
    hidden: FeatureSet,
    sink: Arc<dyn EventSink>,
}

/// An event's message for each set of hidden features; `None` if the event itself is hidden or no
/// monitor hides this set.
type Texts = [Option<String>; FeatureSet::ALL.len()];

impl Events {
    pub(crate) fn new(policy: Policy, rates: Vec<Rate>) -> Events {
        let state = Mutex::new(EventsState::default());
        let shared =
            EventsShared { rates, hidden_sets: AtomicU8::new(0), state, changed: Condvar::new() };
        Events { shared: Arc::new(shared), hidden: FeatureSet::NONE }.with_policy(policy)
    }

    /// Returns the same events with another policy for connections that subscribe.
    pub(crate) fn with_policy(&self, policy: Policy) -> Events {
        let hidden = policy.hidden();
        self.shared.hidden_sets.fetch_or(1 << hidden.index(), Ordering::AcqRel);
        Events { shared: self.shared.clone(), hidden }
    }

    /// Sends an event.
    pub fn emit<E: Event>(&self, event: &E) {
        self.shared.emit(E::INFO.name(), Some(E::INFO), |writer| event.write(writer));
    }

    /// Sends an event of a generated enum, or a raw one.
    pub fn emit_any<E: AnyEvent>(&self, event: &E) {
        self.shared.emit(event.name(), event.info(), |writer| event.write(writer));
    }

    /// Sends events to `sink` from now on, until the connection [unsubscribes](Self::unsubscribe).
    pub fn subscribe(&self, connection: u64, sink: Arc<dyn EventSink>) {
        let subscriber = Subscriber { connection, hidden: self.hidden, sink };
        self.shared.state().subscribers.push(subscriber);
    }

    /// Stops sending events to a connection.
    pub fn unsubscribe(&self, connection: u64) {
        self.shared.state().subscribers.retain(|other| other.connection != connection);
    }
}

impl EventsShared {
    fn state(&self) -> MutexGuard<'_, EventsState> {
        unpoisoned(self.state.lock())
    }

    fn emit(
        self: &Arc<Self>,
        name: &str,
        info: Option<&'static EventInfo>,
        write: impl Fn(&mut Writer<'_>),
    ) {
        let now = Timestamp::now();
        let data = |hidden| {
            let mut data = String::new();
            write(&mut Writer::for_server(&mut data, hidden));
            data
        };
        let hidden_sets = self.hidden_sets.load(Ordering::Acquire);
        let texts = FeatureSet::ALL.map(|hidden| {
            let is_used = hidden_sets & (1 << hidden.index()) != 0;
            let is_hidden = info.is_some_and(|info| info.feature_set.intersects(hidden));
            (is_used && !is_hidden).then(|| message::event(name, &data(hidden), now))
        });
        let limit = self.rates.iter().find(|rate| rate.event == name);
        let limit =
            limit.and_then(|rate| limited_by(rate, &data(FeatureSet::NONE)).map(|key| (rate, key)));
        let mut state = self.state();
        let Some((rate, key)) = limit else { return state.send(&texts) };
        if let Some(texts) = state.throttle.raise(rate, key, texts, Instant::now()) {
            state.send(&texts);
        }
        if !std::mem::replace(&mut state.timer, true) {
            let shared = Arc::downgrade(self);
            let timer = std::thread::Builder::new().name("qmp-events".into());
            // Without a timer, events that wait would never be sent: send them at once instead.
            if timer.spawn(move || run_timer(&shared)).is_err() {
                state.timer = false;
                for texts in state.throttle.expire(Instant::now() + rate.period) {
                    state.send(&texts);
                }
            }
        }
        self.changed.notify_one();
    }
}

impl EventsState {
    fn send(&self, texts: &Texts) {
        for subscriber in &self.subscribers {
            if let Some(text) = &texts[subscriber.hidden.index()] {
                subscriber.sink.event(text);
            }
        }
    }
}

/// Sends waiting events as their periods end. Returns when no limit is active.
fn run_timer(shared: &Weak<EventsShared>) {
    /// Limits the time for which the timer outlives the last other owner of `Shared`.
    const LONGEST: Duration = Duration::from_secs(1);
    while let Some(shared) = shared.upgrade() {
        let mut state = shared.state();
        for texts in state.throttle.expire(Instant::now()) {
            state.send(&texts);
        }
        let Some(next) = state.throttle.next() else {
            state.timer = false;
            return;
        };
        let wait = next.saturating_duration_since(Instant::now()).min(LONGEST);
        drop(shared.changed.wait_timeout(state, wait));
    }
}

/// Returns the key of an event's limit; `None` if the event is exempt.
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
        f.debug_struct("Events").field("clients", &self.shared.state().subscribers.len()).finish()
    }
}
