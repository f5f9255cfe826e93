//! Snapshot intents: anything in a store.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| migration_api::fuzzing::intents::check(bytes));
