//! From `setup` to `active`: the guest lets go of devices that cannot be migrated and have others to stand in for them.

use std::time::{Duration, Instant};

use super::{Failure, Source};
use crate::api::MigrationStatus as Status;
use crate::engine::Notice;

/// How often the guest is asked whether it has let go.
const PERIOD: Duration = Duration::from_millis(250);
/// How long a cancelled migration waits for devices on their way out: they can be plugged again only once they are gone.
const PATIENCE: Duration = Duration::from_secs(30);

impl Source {
    /// Asks the guest to let go.
    pub(super) fn unplug(&mut self) {
        let asked = self.core.guest.unplug_primaries();
        self.unplugs = !asked.is_empty();
        for device in asked {
            self.core.notify(Notice::UnplugPrimary(device));
        }
    }

    /// Enters `active`, by way of `wait-unplug` if the guest has not let go yet. It is waited for without a limit.
    pub(super) fn activate(&mut self) -> Result<(), Failure> {
        if self.core.guest.primaries_plugged() {
            self.advance(Status::WaitUnplug)?;
            while self.core.guest.primaries_plugged() {
                self.nap();
                if let Err(failure) = self.check() {
                    self.see_them_off();
                    return Err(failure);
                }
            }
        }
        let mut times = self.run.stats.times();
        times.setup = times.started.elapsed();
        drop(times);
        self.advance(Status::Active)
    }

    /// Plugs again what was unplugged: the guest stays here.
    pub(super) fn replug(&mut self) {
        if std::mem::take(&mut self.unplugs) {
            self.core.guest.replug_primaries();
        }
    }

    fn see_them_off(&self) {
        let end = Instant::now() + PATIENCE;
        while self.core.guest.primaries_plugged() && Instant::now() < end {
            self.nap();
        }
    }

    /// Waits a while, or until somebody has something to say.
    fn nap(&self) {
        drop(self.run.wait(self.run.signals(), Some(PERIOD)));
    }
}
