//! Accepts the source's connections and identifies them, among connections of other clients.
//!
//! Without multifd, the first connection is the main channel, and the second one, if any, the
//! preempt channel, because they have no identification. With multifd every connection begins with
//! a magic number, so their order does not matter. A connection that begins otherwise, or ends
//! before, is not the source's and is dropped. If a yank ends it, the migration fails, except
//! within a TLS handshake.

use std::sync::Arc;

use rustix::event::PollFlags;

use super::failure::LoadFailure;
use super::identify::{Expected, MAIN, MULTIFD, MultifdChannel, introduce, unexpected, wanted};
use crate::stream::multifd::MultifdError;
use crate::transport::{
    Channel, Listener, PendingConnection, Stop, TlsCredentials, TransportError, reason,
};

/// Maximum number of connections that have not identified themselves yet; the oldest is dropped.
const MAX_PENDING: usize = 64;

/// Decides on connections when they are accepted.
pub(super) trait AcceptPolicy: Send {
    /// Returns the credentials for a TLS session, if TLS is used.
    ///
    /// # Errors
    /// The credentials do not exist or have another type, so no connection can be accepted.
    fn credentials(&self) -> Result<Option<TlsCredentials>, TransportError>;

    /// Called with the reason when a connection is refused.
    fn on_refused(&self, why: String);
}

/// A listener, and its connections that are not identified yet.
pub(super) struct Acceptor {
    listener: Listener,
    policy: Box<dyn AcceptPolicy>,
    stop: Arc<Stop>,
    pending: Vec<PendingConnection>,
}

/// The connections of one migration.
pub(super) struct Connections {
    pub(super) main: Channel,
    /// Bytes read from the main channel in order to identify it.
    pub(super) greeting: Vec<u8>,
    /// The multifd channels, by their ids.
    pub(super) multifd: Vec<MultifdChannel>,
    /// The listener for the preempt channel, if one may follow.
    pub(super) acceptor: Option<Acceptor>,
}

impl Connections {
    /// Returns a single connection, without others to follow.
    pub(super) fn single(main: Channel) -> Self {
        Self { main, greeting: Vec::new(), multifd: Vec::new(), acceptor: None }
    }
}

/// The event that ends a wait.
enum Arrival {
    /// A connection has sent as much as needed.
    Shown(Box<PendingConnection>),
    /// A watched connection, by its index, is about to end.
    Gone(usize),
    /// A multifd channel ended within its handshake.
    CutShort,
}

/// The duration of a wait.
#[derive(Clone, Copy)]
enum Until {
    /// Until an event.
    Arrival,
    /// Return if no event has occurred.
    Now,
}

impl Acceptor {
    /// Accepts sources that connect to `listener`.
    pub(super) fn new(listener: Listener, policy: Box<dyn AcceptPolicy>, stop: Arc<Stop>) -> Self {
        Self { listener, policy, stop, pending: Vec::new() }
    }

    /// Waits for a pending connection without accepting it.
    ///
    /// # Errors
    /// The error of the system call, or the stop.
    pub(super) fn await_connection(&self) -> Result<(), TransportError> {
        let doors: Vec<_> = self.listener.sockets().map(|socket| (socket, PollFlags::IN)).collect();
        self.stop.wait(&doors).map(drop).map_err(|error| TransportError::Io(reason(&error)))
    }

    /// Waits for the next connection, including its TLS handshake.
    ///
    /// # Errors
    /// The error of the system call, or the stop.
    pub(super) fn next(&mut self) -> Result<Channel, TransportError> {
        loop {
            if let Some(Arrival::Shown(connection)) = self.wait(&[], |_| 0, Until::Arrival)? {
                return Ok(connection.into_parts().0);
            }
        }
    }

    /// Waits for the main channel and all multifd channels. Reports refused connections to `log`.
    ///
    /// # Errors
    /// The error of the system call, the stop, a connection that ends before all are there (the
    /// owner of the others is then unknown), or a multifd channel of another migration.
    pub(super) fn sort(
        &mut self,
        expected: Expected,
        log: impl Fn(String),
    ) -> Result<Connections, LoadFailure> {
        let mut main = None;
        let mut channels: Vec<Option<MultifdChannel>> =
            (0..expected.channels).map(|_| None).collect();
        loop {
            let missing = channels.iter().filter(|channel| channel.is_none()).count()
                + usize::from(main.is_none());
            if let Some((channel, greeting)) = main.take_if(|_| missing == 0) {
                self.refuse_more(expected)?;
                let multifd = channels.into_iter().flatten().collect();
                return Ok(Connections { main: channel, greeting, multifd, acceptor: None });
            }
            // The main channel's index follows those of the multifd channels.
            let (places, watched): (Vec<usize>, Vec<&Channel>) = channels
                .iter()
                .map(|channel| channel.as_ref().map(|channel| &channel.channel))
                .chain([main.as_ref().map(|(channel, _)| channel)])
                .enumerate()
                .filter_map(|(place, channel)| Some((place, channel?)))
                .unzip();
            let early = |multifd| LoadFailure::Early { multifd, missing, of: channels.len() + 1 };
            let connection = match self.wait(&watched, wanted, Until::Arrival)? {
                Some(Arrival::Shown(connection)) => connection,
                Some(Arrival::Gone(index)) => {
                    return Err(early(Some(places[index]).filter(|&place| place < channels.len())));
                }
                Some(Arrival::CutShort) => return Err(MultifdError::Closed.into()),
                None => continue,
            };
            let (channel, head) = connection.into_parts();
            if head == MAIN && main.is_none() {
                main = Some((channel, head));
            } else if head.starts_with(MULTIFD) {
                let (id, reader) = introduce(&head, expected)?;
                let place = &mut channels[usize::from(id)];
                if place.is_some() {
                    return Err(MultifdError::Taken(id).into());
                }
                *place = Some(MultifdChannel { channel, reader });
            } else {
                log(unexpected(&head));
            }
        }
    }

