//! X.509 sessions between two channels: accepted and refused certificates, and the errors of both
//! sides.

use std::path::Path;
use std::sync::Arc;

use super::*;
use crate::tests::certificates::{Authority, CLIENT, Leaf, SERVER};
use crate::transport::{Channel, Stop, TransportError};

fn credentials(folder: &Path, endpoint: Endpoint) -> TlsCredentials {
    TlsCredentials::new(TlsKind::X509, endpoint, Some(folder.into()))
}

fn client(folder: &Path) -> TlsCredentials {
    TlsCredentials { hostname: Some("127.0.0.1".into()), ..credentials(folder, Endpoint::Client) }
}

fn server(folder: &Path) -> TlsCredentials {
    credentials(folder, Endpoint::Server)
}

/// The results of a handshake at the client and at the server.
type Ends = (Result<Channel, TransportError>, Result<Channel, TransportError>);

fn shake_hands(client: &TlsCredentials, server: &TlsCredentials) -> Ends {
    let (ours, theirs) = std::os::unix::net::UnixStream::pair().unwrap();
    let stop = || Arc::new(Stop::new().unwrap());
    let (ours, theirs) = (
        Channel::descriptor(ours.into(), &stop()).unwrap(),
        Channel::descriptor(theirs.into(), &stop()).unwrap(),
    );
    std::thread::scope(|scope| {
        let serving = scope.spawn(|| theirs.secure(server));
        let connected = ours.secure(client);
        (connected, serving.join().unwrap())
    })
}

fn agree(client: &TlsCredentials, server: &TlsCredentials) {
    let (ours, theirs) = shake_hands(client, server);
    let (ours, theirs) = (ours.unwrap(), theirs.unwrap());
    ours.write_all(b"word").unwrap();
    let mut word = [0; 4];
    assert_eq!(theirs.read(&mut word).unwrap(), 4);
    assert_eq!(&word, b"word");
}

/// Returns the error of a client that does not trust the server.
fn client_refuses(client: &TlsCredentials, server: &TlsCredentials) -> String {
    let (ours, theirs) = shake_hands(client, server);
    assert!(theirs.is_err());
    ours.unwrap_err().to_string()
}

/// Returns the error of a server that does not trust the client. In TLS 1.3 the client notices only
/// when it reads.
fn server_refuses(client: &TlsCredentials, server: &TlsCredentials) -> String {
    let (ours, theirs) = shake_hands(client, server);
    assert!(ours.map_or(true, |ours| !matches!(ours.read(&mut [0]), Ok(1))));
    theirs.unwrap_err().to_string()
}

#[test]
fn certificates_of_one_authority_trust_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new("ours");
    let (ours, theirs, nobody) =
        (folder.path().join("client"), folder.path().join("server"), folder.path().join("nobody"));
    authority.issue(&ours, CLIENT);
    authority.issue(&theirs, SERVER);
    authority.trust(&nobody);
    agree(&client(&ours), &server(&theirs));
    agree(
        &TlsCredentials { hostname: Some("localhost".into()), ..client(&ours) },
        &server(&theirs),
    );
    let nameless = TlsCredentials { hostname: None, ..client(&ours) };
    assert_eq!(
        client_refuses(&nameless, &server(&theirs)),
        "No hostname for certificate validation"
    );

    // A client without a certificate is accepted by a server that does not verify.
    let incurious = TlsCredentials { verify_peer: false, ..server(&theirs) };
    agree(&client(&nobody), &incurious);
    let refused = server_refuses(&client(&nobody), &server(&theirs));
    assert_eq!(refused, "TLS handshake failed: peer did not return a certificate");
}

#[test]
fn a_server_by_another_name_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new("ours");
    authority.issue(folder.path(), CLIENT);
    authority.issue(folder.path(), Leaf { hosts: &["example.org"], ..SERVER });
    let (ours, theirs) = (client(folder.path()), server(folder.path()));
    assert_eq!(client_refuses(&ours, &theirs), "Certificate does not match the hostname 127.0.0.1");
    let named = |name: &str| TlsCredentials { hostname: Some(name.into()), ..ours.clone() };
    agree(&named("example.org"), &theirs);
    let refused = client_refuses(&named("example.com"), &theirs);
    assert_eq!(refused, "Certificate does not match the hostname example.com");
    // A side that does not verify accepts any certificate.
    agree(&TlsCredentials { verify_peer: false, ..ours.clone() }, &theirs);
    agree(&TlsCredentials { verify_peer: false, hostname: None, ..ours.clone() }, &theirs);
}

