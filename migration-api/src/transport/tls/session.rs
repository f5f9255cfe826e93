//! A TLS session over a channel's wire, and the handshake before it. Only [`Session::handshake`]
//! waits.

use std::io::{self, Read, Write};
use std::sync::Arc;

use openssl::error::ErrorStack;
use openssl::nid::Nid;
use openssl::ssl::{ErrorCode, HandshakeError, MidHandshakeSslStream, Ssl, SslRef, SslStream};
use openssl::x509::X509NameRef;
use rustix::event::PollFlags;

use super::super::error::{TransportError, reason};
use super::super::stop::Stop;
use super::super::wire::Wire;
use super::authorization::escape;
use super::context::{context, text, verdict};
use super::{Authorization, Endpoint, HandshakeState, TlsCredentials, TlsError, TlsKind, Wait};

/// An established session.
pub(in crate::transport) struct Session(SslStream<Bytes>);

/// The wire as OpenSSL takes it.
struct Bytes(Arc<Wire>);

impl Read for Bytes {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        rustix::io::read(&*self.0, buffer).map_err(Into::into)
    }
}

impl Write for Bytes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        rustix::io::write(&*self.0, bytes).map_err(Into::into)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A handshake under way.
pub(in crate::transport) struct Hello {
    unfinished: MidHandshakeSslStream<Bytes>,
    rules: Rules,
}

impl Hello {
    /// Returns the readiness of the wire that [`proceed`](Self::proceed) needs.
    pub(in crate::transport) fn awaits(&self) -> PollFlags {
        if self.unfinished.error().code() == ErrorCode::WANT_WRITE {
            PollFlags::OUT
        } else {
            PollFlags::IN
        }
    }

    /// Goes on as far as that is possible without waiting.
    pub(in crate::transport) fn proceed(
        self,
    ) -> Result<HandshakeState<Session, Hello>, TransportError> {
        settle(self.unfinished.handshake(), self.rules)
    }
}

/// The checks beside the certificates' signatures.
struct Rules {
    /// The name that the server is to bear; for the report only.
    hostname: Option<String>,
    /// The rule for clients, or the reason why there is none. Clients without a certificate to show
    /// are not checked.
    authorization: Result<Option<Authorization>, TlsError>,
    /// This side is a client with anonymous credentials.
    anonymous_client: bool,
}

impl Rules {
    fn of(credentials: &TlsCredentials) -> Self {
        let asks = credentials.endpoint == Endpoint::Server
            && credentials.kind == TlsKind::X509
            && credentials.verify_peer;
        let authorization = if asks { credentials.authorization.clone() } else { Ok(None) };
        let anonymous_client =
            credentials.endpoint == Endpoint::Client && credentials.kind == TlsKind::Anonymous;
        Self { hostname: credentials.hostname.clone(), authorization, anonymous_client }
    }

    /// Refuses peers that are not authorized.
    fn check(self, ssl: &SslRef) -> Result<(), TlsError> {
        let Some(authorization) = self.authorization? else { return Ok(()) };
        let name = ssl.peer_certificate().map(|certificate| spell(certificate.subject_name()));
        let name = name.unwrap_or_default();
        if authorization.allows(&name) { Ok(()) } else { Err(TlsError::Denied(name)) }
    }
}

/// Returns a certificate's subject as QEMU's users write it: RFC 4514's spelling, in the
/// certificate's own order.
pub(super) fn spell(subject: &X509NameRef) -> String {
    let parts = subject.entries().map(|entry| {
        let object = entry.object();
        let value = entry.data().to_string().unwrap_or_default();
        match object.nid() {
            Nid::PKCS9_EMAILADDRESS => format!("EMAIL={}", escape(&value)),
            // Without a name: by its number.
            Nid::UNDEF => format!("{object}={}", escape(&value)),
            nid => format!("{}={}", nid.short_name().unwrap_or_default(), escape(&value)),
        }
    });
    parts.collect::<Vec<_>>().join(",")
}

