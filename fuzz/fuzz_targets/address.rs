//! Addresses: any uri.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| qapi_fuzz::address::check(bytes));
