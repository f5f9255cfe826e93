//! The reader of the main channel: any stream, in pieces of any size.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| qapi_fuzz::stream::check(bytes));
