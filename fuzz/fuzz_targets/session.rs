//! The session: whatever a client sends.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| qapi_fuzz::session::check(bytes));
