//! Runs the command line.

mod diff;
mod display;
mod files;
mod folder;
mod generate;
mod man;
mod messages;
mod read;
mod screens;
