//! The session: any bytes from a client.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| qapi_fuzz::session::check(bytes));
