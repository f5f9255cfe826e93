//! Multifd packets: anything on a channel.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| qapi_fuzz::multifd::check(bytes));
