//! A client that was generated from an older schema than its QEMU's.

use qapi_tests::wire::older::commands::{QueryMigrateCapabilities, QueryStatus};
use qapi_tests::wire::older::{MigrationCapability, RunState};

use crate::processes::no_machine;

#[test]
fn values_that_the_older_schema_lacks_are_kept() {
    let mut process = no_machine();
    let client = process.client();
    let capabilities = client.execute(&QueryMigrateCapabilities).unwrap();
    let has = |capability: MigrationCapability| {
        capabilities.iter().any(|one| one.capability == capability)
    };
    assert!(has(MigrationCapability::Multifd));
    assert!(has(MigrationCapability::Other("switchover-ack".into())), "{capabilities:?}");
    assert_eq!(client.execute(&QueryStatus).unwrap().status, RunState::Prelaunch);
}
