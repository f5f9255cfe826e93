//! The library behind the program `qapi`: the session of [`shell`], without terminals and sockets.

#[cfg(feature = "shell")]
pub mod shell;
