//! The folder with test material outside the project.

use std::path::PathBuf;

/// Returns a folder in `QAPI_SHARED`. Fails without it: the tests that need it are behind a
/// feature.
pub fn folder(within: &str) -> PathBuf {
    let shared = std::env::var_os("QAPI_SHARED")
        .expect("QAPI_SHARED must name the folder with captures/ and tools/");
    let folder = PathBuf::from(shared).join(within);
    assert!(folder.exists(), "QAPI_SHARED has no {}", folder.display());
    folder
}
