//! TLS on a channel, with anonymous or X.509 credentials.
//!
//! OpenSSL, because anonymous Diffie-Hellman suites, which `tls-creds-anon` stands for, are left out of rustls on purpose.

use std::fmt;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use openssl::dh::Dh;
use openssl::error::ErrorStack;
use openssl::pkey::Params;
use openssl::ssl::{
    ErrorCode, HandshakeError, MidHandshakeSslStream, Ssl, SslContext, SslContextBuilder, SslFiletype,
    SslMethod, SslStream, SslVerifyMode, SslVersion,
};
use openssl::x509::{X509NameRef, X509Ref};
use rustix::event::PollFlags;

use super::channel::Wire;
use super::error::TransportError;
use super::stop::Stop;

/// Which side of a handshake credentials are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// The side that connects.
    Client,
    /// The side that listens.
    Server,
}

/// What `tls-creds-anon` and `tls-creds-x509` hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsCredentials {
    /// Which side they are for.
    pub endpoint: Endpoint,
    /// Anonymous or not.
    pub kind: TlsKind,
    /// The folder with `ca-cert.pem`, `{client,server}-{cert,key}.pem` and `dh-params.pem`.
    pub dir: Option<PathBuf>,
    /// Whether the peer must show a certificate that the CA signed.
    pub verify_peer: bool,
    /// Client: the name that the server's certificate must bear.
    pub hostname: Option<String>,
    /// Server: the distinguished name that the client's certificate must bear.
    pub identity: Option<String>,
}

/// How the sides of a session know each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsKind {
    /// Not at all.
    Anonymous,
    /// By certificates.
    X509,
}

/// Why a session does not come about.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TlsError {
    /// No object of that id.
    NoCredentials(String),
    /// The object of that id is something else.
    NotCredentials(String),
    /// Credentials of the other side.
    Endpoint(Endpoint),
    /// X.509 without a folder.
    NoDirectory,
    /// No authorization of that id.
    NoAuthorization(String),
    /// A file of the credentials that cannot be used.
    File {
        /// Its path.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A handshake that failed.
    Handshake(String),
    /// A client whose certificate bears another name.
    Identity(String),
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCredentials(id) => write!(f, "No TLS credentials with id '{id}'"),
            Self::NotCredentials(id) => write!(f, "Object with id '{id}' is not TLS credentials"),
            Self::Endpoint(Endpoint::Client) => f.write_str("Expected TLS credentials for a client endpoint"),
            Self::Endpoint(Endpoint::Server) => f.write_str("Expected TLS credentials for a server endpoint"),
            Self::NoDirectory => f.write_str("Missing 'dir' property value"),
            Self::NoAuthorization(id) => write!(f, "Cannot find QAuthZ object ID {id}"),
            Self::File { path, reason } => write!(f, "Unable to use '{}': {reason}", path.display()),
            Self::Handshake(reason) => write!(f, "TLS handshake failed: {reason}"),
            Self::Identity(name) => write!(f, "TLS x509 authz check for {name} is denied"),
        }
    }
}

impl std::error::Error for TlsError {}

impl From<TlsError> for TransportError {
    fn from(error: TlsError) -> Self {
        Self::Tls(error)
    }
}

/// Why an operation on a session did not happen.
pub(super) enum Wait {
    /// The wire has to be ready first.
    For(PollFlags),
    /// It never will.
    Failed(io::Error),
}

/// An established session.
pub(super) struct Session(SslStream<Bytes>);

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
pub(super) struct Hello {
    unfinished: MidHandshakeSslStream<Bytes>,
    identity: Option<String>,
}

/// How far a handshake is.
pub(super) enum Progress {
    /// It has succeeded.
    Established(Session),
    /// The peer has to act first.
    Waiting(Hello),
}

