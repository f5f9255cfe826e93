//! TLS between the engine and QEMU: both accept and refuse the same certificates.

use std::path::Path;

use serde_json::{Value, json};

use super::certificates::{Authority, CLIENT, Leaf, SERVER};
use super::vm::Vm;
use super::{to_engine, to_qemu};

/// The credentials and parameters of a connection's sides.
#[derive(Clone, Copy)]
pub struct Keys<'a> {
    pub client: &'a Value,
    pub server: &'a Value,
    /// The parameters of the client and of the server.
    pub parameters: [&'a Value; 2],
}

pub fn prepare(source: &mut Vm, target: &mut Vm, keys: Keys<'_>) {
    let sides = [(source, "client", keys.client), (target, "server", keys.server)];
    for ((vm, endpoint, object), parameters) in sides.into_iter().zip(keys.parameters) {
        let mut object = object.clone();
        object["id"] = "tls".into();
        object["endpoint"] = endpoint.into();
        vm.command("object-add", object);
        let allowed = json!({"qom-type": "authz-simple", "id": "known", "identity": "C=GB,O=Example,CN=client"});
        vm.command("object-add", allowed);
        let stranger = json!({"qom-type": "authz-simple", "id": "other", "identity": "CN=client"});
        vm.command("object-add", stranger);
        vm.command("migrate-set-parameters", json!({"tls-creds": "tls"}));
        vm.command("migrate-set-parameters", parameters.clone());
    }
}

pub fn x509(folder: &Path) -> Value {
    json!({"qom-type": "tls-creds-x509", "dir": folder})
}

/// Migrates both ways over each of the transports, with and without a return path.
fn joined(transports: &[&str], keys: Keys<'_>) {
    for (transport, capabilities) in
        transports.iter().zip([&["return-path"][..], &[]].into_iter().cycle())
    {
        to_qemu(transport, capabilities, |source, target| prepare(source, target, keys));
        to_engine(transport, capabilities, |source, target| prepare(source, target, keys));
    }
}

#[test]
fn anonymous_tls_joins_both() {
    let anonymous = json!({"qom-type": "tls-creds-anon"});
    let none = json!({});
    joined(
        &["tcp", "tcp", "unix"],
        Keys { client: &anonymous, server: &anonymous, parameters: [&none, &none] },
    );
}

#[test]
fn certificates_join_both() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new("ours");
    authority.issue(folder.path(), SERVER);
    authority.issue(folder.path(), CLIENT);
    let named = tempfile::tempdir().unwrap();
    authority.issue(named.path(), Leaf { hosts: &["example.org"], ..SERVER });
    let (client, server, named) = (x509(folder.path()), x509(folder.path()), x509(named.path()));
    let none = json!({});
    // A server that is reached by name needs a certificate with that name.
    joined(&["tcp", "tcp"], Keys { client: &client, server: &server, parameters: [&none, &none] });
    let (hostname, authz) = (json!({"tls-hostname": "example.org"}), json!({"tls-authz": "known"}));
    joined(
        &["unix", "unix", "tcp"],
        Keys { client: &client, server: &named, parameters: [&hostname, &authz] },
    );
}

/// Migrates over TLS with a handshake that fails. Returns the source's error. The destination keeps
/// waiting, or has ended.
fn refused(engine_sends: bool, keys: Keys<'_>) -> String {
    let folder = tempfile::tempdir().unwrap();
    let machine = ["-machine", "none", "-m", "32"];
    let with = |more: &[&'static str]| machine.iter().chain(more).copied().collect::<Vec<_>>();
    let (out, back) = (with(&["-S"]), with(&["-incoming", "defer"]));
    let (mut source, mut target) = if engine_sends {
        (Vm::engine(folder.path(), "source", &out), Vm::qemu(folder.path(), "target", &back))
    } else {
        (Vm::qemu(folder.path(), "source", &out), Vm::engine(folder.path(), "target", &back))
    };
    prepare(&mut source, &mut target, keys);
    source.capabilities(&["return-path"]);
    target.capabilities(&["return-path"]);
    target.command("migrate-incoming", json!({"uri": "tcp:127.0.0.1:0"}));
    let address = target.address();
    source.command("migrate", json!({"uri": address}));
    let info = source.ends();
    assert_eq!(info["status"], "failed", "{info}");
    assert_eq!(source.status(), "prelaunch");
    info["error-desc"].as_str().unwrap().to_owned()
}

#[test]
fn both_refuse_untrusted_peers() {
    let folder = tempfile::tempdir().unwrap();
    let in_folder = |name: &str| folder.path().join(name);
    let (authority, other) = (Authority::new("ours"), Authority::new("theirs"));
    for (authority, name) in [(&authority, "ours"), (&other, "theirs")] {
        authority.issue(&in_folder(name), SERVER);
        authority.issue(&in_folder(name), CLIENT);
    }
    authority.trust(&in_folder("nobody"));
    for (name, days) in [("lost", 9), ("old", -1)] {
        authority.issue(&in_folder(name), Leaf { days, ..SERVER });
        authority.issue(&in_folder(name), Leaf { days, ..CLIENT });
    }
    authority.issue(&in_folder("warned"), SERVER);
    authority.issue(&in_folder("warned"), CLIENT);
    let lost_files =
        ["client-cert.pem", "server-cert.pem"].map(|file| in_folder("lost").join(file));
    authority.revoke(&in_folder("warned"), &[&lost_files[0], &lost_files[1]]);
    authority.issue(&in_folder("elsewhere"), Leaf { hosts: &["example.org"], ..SERVER });
    let (ours, theirs) = (x509(&in_folder("ours")), x509(&in_folder("theirs")));
    let (nobody, elsewhere) = (x509(&in_folder("nobody")), x509(&in_folder("elsewhere")));
    let (warned, lost) = (x509(&in_folder("warned")), x509(&in_folder("lost")));
    // The sanity check refuses an expired certificate of one's own, so it is off here.
    let mut old = x509(&in_folder("old"));
    old["sanity-check"] = false.into();
    let (none, authz) = (json!({}), json!({"tls-authz": "other"}));
    for engine_sends in [true, false] {
        let plain = Keys { client: &ours, server: &ours, parameters: [&none, &none] };
        let error = refused(engine_sends, Keys { server: &theirs, ..plain });
        assert_eq!(error, "The certificate hasn't got a known issuer");
        let error = refused(engine_sends, Keys { server: &elsewhere, ..plain });
        assert_eq!(error, "Certificate does not match the hostname 127.0.0.1");
        if engine_sends {
            // QEMU reads the CRL only as a server.
            let error = refused(engine_sends, Keys { client: &warned, server: &lost, ..plain });
            assert_eq!(error, "The certificate has been revoked");
        }
        let error = refused(engine_sends, Keys { server: &old, ..plain });
        // QEMU has a text for this, but reports the general error of its library first.
        assert_eq!(
            error,
            ["The certificate is not trusted", "The certificate has expired"]
                [usize::from(engine_sends)]
        );
        refused(engine_sends, Keys { client: &lost, server: &warned, ..plain });
        refused(engine_sends, Keys { client: &old, ..plain });
        // The source's handshake completes before the destination refuses.
        refused(engine_sends, Keys { client: &nobody, ..plain });
        refused(engine_sends, Keys { parameters: [&none, &authz], ..plain });
    }
}
