//! Runs the command line.

mod files;
mod folder;
mod generate;
mod messages;
mod read;