#[test]
fn another_authority_and_another_time_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (authority, other) = (Authority::new("ours"), Authority::new("theirs"));
    let in_folder = |name: &str| folder.path().join(name);
    authority.issue(&in_folder("ours"), CLIENT);
    authority.issue(&in_folder("ours"), SERVER);
    other.issue(&in_folder("theirs"), CLIENT);
    other.issue(&in_folder("theirs"), SERVER);
    let unknown = "The certificate hasn't got a known issuer";
    assert_eq!(client_refuses(&client(&in_folder("ours")), &server(&in_folder("theirs"))), unknown);
    // Another key under the same CA name.
    Authority::new("ours").issue(&in_folder("false"), SERVER);
    let refused = client_refuses(&client(&in_folder("ours")), &server(&in_folder("false")));
    assert_eq!(refused, "The certificate is not trusted");
    // The client trusts the server, but not the other way round.
    let mixed = in_folder("mixed");
    other.issue(&mixed, CLIENT);
    authority.trust(&mixed);
    let own = client(&mixed).check().unwrap_err().to_string();
    assert!(own.starts_with("Our own certificate ") && own.ends_with(unknown), "{own}");
    let careless = TlsCredentials { sanity_check: false, ..client(&mixed) };
    careless.check().unwrap();
    assert_eq!(server_refuses(&careless, &server(&in_folder("ours"))), unknown);

    authority.issue(&in_folder("old"), Leaf { days: -1, ..SERVER });
    let old = server(&in_folder("old"));
    assert!(old.check().unwrap_err().to_string().ends_with("The certificate has expired"));
    let old = TlsCredentials { sanity_check: false, ..old };
    assert_eq!(client_refuses(&client(&in_folder("ours")), &old), "The certificate has expired");
}

#[test]
fn revoked_certificates_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new("ours");
    let in_folder = |name: &str| folder.path().join(name);
    for name in ["ours", "lost"] {
        authority.issue(&in_folder(name), CLIENT);
        authority.issue(&in_folder(name), SERVER);
    }
    let lost = ["client-cert.pem", "server-cert.pem"].map(|file| in_folder("lost").join(file));
    let ours = in_folder("ours");
    // An empty CRL.
    authority.revoke(&ours, &[]);
    agree(&client(&ours), &server(&in_folder("lost")));
    authority.revoke(&ours, &[&lost[0], &lost[1]]);
    let revoked = "The certificate has been revoked";
    assert_eq!(client_refuses(&client(&ours), &server(&in_folder("lost"))), revoked);
    assert_eq!(server_refuses(&client(&in_folder("lost")), &server(&ours)), revoked);
    agree(&client(&ours), &server(&ours));
    // A client is not refused by its own CRL.
    std::fs::copy(ours.join("ca-crl.pem"), in_folder("lost").join("ca-crl.pem")).unwrap();
    server(&in_folder("lost")).check().unwrap();
    // A CRL of another authority has no effect.
    Authority::new("others").revoke(&ours, &[&lost[0]]);
    agree(&client(&ours), &server(&ours));
    std::fs::write(ours.join("ca-crl.pem"), "not a list").unwrap();
    let refused = client(&ours).check().unwrap_err().to_string();
    assert!(
        refused.starts_with(&format!("Unable to use '{}': ", ours.join("ca-crl.pem").display())),
        "{refused}"
    );
}

#[test]
fn clients_are_authorized_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new("ours");
    authority.issue(folder.path(), CLIENT);
    authority.issue(folder.path(), SERVER);
    let ours = client(folder.path());
    let theirs = |authorization| TlsCredentials {
        authorization: Ok(Some(authorization)),
        ..server(folder.path())
    };
    agree(&ours, &theirs(Authorization::Name("C=GB,O=Example,CN=client".into())));
    let refused =
        server_refuses(&ours, &theirs(Authorization::Name("CN=client,O=Example,C=GB".into())));
    assert_eq!(refused, "TLS x509 authz check for C=GB,O=Example,CN=client is denied");
    let rules = |allow| vec![Rule { matches: "*CN=cl?ent".into(), glob: true, allow }];
    agree(&ours, &theirs(Authorization::List { rules: rules(true), otherwise: false }));
    server_refuses(&ours, &theirs(Authorization::List { rules: rules(false), otherwise: true }));

    let missing = TlsError::NoAuthorization("az".into());
    let theirs = TlsCredentials { authorization: Err(missing), ..server(folder.path()) };
    assert_eq!(server_refuses(&ours, &theirs), "Cannot find QAuthZ object ID az");
    // A server that does not verify does not authorize either.
    agree(&ours, &TlsCredentials { verify_peer: false, ..theirs });
}

#[test]
fn missing_files_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let missing = |file: &str| {
        format!("Unable to access credentials {}: No such file or directory", path(file))
    };
    let (ours, theirs) = (client(folder.path()), server(folder.path()));
    let error = |credentials: &TlsCredentials| credentials.check().unwrap_err().to_string();
    assert_eq!(error(&ours), missing("ca-cert.pem"));
    let authority = Authority::new("ours");
    authority.trust(folder.path());
    ours.check().unwrap();
    assert_eq!(error(&theirs), missing("server-cert.pem"));
    authority.issue(folder.path(), SERVER);
    theirs.check().unwrap();
    std::fs::remove_file(folder.path().join("server-key.pem")).unwrap();
    assert_eq!(error(&theirs), missing("server-key.pem"));
    std::fs::write(folder.path().join("server-key.pem"), "not a key").unwrap();
    assert!(error(&theirs).starts_with(&format!("Unable to use '{}': ", path("server-key.pem"))));
    std::fs::write(folder.path().join("dh-params.pem"), "not parameters").unwrap();
    assert!(error(&theirs).starts_with(&format!("Unable to use '{}': ", path("dh-params.pem"))));
    assert_eq!(error(&TlsCredentials { dir: None, ..ours }), "Missing 'dir' property value");
}