impl Hello {
    /// What the wire has to be ready for before [`proceed`](Self::proceed) makes sense.
    pub(super) fn awaits(&self) -> PollFlags {
        if self.unfinished.error().code() == ErrorCode::WANT_WRITE { PollFlags::OUT } else { PollFlags::IN }
    }

    /// Goes on as far as that is possible without waiting.
    pub(super) fn proceed(self) -> Result<Progress, TransportError> {
        settle(self.unfinished.handshake(), self.identity)
    }
}

/// What has become of a handshake.
fn settle(
    state: Result<SslStream<Bytes>, HandshakeError<Bytes>>,
    identity: Option<String>,
) -> Result<Progress, TransportError> {
    let failed = |reason: String| Err(TlsError::Handshake(reason).into());
    let session = match state {
        Ok(session) => session,
        Err(HandshakeError::WouldBlock(unfinished)) => {
            return Ok(Progress::Waiting(Hello { unfinished, identity }));
        }
        Err(HandshakeError::SetupFailure(error)) => return failed(text(&error)),
        Err(HandshakeError::Failure(ended)) => {
            let error = ended.error();
            let told = error.ssl_error().map(text);
            let told = told.or_else(|| error.io_error().map(super::reason));
            return failed(told.unwrap_or_else(|| "the connection was closed".into()));
        }
    };
    if let Some(identity) = identity {
        let name = session.ssl().peer_certificate().map(|certificate| distinguished_name(&certificate));
        let name = name.unwrap_or_default();
        if name != identity {
            return Err(TlsError::Identity(name).into());
        }
    }
    Ok(Progress::Established(Session(session)))
}

impl Session {
    /// Says hello, waiting for the peer no longer than `stop` allows.
    pub(super) fn handshake(
        credentials: &TlsCredentials,
        wire: Arc<Wire>,
        stop: &Stop,
    ) -> Result<Self, TransportError> {
        let mut progress = Self::hello(credentials, wire.clone())?;
        loop {
            match progress {
                Progress::Established(session) => return Ok(session),
                Progress::Waiting(hello) => {
                    stop.wait_for(&*wire, hello.awaits())
                        .map_err(|error| TlsError::Handshake(super::reason(&error)))?;
                    progress = hello.proceed()?;
                }
            }
        }
    }

