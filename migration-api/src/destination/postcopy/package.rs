//! The thread that loads the devices of a package, and then lets the guest run: both may need pages that have not come.

use std::io;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::api::RunState;
use crate::destination::{DestinationRun, Failure, announce, return_path::ReturnPath};
use crate::engine::Core;
use crate::guest::{DeviceSection, GlobalState};
use crate::stream::return_path::Message;
use crate::unwind::caught;

/// How long a source that was told that its guest cannot run here may take to end the connection.
const GRACE: Duration = Duration::from_secs(1);

/// What came in a package.
pub(super) struct Package {
    pub(super) devices: Vec<DeviceSection>,
    /// To be answered when the devices are loaded.
    pub(super) pings: Vec<u32>,
}

/// A package that is being loaded.
pub(super) struct Loading {
    /// Ends when the guest runs, or cannot.
    over: Receiver<()>,
    failure: Arc<Mutex<Option<Failure>>>,
}

impl Package {
    /// Starts the thread.
    ///
    /// # Errors
    /// No threads to be had.
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
            match caught(|| self.devices(&core)).unwrap_or(Err(Failure::Panicked)) {
                Ok(pings) => {
                    let mut pongs = pings.into_iter().map(Message::Pong);
                    // Who cannot be told has gone; the pages that are missing are missed soon enough.
                    let _ = pongs.try_for_each(|pong| return_path.say(&pong));
                }
                Err(failure) => {
                    *told.lock().unwrap_or_else(PoisonError::into_inner) = Some(failure);
                    // Before it ends, so that the source knows that the guest is still its own.
                    let _ = return_path.say(&Message::Shut(1));
                    // It hears that sooner than the end if it is the one who ends the connection.
                    run.end().sleep(GRACE);
                    run.cut();
                    run.knock();
                    return;
                }
            }
            start(&core, &run);
            drop(running);
            let parameters = core.state().parameters.clone();
            announce::announce(&*core.guest, &parameters, run.end());
        })?;
        Ok(Loading { over, failure })
    }

    /// Loads the devices; gives the pings that may be answered then.
    fn devices(self, core: &Core) -> Result<Vec<u32>, Failure> {
        for device in self.devices.iter().filter(|device| device.name == GlobalState::NAME) {
            GlobalState::read(&device.body)?;
        }
        core.guest.load(self.devices)?;
        Ok(self.pings)
    }
}

/// Runs the guest, whatever state it was in at the source: whoever asks for postcopy wants it to run here.
fn start(core: &Core, run: &DestinationRun) {
    // From before to behind, so that a `stop` comes either before the guest runs or once it does.
    let running = core.run_lock();
    // The process ends, and with it what brings the pages that are missing.
    if run.end().is_stopped() {
        return;
    }
    let mut state = core.state();
    state.waits_for_incoming = false;
    let next = if state.autostart { RunState::Running } else { RunState::Paused };
    drop(state);
    core.restore_holding(&running, next);
}

impl Loading {
    /// Why the guest cannot run, if it turned out so: the one who hears it ends the migration.
    pub(super) fn failure(&self) -> Option<Failure> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Whether it turned out that the guest cannot run.
    pub(super) fn has_failed(&self) -> bool {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Waits until the guest runs, or turns out not to. Whether it runs.
    pub(super) fn runs(&self) -> bool {
        // Nothing is ever sent: the other end goes away.
        let _ = self.over.recv();
        !self.has_failed()
    }
}
