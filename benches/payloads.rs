//! Decoding and encoding of real payloads: ours, `serde_json::Value`, hand-written serde derives with
//! `serde_json`, `sonic-rs` and `simd-json`, and the peer `qapi-qmp`.
//!
//! `QAPI_SHARED=... cargo bench -p qapi-benches --bench payloads`. `peer/` is a package of its own, which
//! only this bench builds.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    qapi_benches::run_beside_peer("payloads")
}
