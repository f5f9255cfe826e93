//! Messages from QEMU's block tests and from the examples in schema documentation, decoded by the
//! client generated from QEMU 11.0.0's schema.

mod examples;
mod iotests;
mod message;
mod trees;
