//! Multifd at the destination: one thread per channel stores pages, synchronised with the main
//! channel.

mod barrier;
pub(super) mod channels;
pub(super) mod landing;
mod receiver;
