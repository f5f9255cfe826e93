//! What the schema promises, piece by piece, between two processes of the engine.

mod capabilities;
mod commands;
mod pair;
mod parameters;
mod postcopy;
mod security;

#[path = "../common/certificates.rs"]
#[allow(dead_code, reason = "shared with tests that take certificates back")]
mod certificates;
#[path = "../common/vm.rs"]
mod vm;