    /// Begins a handshake, without waiting for the peer.
    pub(super) fn hello(credentials: &TlsCredentials, wire: Arc<Wire>) -> Result<Progress, TransportError> {
        let failed = |error: ErrorStack| TlsError::Handshake(text(&error));
        let context = context(credentials)?;
        let mut ssl = Ssl::new(&context).map_err(failed)?;
        if let (Endpoint::Client, TlsKind::X509, Some(host)) =
            (credentials.endpoint, credentials.kind, &credentials.hostname)
        {
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
        settle(state, credentials.identity.clone())
    }

    pub(super) fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Wait> {
        match self.0.ssl_read(buffer) {
            Err(error) if error.code() == ErrorCode::ZERO_RETURN => Ok(0),
            // The connection's end without a goodbye. Neither QEMU nor we say one: a stream tells itself where it ends, and a
            // goodbye that nobody reads would reset the connection.
            Err(error) if error.code() == ErrorCode::SYSCALL && error.io_error().is_none() => Ok(0),
            done => done.map_err(wait),
        }
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<usize, Wait> {
        self.0.ssl_write(bytes).map_err(wait)
    }
}

fn wait(error: openssl::ssl::Error) -> Wait {
    match error.code() {
        ErrorCode::WANT_READ => Wait::For(PollFlags::IN),
        ErrorCode::WANT_WRITE => Wait::For(PollFlags::OUT),
        _ => Wait::Failed(error.into_io_error().unwrap_or_else(|error| io::Error::other(error.to_string()))),
    }
}

/// The last thing that OpenSSL complained about.
fn text(stack: &ErrorStack) -> String {
    let last = stack.errors().last().and_then(|error| error.reason());
    last.unwrap_or("unknown error").to_owned()
}

fn context(credentials: &TlsCredentials) -> Result<SslContext, TlsError> {
    let failed = |error: ErrorStack| TlsError::Handshake(text(&error));
    let mut builder = SslContext::builder(SslMethod::tls()).map_err(failed)?;
    // A write that had to wait is repeated with what is then at hand, at another address.
    builder.set_mode(
        openssl::ssl::SslMode::ENABLE_PARTIAL_WRITE | openssl::ssl::SslMode::ACCEPT_MOVING_WRITE_BUFFER,
    );
    if credentials.endpoint == Endpoint::Server {
        builder.set_session_id_context(b"migration").map_err(failed)?;
        dh_parameters(credentials, &mut builder)?;
    }
    match credentials.kind {
        TlsKind::Anonymous => {
            // TLS 1.3 has no anonymous suites, and OpenSSL's default security level forbids those of 1.2.
            builder.set_max_proto_version(Some(SslVersion::TLS1_2)).map_err(failed)?;
            builder.set_cipher_list("ADH:@SECLEVEL=0").map_err(failed)?;
            builder.set_verify(SslVerifyMode::NONE);
        }
        TlsKind::X509 => certificates(credentials, &mut builder)?,
    }
    Ok(builder.build())
}

fn dh_parameters(credentials: &TlsCredentials, builder: &mut SslContextBuilder) -> Result<(), TlsError> {
    let failed = |error: ErrorStack| TlsError::Handshake(text(&error));
    let path = credentials.dir.as_ref().map(|dir| dir.join("dh-params.pem")).filter(|path| path.exists());
    let parameters: Dh<Params> = match path {
        Some(path) => {
            let refused = |reason: String| TlsError::File { path: path.clone(), reason };
            let pem = std::fs::read(&path).map_err(|error| refused(super::reason(&error)))?;
            Dh::params_from_pem(&pem).map_err(|error| refused(text(&error)))?
        }
        None => Dh::get_2048_256().map_err(failed)?,
    };
    builder.set_tmp_dh(&parameters).map_err(failed)
}

fn certificates(credentials: &TlsCredentials, builder: &mut SslContextBuilder) -> Result<(), TlsError> {
    let dir = credentials.dir.as_ref().ok_or(TlsError::NoDirectory)?;
    let file = |name: &str| dir.join(name);
    let refused = |path: &Path, error: ErrorStack| TlsError::File { path: path.into(), reason: text(&error) };
    let ca = file("ca-cert.pem");
    builder.set_ca_file(&ca).map_err(|error| refused(&ca, error))?;
    let (side, needed) = match credentials.endpoint {
        Endpoint::Client => ("client", false),
        Endpoint::Server => ("server", true),
    };
    let (certificate, key) = (file(&format!("{side}-cert.pem")), file(&format!("{side}-key.pem")));
    // A client without a certificate is one that does not have to say who it is.
    if needed || certificate.exists() {
        builder.set_certificate_chain_file(&certificate).map_err(|error| refused(&certificate, error))?;
        builder.set_private_key_file(&key, SslFiletype::PEM).map_err(|error| refused(&key, error))?;
    }
    builder.set_verify(match (credentials.endpoint, credentials.verify_peer) {
        (Endpoint::Client, _) => SslVerifyMode::PEER,
        (Endpoint::Server, true) => SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT,
        (Endpoint::Server, false) => SslVerifyMode::NONE,
    });
    Ok(())
}

/// A certificate's subject as RFC 4514 writes it: the last attribute first.
fn distinguished_name(certificate: &X509Ref) -> String {
    let name: &X509NameRef = certificate.subject_name();
    let parts = name.entries().map(|entry| {
        let key = entry.object().nid().short_name().unwrap_or_default();
        let value = entry.data().to_string().unwrap_or_default();
        format!("{key}={value}")
    });
    let mut parts: Vec<String> = parts.collect();
    parts.reverse();
    parts.join(",")
}
