//! The folder with material beside the project.

use std::path::PathBuf;

/// What QAPI_SHARED names. The tests that need it are asked for by a feature, so they fail without it.
pub fn folder(within: &str) -> PathBuf {
    let shared = std::env::var_os("QAPI_SHARED")
        .expect("QAPI_SHARED must name the folder with captures/ and tools/");
    let folder = PathBuf::from(shared).join(within);
    assert!(folder.exists(), "QAPI_SHARED has no {}", folder.display());
    folder
}
