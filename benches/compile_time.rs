//! What compiling the full schema's Rust costs: our code and the peer's, and programs that use them.
//!
//! `QAPI_SHARED=… cargo bench -p qapi-benches --bench compile_time`; takes half an hour on two cores. `peer/` is a
//! package of its own, so that only who measures builds the peer.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    qapi_benches::run_beside_peer("compile_time")
}
