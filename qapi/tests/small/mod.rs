//! Rust generated from a schema with something of everything.

#![allow(dead_code, missing_docs, reason = "each test file uses a part of what nobody documented")]

pub mod handler;

qapi::include_qapi!("tests/small/small.json", open = "Kind");
