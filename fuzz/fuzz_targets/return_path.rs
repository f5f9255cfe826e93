//! The return path: anything from a destination.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| qapi_fuzz::return_path::check(bytes));
