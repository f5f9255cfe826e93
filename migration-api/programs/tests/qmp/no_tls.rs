//! TLS credentials in an engine without feature `tls`.

use serde_json::json;

use crate::pair::Pair;

#[test]
fn credentials_are_refused_with_the_name_of_the_feature() {
    let mut pair = Pair::new("idle");
    for kind in ["tls-creds-anon", "tls-creds-x509"] {
        let object = json!({"qom-type": kind, "id": "tls", "endpoint": "client", "dir": "/"});
        assert_eq!(
            pair.source.try_command("object-add", object).unwrap_err(),
            "TLS is not available: this engine was built without feature 'tls'"
        );
    }
    pair.migrates();
}
