//! Postcopy: the guest runs while its memory is still arriving.
//!
//! ```text
//!  source                      destination
//!  ------                      -----------
//!  POSTCOPY_ADVISE ----------> memory is discarded; arriving pages are tracked
//!  POSTCOPY_RAM_DISCARD -----> pages that changed since are discarded again
//!  package: LISTEN ----------> all memory is registered; `mig/dst/fault` requests missing pages
//!           devices, RUN ----> `mig/dst/package` loads the devices, and the guest runs
//!  pages --------------------> `mig/dst/main` and, for the preempt channel, `mig/dst/fault`
//!                              fill them in
//!  end ----------------------> memory is unregistered
//! ```
//!
//! A thread that touches a missing page blocks until it arrives. So the threads that fill or
//! request pages must not touch guest memory except through [`live::LiveMemory`], nor wait for a
//! thread that does. If the connection is lost, everything stays as it is and waits for another
//! one: [`pause`].

mod commands;
mod faults;
pub(super) mod host;
mod live;
mod package;
mod pause;
pub(super) mod phase;
pub(super) mod placer;
mod reader;
mod requests;
pub(super) mod state;
mod urgent;
mod waits;