/// Returns the progress of a handshake.
fn settle(
    state: Result<SslStream<Bytes>, HandshakeError<Bytes>>,
    rules: Rules,
) -> Result<HandshakeState<Session, Hello>, TransportError> {
    match state {
        Ok(session) => {
            rules.check(session.ssl())?;
            Ok(HandshakeState::Established(Session(session)))
        }
        Err(HandshakeError::WouldBlock(unfinished)) => {
            Ok(HandshakeState::Waiting(Hello { unfinished, rules }))
        }
        Err(HandshakeError::SetupFailure(error)) => Err(TlsError::Handshake(text(&error)).into()),
        Err(HandshakeError::Failure(ended)) => {
            if let Some(error) = verdict(ended.ssl().verify_result(), rules.hostname) {
                return Err(error.into());
            }
            let error = ended.error();
            let told = error.ssl_error().map(text).or_else(|| error.io_error().map(reason));
            let told = told.unwrap_or_else(|| "the connection was closed".into());
            // OpenSSL offers groups of RFC 7919 in TLS 1.3 only, which has no anonymous suites.
            let failed =
                if rules.anonymous_client { TlsError::Anonymous } else { TlsError::Handshake };
            Err(failed(told).into())
        }
    }
}

/// Reads the files of credentials.
pub(super) fn check(credentials: &TlsCredentials) -> Result<(), TlsError> {
    context(credentials).map(drop)
}

impl Session {
    /// Says hello, waiting for the peer no longer than `stop` allows.
    pub(in crate::transport) fn handshake(
        credentials: &TlsCredentials,
        wire: Arc<Wire>,
        stop: &Stop,
    ) -> Result<Self, TransportError> {
        // A stop also shuts down the connection, which is not the peer's doing then.
        let unless_stopped = |progress: Result<HandshakeState<Session, Hello>, TransportError>| {
            stop.check().map_err(|error| TlsError::Handshake(reason(&error)))?;
            progress
        };
        let mut progress = unless_stopped(Self::hello(credentials, wire.clone()))?;
        loop {
            match progress {
                HandshakeState::Established(session) => return Ok(session),
                HandshakeState::Waiting(hello) => {
                    stop.wait_for(&*wire, hello.awaits())
                        .map_err(|error| TlsError::Handshake(reason(&error)))?;
                    progress = unless_stopped(hello.proceed())?;
                }
            }
        }
    }

    /// Begins a handshake, without waiting for the peer.
    pub(in crate::transport) fn hello(
        credentials: &TlsCredentials,
        wire: Arc<Wire>,
    ) -> Result<HandshakeState<Session, Hello>, TransportError> {
        let failed = |error: ErrorStack| TlsError::Handshake(text(&error));
        let context = context(credentials)?;
        let mut ssl = Ssl::new(&context).map_err(failed)?;
        let asks_for_a_name = credentials.kind == TlsKind::X509 && credentials.verify_peer;
        if credentials.endpoint == Endpoint::Client && asks_for_a_name {
            let host = credentials.hostname.as_ref().ok_or(TlsError::NoHostname)?;
            let named = match host.parse() {
                Ok(ip) => ssl.param_mut().set_ip(ip),
                Err(_) => ssl.param_mut().set_host(host).and_then(|()| ssl.set_hostname(host)),
            };
            named.map_err(failed)?;
        }
        let bytes = Bytes(wire);
        let state = match credentials.endpoint {
            Endpoint::Client => ssl.connect(bytes),
            Endpoint::Server => ssl.accept(bytes),
        };
        settle(state, Rules::of(credentials))
    }

    pub(in crate::transport) fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Wait> {
        match self.0.ssl_read(buffer) {
            Err(error) if error.code() == ErrorCode::ZERO_RETURN => Ok(0),
            // EOF without close_notify. Neither QEMU nor this engine sends one: a stream marks its
            // own end, and an unread close_notify would reset the connection.
            Err(error) if error.code() == ErrorCode::SYSCALL && error.io_error().is_none() => Ok(0),
            done => done.map_err(wait),
        }
    }

    pub(in crate::transport) fn write(&mut self, bytes: &[u8]) -> Result<usize, Wait> {
        self.0.ssl_write(bytes).map_err(wait)
    }

    /// Says that nothing follows.
    pub(in crate::transport) fn goodbye(&mut self) -> Result<usize, Wait> {
        self.0.shutdown().map(|_| 0).map_err(wait)
    }
}

fn wait(error: openssl::ssl::Error) -> Wait {
    match error.code() {
        ErrorCode::WANT_READ => Wait::For(PollFlags::IN),
        ErrorCode::WANT_WRITE => Wait::For(PollFlags::OUT),
        _ => Wait::Failed(
            error.into_io_error().unwrap_or_else(|error| io::Error::other(error.to_string())),
        ),
    }
}
