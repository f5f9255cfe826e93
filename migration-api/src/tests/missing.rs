//! Commands and capabilities of an engine that was built without their features.

use super::*;
#[cfg(not(feature = "colo"))]
use crate::api::MigrateSetParameters;

/// Checks the error of a command whose feature is missing.
fn refused<T>(answer: Result<T, impl std::error::Error>, what: &str, feature: &str) {
    let error = answer.err().expect("a refusal").to_string();
    let expected =
        format!("{what} not available: this engine was built without feature '{feature}'");
    assert_eq!(error, expected);
}

#[test]
#[cfg(not(feature = "colo"))]
fn colo_is_refused_with_the_name_of_the_feature() {
    let host = host(&["idle"], false, &[], Parameters::default());
    refused(host.engine.set_capabilities([(Capability::XColo, true)]), "COLO is", "colo");
    refused(host.engine.lost_heartbeat(), "COLO is", "colo");
    refused(host.engine.colo_status(), "COLO is", "colo");
    host.engine.set_parameters(|parameters| parameters.x_checkpoint_delay = 30).unwrap();
}

#[test]
#[cfg(not(feature = "legacy-compress"))]
fn compress_is_refused_with_the_name_of_the_feature() {
    let host = host(&["idle"], false, &[], Parameters::default());
    let set = host.engine.set_capabilities([(Capability::Compress, true)]);
    refused(set, "Compression of single pages is", "legacy-compress");
}

#[test]
#[cfg(not(feature = "snapshot"))]
fn snapshots_are_refused_with_the_name_of_the_feature() {
    let host = host(&["idle"], false, &[], Parameters::default());
    refused(
        host.engine.snapshot_save("a", "tag".into(), "node".into(), vec!["node".into()]),
        "Snapshots are",
        "snapshot",
    );
    refused(
        host.engine.snapshot_load("b", "tag".into(), "node".into(), vec!["node".into()]),
        "Snapshots are",
        "snapshot",
    );
    refused(
        host.engine.snapshot_delete("c", "tag".into(), vec!["node".into()]),
        "Snapshots are",
        "snapshot",
    );
    refused(host.engine.begin_with_snapshot("tag"), "Snapshots are", "snapshot");
    assert_eq!(host.engine.jobs(), []);
    assert_eq!(host.engine.recover_snapshots(), Ok(()));
}
