//! Features of the schema, between two processes of the engine.

mod capabilities;
mod commands;
#[cfg(not(feature = "tls"))]
mod no_tls;
mod pair;
mod parameters;
mod postcopy;
mod refusals;
#[path = "../common/refusals.rs"]
mod refused;
#[cfg(feature = "tls")]
mod security;
mod trace;

#[cfg(feature = "tls")]
#[path = "../../../tests/common/certificates.rs"]
#[allow(dead_code, reason = "shared with tests that take certificates back")]
mod certificates;
#[path = "../common/vm.rs"]
mod vm;
