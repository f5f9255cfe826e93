//! Decoding and encoding of real payloads: ours, `serde_json::Value`, hand-written serde derives
//! with `serde_json`, `sonic-rs` and `simd-json`, and the peer `qapi-qmp`.
//!
//! `QAPI_SHARED=... cargo bench -p qapi-benches --bench payloads` builds the package `peer/`, which
//! is not in the workspace.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    qapi_benches::run_beside_peer("payloads")
}
