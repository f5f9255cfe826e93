//! The walker: any text as any type of a small schema.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| qapi_fuzz::walker::check(bytes));
