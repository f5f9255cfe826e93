//! The session of `qapi shell`: lines, completion, checks, descriptions.
#![cfg(feature = "shell")]

mod complete;
mod describe;
mod lines;
mod model;
