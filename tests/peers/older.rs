//! A client that was generated from an older schema than its QEMU's.

use qapi::Value;
use qapi::client::ClientError;
use qapi_tests::wire::older::MigrationCapability;
use qapi_tests::wire::older::commands::{QueryMigrateCapabilities, QueryStatus};

use crate::processes::no_machine;

#[test]
fn keeps_values_that_the_older_schema_lacks() {
    let mut process = no_machine();
    let client = process.client();
    let capabilities = client.execute(&QueryMigrateCapabilities).unwrap();
    let has = |capability: MigrationCapability| {
        capabilities.iter().any(|one| one.capability == capability)
    };
    assert!(has(MigrationCapability::Multifd));
    assert!(has(MigrationCapability::Other("switchover-ack".into())), "{capabilities:?}");
}

#[test]
fn returns_a_reply_without_a_member_of_the_older_schema_as_an_error() {
    let mut process = no_machine();
    // QEMU 9.0 removed a mandatory member.
    let error = process.client().execute(&QueryStatus).unwrap_err();
    assert_eq!(error.to_string(), "reply to query-status: singlestep: missing");
    let ClientError::Decode(failure) = error else { panic!("{error}") };
    assert_eq!(failure.path(), "singlestep");
    assert_eq!(failure.raw().get("status").and_then(Value::as_str), Some("prelaunch"));
}
