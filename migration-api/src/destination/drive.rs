//! Loads a stream from its connections to its end.

use std::sync::Arc;

use super::accept::Connections;
use super::colo::Secondary;
use super::failure::LoadFailure;
use super::loader::Loader;
use super::memory::Memory;
use super::multifd::channels::MultifdChannels;
use super::outcome::Loaded;
use super::run::DestinationRun;
use crate::core::Core;
use crate::settings::Capabilities;
use crate::stream::return_path::Message;
use crate::transport::{Channel, TransportError, reason};

/// Loads a stream, and reports the result to the source. Follows the source to its end if the guest
/// becomes a COLO secondary.
pub(super) fn load(
    core: &Arc<Core>,
    run: &Arc<DestinationRun>,
    connections: Connections,
    capabilities: Capabilities,
) -> Result<Loaded, LoadFailure> {
    let mut loader = Loader::new(core.clone(), run.clone(), connections, capabilities)?;
    let loaded = loader.run();
    // A failed channel may be the reason for the main channel's end. Not once the guest runs: then
    // those channels are complete.
    let loaded = match loader.multifd.as_ref().and_then(MultifdChannels::failure) {
        Some(failure) if !loader.postcopy.is_running() => Err(failure),
        _ => loaded,
    };
    if loaded.is_err() {
        loader.bitmaps.withdraw(&mut core.state().nodes);
        // The source learns it from this, or from the connection that ends.
        let _ = loader.return_path.say(&Message::Shut(1));
    }
    loader.end(&loaded);
    if let Ok(Loaded::Secondary(state)) = loaded {
        Secondary::new(loader)?.follow(state);
        return loaded;
    }
    if loaded.is_err() && run.is_over() {
        loader.channel.abort();
    }
    loader.link.stop();
    loader.postcopy.end_urgent();
    if loaded.is_err() {
        loader.restore_huge_pages();
    }
    loaded
}

/// Loads a saved stream into a guest that has been in use. There is no return path, and no
/// capability applies.
pub(crate) fn load_saved(core: &Arc<Core>, channel: Channel) -> Result<(), LoadFailure> {
    let host_error = |error| TransportError::Io(reason(&error));
    let run = Arc::new(DestinationRun::new().map_err(host_error)?);
    let mut loader =
        Loader::new(core.clone(), run, Connections::single(channel), Capabilities::default())?;
    if loader.guest.adopts().is_none() {
        loader.memory = Memory::of(loader.ram.blocks(), false, true).into();
    }
    loader.read()?;
    loader.finish().map(drop)
}

impl Loader {
    /// Reads the stream to its end, over as many connections as it takes.
    fn run(&mut self) -> Result<Loaded, LoadFailure> {
        self.accept_urgent()?;
        loop {
            match self.read().and_then(|()| self.finish()) {
                Err(failure) if self.postcopy.is_running() => {
                    if !self.interrupted(failure)? {
                        return self.finish();
                    }
                }
                over => return over,
            }
        }
    }
}
