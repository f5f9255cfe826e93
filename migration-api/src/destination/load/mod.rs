//! Loads a stream: its elements, the pages into guest memory, and its end.

pub(super) mod ahead;
mod commands;
mod ending;
mod pages;
mod prepare;
mod stream;
