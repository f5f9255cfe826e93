//! The session of `qapi shell`: lines, completion, checks, descriptions.
#![cfg(all(unix, feature = "shell"))]

mod complete;
mod describe;
mod lines;
mod model;
mod screen;
mod server;
mod session;
mod terminal;
