//! What the schema promises, piece by piece, between two processes of the engine.

mod capabilities;
mod commands;
mod pair;
mod parameters;
mod postcopy;
mod security;

#[path = "../common/certificates.rs"]
mod certificates;
#[path = "../common/vm.rs"]
mod vm;
