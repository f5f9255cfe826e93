//! The thread that loads the devices of a package, and then runs the guest. Both may need missing
//! pages.

use std::io;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::api::RunState;
use crate::core::Core;
use crate::core::runs::IncomingRun;
use crate::destination::announce::announce;
use crate::destination::failure::LoadFailure;
use crate::destination::return_path::ReturnPath;
use crate::destination::run::DestinationRun;
use crate::devices;
use crate::guest::DeviceSection;
use crate::stream::return_path::Message;
use crate::sync::IgnorePoison;
use crate::unwind::catch_panic;

/// Time for a source that was told of a failure to end the connection.
const GRACE: Duration = Duration::from_secs(1);

/// Contents of a package.
pub(super) struct Package {
    pub(super) devices: Vec<DeviceSection>,
    /// Pings to answer when the devices are loaded.
    pub(super) pings: Vec<u32>,
}

/// A package being loaded.
pub(super) struct Loading {
    /// Disconnected when the guest runs, or has failed to.
    over: Receiver<()>,
    failure: Arc<Mutex<Option<LoadFailure>>>,
}

impl Package {
    /// Starts the thread.
    ///
    /// # Errors
    /// No thread is available.
    pub(super) fn load(
        self,
        core: Arc<Core>,
        run: Arc<DestinationRun>,
        return_path: Arc<ReturnPath>,
    ) -> io::Result<Loading> {
        let (running, over) = channel::<()>();
        let failure = Arc::new(Mutex::new(None));
        let told = failure.clone();
        let lifetime = core.lifetime.clone();
        lifetime.spawn("mig/dst/package", move || {
            match catch_panic(|| self.devices(&core)).unwrap_or(Err(LoadFailure::Panicked)) {
                Ok(pings) => {
                    let mut pongs = pings.into_iter().map(Message::Pong);
                    // Ignore the error: if the connection is lost, this shows when pages are
                    // missing.
                    let _ = pongs.try_for_each(|pong| return_path.say(&pong));
                }
                Err(failure) => {
                    *told.lock().ignore_poison() = Some(failure);
                    // Sent before the connection ends, so that the source knows that the guest is
                    // still its own.
                    let _ = return_path.say(&Message::Shut(1));
                    // Give the source time to end the connection itself, so that it reads the
                    // message before EOF.
                    run.end().sleep(GRACE);
                    run.cut();
                    run.knock();
                    return;
                }
            }
            if catch_panic(|| start(&core, &run)).is_none() {
                // The source has given the guest up, and it does not run here.
                *told.lock().ignore_poison() = Some(LoadFailure::Panicked);
                run.cut();
                run.knock();
                return;
            }
            drop(running);
            let parameters = core.state().parameters.clone();
            core.log_guest_error("announce", announce(&*core.guest, &parameters, run.end()));
        })?;
        Ok(Loading { over, failure })
    }

    /// Loads the devices. Returns the pings to answer afterwards.
    fn devices(self, core: &Core) -> Result<Vec<u32>, LoadFailure> {
        devices::run_state(&self.devices)?;
        devices::load(&*core.guest, self.devices)?;
        Ok(self.pings)
    }
}

/// Runs the guest, whatever its run state at the source: postcopy is started in order to run it
/// here.
fn start(core: &Core, run: &DestinationRun) {
    // Hold the lock throughout, so that a `stop` comes either before the guest runs or after.
    let running = core.run_lock();
    // The process ends, and missing pages will not arrive.
    if run.end().is_stopped() {
        return;
    }
    let mut state = core.state();
    state.waits_for_incoming = false;
    let next = if state.autostart { RunState::Running } else { RunState::Paused };
    drop(state);
    // The guest is complete but for pages that arrive anyway. A client can try again.
    let restored = core.restore_holding(&running, next);
    core.log_guest_error("run", restored);
}

impl Loading {
    /// Takes the error for which the guest cannot run. The caller ends the migration.
    pub(super) fn failure(&self) -> Option<LoadFailure> {
        self.failure.lock().ignore_poison().take()
    }

    /// Returns true if the guest cannot run.
    pub(super) fn has_failed(&self) -> bool {
        self.failure.lock().ignore_poison().is_some()
    }

    /// Waits until the guest runs or has failed to. Returns true if it runs.
    pub(super) fn runs(&self) -> bool {
        // Nothing is ever sent: the sender is dropped.
        let _ = self.over.recv();
        !self.has_failed()
    }
}
