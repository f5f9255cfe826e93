//! The command line as a user runs it.

mod folder;
mod generate;
mod read;
