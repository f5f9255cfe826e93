//! The cost of compiling the full schema's Rust, ours and the peer's, and programs that use it.
//!
//! `QAPI_SHARED=… cargo bench -p qapi-benches --bench compile_time` takes half an hour on two
//! cores. The package `peer/` is not in the workspace, so that only this benchmark builds the peer.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    qapi_benches::run_beside_peer("compile_time")
}
