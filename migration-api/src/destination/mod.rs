//! The destination's half of a migration: one thread that waits for a source and loads its stream.
//!
//! The guest runs only after its memory and devices have arrived completely and the source knows;
//! or, in [`postcopy`], after its devices have arrived and the source has given it up.
//!
//! A failed attempt leaves nothing behind: its listener is closed and no thread changes the guest
//! any more when the status becomes `failed`.

mod accept;
mod announce;
mod attempt;
#[cfg_attr(not(feature = "colo"), path = "no_colo.rs")]
mod colo;
#[cfg_attr(not(feature = "legacy-compress"), path = "no_decompress.rs")]
mod decompress;
mod drive;
mod failure;
mod identify;
mod lines;
mod link;
mod load;
mod loader;
mod memory;
mod multifd;
mod outcome;
mod policy;
mod postcopy;
mod progress;
mod return_path;
mod run;

use std::sync::Arc;

use attempt::Destination;

use crate::core::Core;
use crate::settings::Capabilities;
use crate::state::Direction;
use crate::trace;
use crate::transport::Incoming;
pub(crate) use drive::load_saved;
pub(crate) use failure::LoadFailure;
pub(crate) use postcopy::host::unfit;
pub(crate) use run::DestinationRun;

/// Starts the thread that waits and loads. The status is `setup` already.
///
/// # Errors
/// No thread is available.
pub(crate) fn start(
    core: Arc<Core>,
    run: Arc<DestinationRun>,
    incoming: Incoming,
) -> std::io::Result<()> {
    let destination = Destination { core, run };
    let lifetime = destination.core.lifetime.clone();
    // The client may change them until the source connects.
    let capabilities = None::<Capabilities>;
    let span = trace::attempt(Direction::Incoming, incoming.kind(), capabilities);
    lifetime.spawn("mig/dst/main", move || span.in_scope(|| destination.run(incoming)))
}
