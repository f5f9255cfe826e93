//! Bounded trials of addresses. The fuzz target `address` checks the same property without a bound.

mod address;
#[path = "../../../qemu-stream/tests/common/mutate.rs"]
mod mutate;
#[path = "../../../qemu-stream/tests/common/random.rs"]
mod random;
#[path = "../../../qemu-stream/tests/common/trials.rs"]
mod trials;

use trials::tried;

#[test]
fn addresses() {
    for uri in [
        "tcp:[::1]:4444,to=4450,ipv4=off,numeric=on,keep-alive",
        "tcp:host:0,ipv6",
        "vsock:0x3:4294967295",
        "unix:/run/x",
        "fd:12",
        "exec:cat >x",
        "file:/x,offset=0x1000",
        "file:x,offset=1.5K",
        "rdma:host:1",
    ] {
        tried(uri.as_bytes(), 1000, address::check);
    }
}
