//! The properties that fuzz targets check: those of the runtime's and the engine's own tests.

#[path = "../../qapi/tests/small/handler.rs"]
mod handler;
#[path = "../../qapi/tests/robust/json.rs"]
pub mod json;
#[path = "../../qapi/tests/robust/session.rs"]
pub mod session;
#[path = "../../qapi/tests/robust/walker.rs"]
pub mod walker;

#[path = "../../migration-api/tests/robust/address.rs"]
pub mod address;
#[expect(dead_code, reason = "tests compare memory with a recording")]
#[path = "../../qemu-stream/tests/common/capture.rs"]
mod capture;
#[path = "../../qemu-stream/tests/robust/multifd.rs"]
pub mod multifd;
#[path = "../../qemu-stream/tests/robust/records.rs"]
pub mod records;
#[path = "../../qemu-stream/tests/robust/return_path.rs"]
pub mod return_path;
#[path = "../../qemu-stream/tests/stream/rewrite.rs"]
mod rewrite;
#[path = "../../qemu-stream/tests/robust/seeds.rs"]
pub mod seeds;
#[path = "../../qemu-stream/tests/common/shared.rs"]
mod shared;
#[path = "../../qemu-stream/tests/robust/stream.rs"]
pub mod stream;
#[path = "../../qemu-stream/tests/robust/xbzrle.rs"]
pub mod xbzrle;

/// Rust generated from the schema of the runtime's tests.
mod small {
    pub(crate) use crate::handler;

    qapi::include_qapi!("../qapi/tests/small/small.json", open = "Kind");
}
