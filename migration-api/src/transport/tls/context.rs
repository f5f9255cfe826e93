//! What credentials mean to OpenSSL, and what OpenSSL's verdict on a certificate means.

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
use super::{Endpoint, Mistrust, TlsCredentials, TlsError, TlsKind};

/// The last thing that OpenSSL complained about.
pub(super) fn text(stack: &ErrorStack) -> String {
    let last = stack.errors().last().and_then(|error| error.reason());
    last.unwrap_or("unknown error").to_owned()
}

/// What it says of a peer's certificate that a handshake failed; `None` if the certificate is not to blame.
pub(super) fn verdict(result: X509VerifyResult, hostname: Option<String>) -> Option<TlsError> {
    /// OpenSSL's numbers for a name and for an IP address that the certificate does not bear.
    const MISMATCH: [i32; 2] = [62, 64];
    match hostname {
        _ if result == X509VerifyResult::OK => None,
        Some(name) if MISMATCH.contains(&result.as_raw()) => Some(TlsError::Hostname(name)),
        _ => Some(TlsError::Peer(mistrust(result))),
    }
}

/// By OpenSSL's numbers, which its manual lists.
fn mistrust(result: X509VerifyResult) -> Mistrust {
    match result.as_raw() {
        // No issuer to be found, or a certificate signed by itself.
        2 | 18..=21 => Mistrust::UnknownIssuer,
        9 => Mistrust::NotYetValid,
        10 => Mistrust::Expired,
        23 => Mistrust::Revoked,
        66..=68 => Mistrust::Insecure,
        _ => Mistrust::Unfit,
    }
}

/// Reads the credentials' files.
pub(super) fn context(credentials: &TlsCredentials) -> Result<SslContext, TlsError> {
    let failed = |error: ErrorStack| TlsError::Handshake(text(&error));
    let mut builder = SslContext::builder(SslMethod::tls()).map_err(failed)?;
    // A write that had to wait is repeated with what is then at hand, at another address.
    builder.set_mode(SslMode::ENABLE_PARTIAL_WRITE | SslMode::ACCEPT_MOVING_WRITE_BUFFER);
    if credentials.endpoint == Endpoint::Server {
        // No session is resumed. A ticket that a source without a return path never reads would reset the connection when it closes,
        // and what it sent before would be lost.
        builder.set_num_tickets(0).map_err(failed)?;
        builder.set_options(SslOptions::NO_TICKET);
        dh_parameters(credentials, &mut builder)?;
    }
    match credentials.kind {
        TlsKind::Anonymous => {
            // TLS 1.3 has no anonymous suites, and OpenSSL's default security level forbids those of 1.2.
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
        let refused = |error| refused(&revoked, &error);
        let store = builder.cert_store_mut();
        store
            .set_flags(X509VerifyFlags::CRL_CHECK | X509VerifyFlags::CRL_CHECK_ALL)
            .map_err(refused)?;
        let lookup = store.add_lookup(X509Lookup::file()).map_err(refused)?;
        lookup.load_crl_file(&revoked, SslFiletype::PEM).map_err(refused)?;
    }
    // A client without a certificate is one that does not have to say who it is.
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

/// Overrules OpenSSL, for which an authority without a list of what it has taken back is none: here it has taken back nothing.
fn is_fine(fine: bool, verifier: &mut X509StoreContextRef) -> bool {
    const NO_LIST: i32 = 3;
    if !fine && verifier.error().as_raw() == NO_LIST {
        verifier.set_error(X509VerifyResult::OK);
        return true;
    }
    fine
}

/// Why the authorities by which the peer is measured would not vouch for our own certificate, which those of others may follow.
/// Whether it was taken back is the peer's business.
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
    std::fs::read(path)
        .map_err(|error| TlsError::Missing { path: path.into(), reason: reason(&error) })
}
