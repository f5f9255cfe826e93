//! Authorization by name: any rules, any name, any subject of a certificate.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| migration_api::fuzzing::names::check(bytes));
