//! Messages that others have written down, read with QEMU 11.0.0's schema by the generated client:
//! conversations from QEMU's block tests, and the examples in schema documentation.

mod examples;
mod iotests;
mod message;
mod trees;
