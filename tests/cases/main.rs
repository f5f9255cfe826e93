//! Whole conversations over Unix sockets, replayed against servers generated from the real schemas.
//!
//! What protocol and policy decide must come out as recorded; behind them is a stub instead of a machine. What a
//! machine answered must reach the stub with its arguments, and the recorded answer must come back through the
//! command's type.

mod case;
mod client;
mod machine;
mod replay;
mod reply;
mod scenarios;
