//! The properties that fuzz targets check: those of the runtime's own tests.

#[path = "../../qapi/tests/small/handler.rs"]
mod handler;
#[path = "../../qapi/tests/robust/json.rs"]
pub mod json;
#[path = "../../qapi/tests/robust/session.rs"]
pub mod session;
#[path = "../../qapi/tests/robust/walker.rs"]
pub mod walker;

/// Rust generated from the schema of the runtime's tests.
mod small {
    pub(crate) use crate::handler;

    qapi::include_qapi!("../qapi/tests/small/small.json", open = "Kind");
}
