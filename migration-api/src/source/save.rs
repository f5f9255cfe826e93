//! Saves a stopped guest: the stream of a migration without its status changes and return path.

use std::sync::Arc;

use super::error::SourceError;
use super::iterate::Precopy;
use super::run::SourceRun;
use super::session::Source;
use crate::api::{MigMode, RunState};
use crate::core::Core;
use crate::settings::Capabilities;
use crate::transport::Channel;

/// Writes the whole state of the guest and syncs it to disk. `run_state` is the guest's run state
/// before it was stopped.
///
/// No capability applies, because the loader does not know which ones were set at the time.
pub(crate) fn save(
    core: Arc<Core>,
    run: Arc<SourceRun>,
    channel: Channel,
    run_state: RunState,
) -> Result<(), SourceError> {
    let mut source = Source::new(core, run, Capabilities::default(), MigMode::Normal);
    source.stopped_from = Some(run_state);
    let mut precopy = Precopy::new(&mut source, Arc::new(channel))?;
    precopy.set_up()?;
    precopy.send_last()?;
    let Precopy { channel, sender, .. } = precopy;
    drop(sender);
    if let Ok(channel) = Arc::try_unwrap(channel) {
        channel.finish()?;
    }
    Ok(())
}
