//! Sets up OpenSSL from credentials, and interprets its verdicts on certificates.

use std::path::Path;

use openssl::dh::Dh;
use openssl::error::ErrorStack;
use openssl::pkey::Params;
use openssl::ssl::{
    SslContext, SslContextBuilder, SslFiletype, SslMethod, SslMode, SslOptions, SslVerifyMode,
    SslVersion,
};
use openssl::stack::Stack;
use openssl::x509::store::{X509Lookup, X509StoreBuilder};
use openssl::x509::verify::X509VerifyFlags;
use openssl::x509::{X509, X509StoreContext, X509StoreContextRef, X509VerifyResult};

use super::super::error::reason;
use super::super::files;
use super::{Endpoint, Mistrust, TlsCredentials, TlsError, TlsKind};

/// Returns the text of OpenSSL's last error.
pub(super) fn text(stack: &ErrorStack) -> String {
    let last = stack.errors().last().and_then(|error| error.reason());
    last.unwrap_or("unknown error").to_owned()
}

/// Returns the error for a failed verification of a peer's certificate, or `None` if the
/// certificate is not the cause.
pub(super) fn verdict(result: X509VerifyResult, hostname: Option<String>) -> Option<TlsError> {
    /// OpenSSL's codes for a host name and an IP address that do not match the certificate.
    const MISMATCH: [i32; 2] = [62, 64];
    match hostname {
        _ if result == X509VerifyResult::OK => None,
        Some(name) if MISMATCH.contains(&result.as_raw()) => Some(TlsError::Hostname(name)),
        _ => Some(TlsError::Peer(mistrust(result))),
    }
}

/// Maps OpenSSL's verification codes, which its manual lists.
fn mistrust(result: X509VerifyResult) -> Mistrust {
    match result.as_raw() {
        // The issuer is unknown, or the certificate is self-signed.
        2 | 18..=21 => Mistrust::UnknownIssuer,
        9 => Mistrust::NotYetValid,
        10 => Mistrust::Expired,
        23 => Mistrust::Revoked,
        66..=68 => Mistrust::Insecure,
        _ => Mistrust::Unfit,
    }
}

/// Reads the files of the credentials.
pub(super) fn context(credentials: &TlsCredentials) -> Result<SslContext, TlsError> {
    let failed = |error: ErrorStack| TlsError::Handshake(text(&error));
    let mut builder = SslContext::builder(SslMethod::tls()).map_err(failed)?;
    // A write that had to wait is repeated with the data at hand then, at another address.
    builder.set_mode(SslMode::ENABLE_PARTIAL_WRITE | SslMode::ACCEPT_MOVING_WRITE_BUFFER);
    if credentials.endpoint == Endpoint::Server {
        // Sessions are not resumed. If a source without a return path closed with an unread ticket,
        // the connection would be reset and the data sent before would be lost.
        builder.set_num_tickets(0).map_err(failed)?;
        builder.set_options(SslOptions::NO_TICKET);
        dh_parameters(credentials, &mut builder)?;
    }
    match credentials.kind {
        TlsKind::Anonymous => {
            // TLS 1.3 has no anonymous suites, and OpenSSL's default security level forbids those
            // of 1.2.
            builder.set_max_proto_version(Some(SslVersion::TLS1_2)).map_err(failed)?;
            builder.set_cipher_list("ADH:@SECLEVEL=0").map_err(failed)?;
            builder.set_verify(SslVerifyMode::NONE);
        }
        TlsKind::X509 => return certificates(credentials, builder),
    }
    Ok(builder.build())
}

fn dh_parameters(
    credentials: &TlsCredentials,
    builder: &mut SslContextBuilder,
) -> Result<(), TlsError> {
    let failed = |error: ErrorStack| TlsError::Handshake(text(&error));
    let path =
        credentials.dir.as_ref().map(|dir| dir.join("dh-params.pem")).filter(|path| path.exists());
    let parameters: Dh<Params> = match path {
        Some(path) => {
            let pem = read(&path)?;
            Dh::params_from_pem(&pem)
                .map_err(|error| TlsError::File { path, reason: text(&error) })?
        }
        None => Dh::get_2048_256().map_err(failed)?,
    };
    builder.set_tmp_dh(&parameters).map_err(failed)
}

