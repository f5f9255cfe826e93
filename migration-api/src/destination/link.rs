//! The connections of an incoming migration: a state machine without threads or I/O of its own.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};
use std::time::Duration;

use crate::core::runs::Withdrawn;
use crate::transport::{Incoming, Stop};

/// Longest time that a connection takes to come in once the source was told to open it.
const ON_ITS_WAY: Duration = Duration::from_secs(1);

/// The connections in use, awaited or offered, and the switch that ends them.
pub(super) struct IncomingLink {
    stop: Arc<Stop>,
    state: LinkState,
}

/// The state of the connections.
///
/// ```text
///  Awaited --connected--> Connected --cut--> Cut
///     ^                       |               |
///     | take                  | lost          | lost
///  Offered <----offer------- Idle <-----------+
/// ```
///
/// `withdraw` leads from every state to `Idle`, `offer` to `Offered`, and `end` to `Ended`, which
/// is final.
enum LinkState {
    /// A source is awaited. The receiver is disconnected when the listener of an offer is closed.
    Awaited(Option<Receiver<()>>),
    /// The connections are in use.
    Connected,
    /// The connections in use were cut, so their data is of no use.
    Cut,
    /// Another way to connect waits for the loading thread.
    Offered(Offer, Receiver<()>),
    /// The connections were lost, or an offer was withdrawn.
    Idle,
    /// The migration has ended.
    Ended,
}

/// Another way for the source to connect, after the connections were lost.
pub(super) struct Offer {
    pub(super) incoming: Incoming,
    /// Ends these connections, or the wait for them.
    pub(super) stop: Arc<Stop>,
    /// Dropped together with the listener.
    pub(super) open: Sender<()>,
}

impl IncomingLink {
    /// Creates the state in which the first source is awaited.
    pub(super) fn new(stop: Arc<Stop>) -> Self {
        Self { stop, state: LinkState::Awaited(None) }
    }

    /// Returns the switch that ends the connections.
    pub(super) fn stop(&self) -> &Arc<Stop> {
        &self.stop
    }

    /// Returns true if the data of the connections is of no use.
    pub(super) fn is_over(&self) -> bool {
        matches!(self.state, LinkState::Cut | LinkState::Idle | LinkState::Ended)
            || self.stop.is_stopped()
    }

    /// Takes note that the awaited source has connected.
    pub(super) fn connected(&mut self) {
        if let LinkState::Awaited(_) = self.state {
            self.state = LinkState::Connected;
        }
    }

    /// Cuts the connections, as if the source had gone.
    pub(super) fn cut(&mut self) {
        if let LinkState::Connected = self.state {
            self.state = LinkState::Cut;
        }
        if !self.stop.cut() {
            self.stop.cut_for(ON_ITS_WAY);
        }
    }

    /// Ends the connections of `stop`. They may have been replaced by an offer.
    pub(super) fn lost(&mut self, stop: &Arc<Stop>) {
        stop.stop();
        if !Arc::ptr_eq(stop, &self.stop) {
            return;
        }
        if let LinkState::Awaited(_) | LinkState::Connected | LinkState::Cut = self.state {
            self.state = LinkState::Idle;
        }
    }

    /// Ends the connections and the wait for the last offer.
    pub(super) fn withdraw(&mut self) -> Withdrawn {
        self.stop.stop();
        if let LinkState::Ended = self.state {
            return Withdrawn(None);
        }
        Withdrawn(match std::mem::replace(&mut self.state, LinkState::Idle) {
            LinkState::Awaited(open) => open,
            LinkState::Offered(_, open) => Some(open),
            _ => None,
        })
    }

    /// Offers another way to connect, which replaces the connections and an earlier offer.
    pub(super) fn offer(&mut self, offer: Offer, open: Receiver<()>) {
        self.stop.stop();
        if let LinkState::Ended = self.state {
            offer.stop.stop();
            return;
        }
        self.stop = offer.stop.clone();
        self.state = LinkState::Offered(offer, open);
    }

    /// Takes the offer, if there is one. From then on its source is awaited.
    pub(super) fn take(&mut self) -> Option<Offer> {
        match std::mem::replace(&mut self.state, LinkState::Ended) {
            LinkState::Offered(offer, open) => {
                self.state = LinkState::Awaited(Some(open));
                Some(offer)
            }
            other => {
                self.state = other;
                None
            }
        }
    }

