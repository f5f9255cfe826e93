//! Whole conversations over Unix sockets, replayed against servers generated from the real schemas.
//!
//! Replies of the protocol and of policies must be as recorded, with a stub instead of a machine.
//! For replies of a machine, the request must reach the stub with its arguments, and the recorded
//! reply must come back through the command's type.

mod case;
mod client;
mod machine;
mod replay;
mod reply;
mod scenarios;