fn certificates(
    credentials: &TlsCredentials,
    mut builder: SslContextBuilder,
) -> Result<SslContext, TlsError> {
    let dir = credentials.dir.as_ref().ok_or(TlsError::NoDirectory)?;
    let (side, needed) = match credentials.endpoint {
        Endpoint::Client => ("client", false),
        Endpoint::Server => ("server", true),
    };
    let authority = dir.join("ca-cert.pem");
    let revoked = dir.join("ca-crl.pem");
    let certificate = dir.join(format!("{side}-cert.pem"));
    let key = dir.join(format!("{side}-key.pem"));

    read(&authority)?;
    builder.set_ca_file(&authority).map_err(|error| refused(&authority, &error))?;
    if revoked.exists() {
        read(&revoked)?;
        let refused = |error| refused(&revoked, &error);
        let store = builder.cert_store_mut();
        store
            .set_flags(X509VerifyFlags::CRL_CHECK | X509VerifyFlags::CRL_CHECK_ALL)
            .map_err(refused)?;
        let lookup = store.add_lookup(X509Lookup::file()).map_err(refused)?;
        lookup.load_crl_file(&revoked, SslFiletype::PEM).map_err(refused)?;
    }
    // A client without a certificate stays unidentified.
    if needed || certificate.exists() {
        read(&certificate)?;
        read(&key)?;
        builder
            .set_certificate_chain_file(&certificate)
            .map_err(|error| refused(&certificate, &error))?;
        builder
            .set_private_key_file(&key, SslFiletype::PEM)
            .map_err(|error| refused(&key, &error))?;
    }
    let mode = match (credentials.endpoint, credentials.verify_peer) {
        (_, false) => SslVerifyMode::NONE,
        (Endpoint::Client, true) => SslVerifyMode::PEER,
        (Endpoint::Server, true) => SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT,
    };
    builder.set_verify_callback(mode, is_fine);
    let context = builder.build();
    if credentials.sanity_check && context.certificate().is_some() {
        let distrusted = distrusted(&read(&certificate)?, &read(&authority)?);
        if let Some(reason) = distrusted.map_err(|error| refused(&certificate, &error))? {
            return Err(TlsError::Own { path: certificate, authority, reason });
        }
    }
    Ok(context)
}

/// OpenSSL rejects a chain whose CA has no CRL. Treat a missing CRL as empty.
fn is_fine(fine: bool, verifier: &mut X509StoreContextRef) -> bool {
    const NO_LIST: i32 = 3;
    if !fine && verifier.error().as_raw() == NO_LIST {
        verifier.set_error(X509VerifyResult::OK);
        return true;
    }
    fine
}

/// Checks our own certificate chain against the CA's certificate. Does not check revocation, which
/// the peer does.
fn distrusted(chain: &[u8], authorities: &[u8]) -> Result<Option<Mistrust>, ErrorStack> {
    let mut store = X509StoreBuilder::new()?;
    for authority in X509::stack_from_pem(authorities)? {
        store.add_cert(authority)?;
    }
    let store = store.build();
    let mut chain = X509::stack_from_pem(chain)?.into_iter();
    let Some(own) = chain.next() else { return Ok(Some(Mistrust::Unfit)) };
    let mut between = Stack::new()?;
    for certificate in chain {
        between.push(certificate)?;
    }
    let result = X509StoreContext::new()?.init(&store, &own, &between, |verifier| {
        verifier.verify_cert()?;
        Ok(verifier.error())
    })?;
    Ok((result != X509VerifyResult::OK).then(|| mistrust(result)))
}

fn refused(path: &Path, error: &ErrorStack) -> TlsError {
    TlsError::File { path: path.into(), reason: text(error) }
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    files::contents(path)
        .map_err(|error| TlsError::Missing { path: path.into(), reason: reason(&error) })
}