    /// Ends the migration: no source is expected any more.
    pub(super) fn end(&mut self) {
        self.stop.stop();
        self.state = LinkState::Ended;
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixStream;
    use std::sync::mpsc::channel;

    use super::*;
    use crate::transport::Channel;

    fn offer() -> (Offer, Receiver<()>) {
        let stop = Arc::new(Stop::new().unwrap());
        let (socket, _) = UnixStream::pair().unwrap();
        let incoming = Incoming::Channel(Channel::descriptor(socket.into(), &stop).unwrap());
        let (open, closed) = channel();
        (Offer { incoming, stop, open }, closed)
    }

    /// Makes a link in one of the states, by its name.
    fn link(state: &str) -> IncomingLink {
        let mut link = IncomingLink::new(Arc::new(Stop::new().unwrap()));
        match state {
            "awaited" => {}
            "connected" => link.connected(),
            "cut" => {
                link.connected();
                link.cut();
            }
            "offered" => {
                let (offer, open) = offer();
                link.offer(offer, open);
            }
            "idle" => drop(link.withdraw()),
            "ended" => link.end(),
            other => panic!("{other}"),
        }
        assert_eq!(name(&link), state);
        link
    }

    fn name(link: &IncomingLink) -> &'static str {
        match link.state {
            LinkState::Awaited(_) => "awaited",
            LinkState::Connected => "connected",
            LinkState::Cut => "cut",
            LinkState::Offered(..) => "offered",
            LinkState::Idle => "idle",
            LinkState::Ended => "ended",
        }
    }

    fn signal(link: &mut IncomingLink, signal: &str) {
        match signal {
            "connected" => link.connected(),
            "cut" => link.cut(),
            "lost" => {
                let stop = link.stop().clone();
                link.lost(&stop);
            }
            "withdraw" => drop(link.withdraw()),
            "offer" => {
                let (offer, open) = offer();
                link.offer(offer, open);
            }
            "take" => drop(link.take()),
            "end" => link.end(),
            other => panic!("{other}"),
        }
    }

    #[test]
    fn every_signal_has_its_effect_in_every_state() {
        let signals = ["connected", "cut", "lost", "withdraw", "offer", "take", "end"];
        let table = [
            ("awaited", ["connected", "awaited", "idle", "idle", "offered", "awaited", "ended"]),
            ("connected", ["connected", "cut", "idle", "idle", "offered", "connected", "ended"]),
            ("cut", ["cut", "cut", "idle", "idle", "offered", "cut", "ended"]),
            ("offered", ["offered", "offered", "offered", "idle", "offered", "awaited", "ended"]),
            ("idle", ["idle", "idle", "idle", "idle", "offered", "idle", "ended"]),
            ("ended", ["ended", "ended", "ended", "ended", "ended", "ended", "ended"]),
        ];
        for (state, nexts) in table {
            for (given, next) in signals.into_iter().zip(nexts) {
                let mut link = link(state);
                let stop = link.stop().clone();
                signal(&mut link, given);
                assert_eq!(name(&link), next, "{state}, {given}");
                let ends = matches!(given, "lost" | "withdraw" | "offer" | "end");
                let ended = matches!(state, "idle" | "ended");
                assert_eq!(stop.is_stopped(), ends || ended, "{state}, {given}: the switch");
                let over = matches!(next, "cut" | "idle" | "ended")
                    || (next, given) == ("offered", "lost");
                assert_eq!(link.is_over(), over, "{state}, {given}: the data");
            }
        }
    }

    #[test]
    fn a_withdrawn_or_replaced_offer_is_closed() {
        let mut link = link("idle");
        let (first, open) = offer();
        let stop = first.stop.clone();
        link.offer(first, open);
        let taken = link.take().unwrap();
        assert!(link.take().is_none(), "an offer is taken once");
        let withdrawn = link.withdraw();
        assert!(stop.is_stopped());
        let waiting = std::thread::spawn(|| withdrawn.wait());
        std::thread::sleep(Duration::from_millis(20));
        assert!(!waiting.is_finished(), "the listener is still open");
        drop(taken);
        waiting.join().unwrap();
        // The connections of an earlier offer do not end those of a later one.
        let (second, open) = offer();
        link.offer(second, open);
        let later = link.take().unwrap();
        link.lost(&stop);
        link.connected();
        assert_eq!((name(&link), later.stop.is_stopped()), ("connected", false));
        // An offer to a migration that has ended is closed at once.
        link.end();
        let (third, open) = offer();
        let stop = third.stop.clone();
        link.offer(third, open);
        assert!(stop.is_stopped() && link.take().is_none());
    }
}
