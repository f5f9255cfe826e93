//! Moves from `setup` to `active`: the guest unplugs primary devices of failover pairs first.

use std::time::{Duration, Instant};

use super::error::SourceError;
use super::session::Source;
use crate::api::MigrationStatus as Status;
use crate::core::Event;
use crate::guest::{self, Primaries, answer};

/// Interval at which the guest is asked whether its primary devices are unplugged.
const PERIOD: Duration = Duration::from_millis(250);
/// Limit for a cancelled migration to wait for devices that are still unplugging. They can be
/// plugged again only once they are gone.
const PATIENCE: Duration = Duration::from_secs(30);

impl Source {
    /// Calls a method of the guest's primary devices, or returns `none` if there are none.
    fn ask_primaries<T>(
        &self,
        name: &str,
        none: T,
        method: impl FnOnce(&dyn Primaries) -> guest::Result<T>,
    ) -> guest::Result<T> {
        answer(name, || self.core.guest.primaries().map_or(Ok(none), method))
    }

    /// Asks the guest to unplug its primary devices.
    pub(super) fn unplug(&mut self) -> Result<(), SourceError> {
        let asked = self.ask_primaries("unplug", Vec::new(), |primaries| primaries.unplug())?;
        self.unplugs = !asked.is_empty();
        for device in asked {
            self.core.notify(Event::UnplugPrimary(device));
        }
        Ok(())
    }

    fn are_plugged(&self) -> Result<bool, SourceError> {
        Ok(self.ask_primaries("are_plugged", false, |primaries| primaries.are_plugged())?)
    }

    /// Enters `active`, by way of `wait-unplug` while primary devices are still plugged. There is
    /// no time limit.
    pub(super) fn activate(&mut self) -> Result<(), SourceError> {
        if self.are_plugged()? {
            self.advance(Status::WaitUnplug)?;
            while self.are_plugged()? {
                self.run.nap(PERIOD);
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

    /// Plugs the unplugged devices again, because the guest stays here.
    pub(super) fn replug(&mut self) {
        if std::mem::take(&mut self.unplugs) {
            let replugged = self.ask_primaries("replug", (), |primaries| primaries.replug());
            self.core.log_guest_error("plug the primary devices of", replugged);
        }
    }

    fn see_them_off(&self) {
        let end = Instant::now() + PATIENCE;
        while self.are_plugged().unwrap_or(false) && Instant::now() < end {
            self.run.nap(PERIOD);
        }
    }
}
