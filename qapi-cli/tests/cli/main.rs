//! Runs the command line.

mod diff;
mod files;
mod folder;
mod generate;
mod messages;
mod read;