    /// Refuses a source with more channels than expected.
    fn refuse_more(&mut self, expected: Expected) -> Result<(), LoadFailure> {
        while let Some(arrival) = self.wait(&[], wanted, Until::Now)? {
            let Arrival::Shown(connection) = arrival else { continue };
            let (_, head) = connection.into_parts();
            if let Err(error @ MultifdError::Channel { .. }) = introduce(&head, expected) {
                return Err(error.into());
            }
            self.policy.on_refused(unexpected(&head));
        }
        Ok(())
    }

    /// Accepts connections until one has sent as many bytes as `wanted` returns, or one of
    /// `watched` has ended. Returns `None` if no event has occurred and `until` does not wait.
    fn wait(
        &mut self,
        watched: &[&Channel],
        wanted: fn(&[u8]) -> usize,
        until: Until,
    ) -> Result<Option<Arrival>, TransportError> {
        let mut suspected = None;
        loop {
            let pending = self.pending.iter().map(PendingConnection::awaits);
            let doors = self.listener.sockets().map(|socket| (socket, PollFlags::IN));
            let watched = watched.iter().map(|channel| {
                let fd = std::os::fd::AsFd::as_fd(*channel);
                (fd, PollFlags::RDHUP)
            });
            let fds: Vec<_> = pending.chain(doors).chain(watched).collect();
            let (present, all) =
                (self.pending.len(), self.pending.len() + self.listener.sockets().count());
            let ready = match until {
                Until::Arrival => self.stop.wait(&fds).map(Some),
                Until::Now => self.stop.ready(&fds),
            };
            let Some(mut ready) = ready.map_err(|error| TransportError::Io(reason(&error)))? else {
                return Ok(None);
            };
            if ready >= all {
                // A source may have sent everything and closed before all its connections were
                // accepted. A second check, which begins after the end, finds those.
                if suspected == Some(ready - all) {
                    return Ok(Some(Arrival::Gone(ready - all)));
                }
                suspected = Some(ready - all);
                continue;
            }
            if ready >= present {
                let Some(channel) = self.listener.accept_from(ready - present)? else { continue };
                let connection =
                    match PendingConnection::new(channel, self.policy.credentials()?.as_ref()) {
                        Ok(connection) => connection,
                        Err(error) => {
                            self.policy.on_refused(error.to_string());
                            continue;
                        }
                    };
                if present == MAX_PENDING {
                    self.pending.remove(0);
                }
                self.pending.push(connection);
                ready = self.pending.len() - 1;
            }
            match self.pending[ready].advance(wanted) {
                Ok(true) => {
                    return Ok(Some(Arrival::Shown(Box::new(self.pending.remove(ready)))));
                }
                Ok(false) => {}
                // A client that fails the handshake is not the source, which may still connect.
                Err(error) => {
                    let connection = self.pending.remove(ready);
                    // It may be the source's, and a yank ends a migration.
                    if connection.is_cut() {
                        return Err(TransportError::Cut);
                    }
                    let (_, head) = connection.into_parts();
                    if head.starts_with(MULTIFD) {
                        return Ok(Some(Arrival::CutShort));
                    }
                    // A connection that just ends is not reported.
                    if let Some(error) =
                        error.get_ref().and_then(|error| error.downcast_ref::<TransportError>())
                    {
                        self.policy.on_refused(error.to_string());
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::net::TcpStream;

    use super::*;
    use crate::stream::multifd::{Handshake, Method};
    use crate::transport::{Address, Bound, Incoming, listen};

    struct Nothing;

    impl crate::transport::Descriptors for Nothing {
        fn take(&self, _name: &str) -> Option<std::os::fd::OwnedFd> {
            None
        }
    }

    impl AcceptPolicy for Nothing {
        fn credentials(&self) -> Result<Option<TlsCredentials>, TransportError> {
            Ok(None)
        }

        fn on_refused(&self, why: String) {
            panic!("{why}")
        }
    }

    const EXPECTED: Expected = Expected { uuid: [7; 16], channels: 2, method: Method::None };

    fn acceptor() -> (Acceptor, impl Fn(&[u8]) -> TcpStream) {
        let stop = Arc::new(Stop::new().unwrap());
        let address: Address = "tcp:127.0.0.1:0".parse().unwrap();
        let Ok(Incoming::Listener(listener)) = listen(&address, &Nothing, 9, &stop) else {
            panic!()
        };
        let Bound::Inet(bound) = listener.bound()[0].clone() else { panic!() };
        let connect = move |bytes: &[u8]| {
            let mut socket = TcpStream::connect(bound).unwrap();
            socket.write_all(bytes).unwrap();
            socket
        };
        (Acceptor::new(listener, Box::new(Nothing), stop), connect)
    }

    fn handshake(uuid: u8, channel: u8) -> Vec<u8> {
        let mut bytes = Vec::new();
        Handshake { uuid: [uuid; 16], channel }.write(&mut bytes);
        bytes
    }

    #[test]
    fn connections_come_in_any_order_and_strangers_are_let_go() {
        let (mut acceptor, connect) = acceptor();
        let _silent = connect(b"");
        let _half = connect(b"QE");
        let _rude = connect(b"GET / HTTP/1.1\r\n");
        drop(connect(b"\x11\x22\x33"));
        drop(connect(b""));
        let mut first = connect(&handshake(7, 1)[..30]);
        let _main = connect(b"QEVM\0\0\0\x03");
        let _second = connect(&handshake(7, 0));
        first.write_all(&handshake(7, 1)[30..]).unwrap();
        let lines = std::cell::RefCell::new(Vec::new());
        let connections = acceptor.sort(EXPECTED, |line| lines.borrow_mut().push(line)).unwrap();
        assert_eq!(connections.greeting, b"QEVM");
        let mut rest = [0; 9];
        assert_eq!(connections.main.read(&mut rest).unwrap(), 4);
        assert_eq!(rest[..4], [0, 0, 0, 3]);
        assert_eq!(connections.multifd.len(), 2);
        assert_eq!(*lines.borrow(), ["unknown channel magic 0x47455420; ignoring the connection"]);
        first.write_all(b"x").unwrap();
        assert_eq!(connections.multifd[1].channel.read(&mut rest).unwrap(), 1);
    }

    /// Returns the error after connections that begin with `heads`, of which those with an index in
    /// `gone` are closed.
    fn refused(heads: &[Vec<u8>], gone: &[usize]) -> LoadFailure {
        let (mut acceptor, connect) = acceptor();
        let mut sockets: Vec<_> = heads.iter().map(|bytes| Some(connect(bytes))).collect();
        gone.iter().for_each(|&place| sockets[place] = None);
        match acceptor.sort(EXPECTED, drop) {
            Err(failure) => failure,
            Ok(_) => panic!("accepted"),
        }
    }

    #[test]
    fn a_connection_that_ends_before_all_are_there_ends_the_migration() {
        let ended = |heads: &[Vec<u8>], gone: &[usize]| refused(heads, gone).messages().remove(0);
        let main = || b"QEVM".to_vec();
        assert_eq!(
            ended(&[main(), handshake(7, 1)], &[1]),
            "multifd channel 1 ended while 1 of 3 connections were missing; multifd-channels must be the same on both sides"
        );
        assert!(
            ended(&[main(), handshake(7, 1)], &[0])
                .starts_with("the main channel ended while 1 of 3")
        );
        assert!(
            ended(&[handshake(7, 0)], &[0]).starts_with("multifd channel 0 ended while 2 of 3")
        );
        assert!(
            ended(&[main(), handshake(7, 1)[..30].to_vec()], &[1])
                .ends_with("ended within a packet")
        );
    }

    #[test]
    fn a_source_that_was_quick_is_not_missed() {
        for _ in 0..20 {
            let (mut acceptor, connect) = acceptor();
            drop((connect(b"QEVM"), connect(&handshake(7, 0)), connect(&handshake(7, 1))));
            assert_eq!(acceptor.sort(EXPECTED, drop).unwrap().multifd.len(), 2);
        }
    }

    #[test]
    fn channels_of_another_migration_are_refused() {
        let refused = |heads: &[Vec<u8>]| match refused(heads, &[]) {
            LoadFailure::Multifd(error) => error.to_string(),
            other => panic!("{other:?}"),
        };
        assert!(refused(&[handshake(6, 0)]).contains("expected uuid"));
        assert!(refused(&[handshake(7, 2)]).contains("greater than number of channels 2"));
        assert_eq!(
            refused(&[handshake(7, 0), handshake(7, 0)]),
            "multifd: received id '0' already setup'"
        );
        // All expected channels and an extra one.
        let more = [b"QEVM".to_vec(), handshake(7, 0), handshake(7, 1), handshake(7, 2)];
        assert!(refused(&more).contains("greater than number of channels 2"));
    }
}
