//! RAM records: any body of the section.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| qapi_fuzz::records::check(bytes));
