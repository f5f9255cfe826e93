//! The TLS parameters: credentials, host name, authorization.

use serde_json::{Value, json};

use crate::certificates::{Authority, CLIENT, Leaf, SERVER};
use crate::pair::Pair;

/// Starts a pair with certificates. The server's is for another host name than the address.
fn pair() -> Pair {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new("authority");
    authority.issue(folder.path(), Leaf { hosts: &["elsewhere.example"], ..SERVER });
    authority.issue(folder.path(), CLIENT);
    let mut pair = Pair::in_folder(folder, &[], &[]);
    let dir = pair.folder.path().display().to_string();
    for (vm, endpoint) in [(&mut pair.source, "client"), (&mut pair.target, "server")] {
        vm.command(
            "object-add",
            json!({"qom-type": "tls-creds-x509", "id": "tls", "endpoint": endpoint, "dir": dir}),
        );
        vm.command("migrate-set-parameters", json!({"tls-creds": "tls"}));
    }
    pair
}

fn fails(mut pair: Pair) -> Value {
    pair.begin();
    let info = pair.source.ends();
    assert_eq!(info["status"], "failed");
    assert_eq!(pair.source.status(), "prelaunch", "the guest stays");
    info["error-desc"].clone()
}

#[test]
fn the_name_in_the_certificate_must_be_the_one_expected() {
    let mut named = pair();
    named.source.command("migrate-set-parameters", json!({"tls-hostname": "elsewhere.example"}));
    named.migrates();
    assert_eq!(fails(pair()), "Certificate does not match the hostname 127.0.0.1");
    let mut other = pair();
    other.source.command("migrate-set-parameters", json!({"tls-hostname": "nowhere.example"}));
    assert_eq!(fails(other), "Certificate does not match the hostname nowhere.example");
}

#[test]
fn only_authorized_clients_are_accepted() {
    for (identity, welcome) in
        [("C=GB,O=Example,CN=client", true), ("C=GB,O=Example,CN=other", false)]
    {
        let mut pair = pair();
        pair.source.command("migrate-set-parameters", json!({"tls-hostname": "elsewhere.example"}));
        pair.capabilities(&["return-path"]);
        let name = json!({"qom-type": "authz-simple", "id": "who", "identity": identity});
        pair.target.command("object-add", name);
        pair.target.command("migrate-set-parameters", json!({"tls-authz": "who"}));
        if welcome {
            pair.migrates();
        } else {
            fails(pair);
        }
    }
}
