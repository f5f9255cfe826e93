//! XBZRLE: any two pages, and any delta.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| qapi_fuzz::xbzrle::check(bytes));
