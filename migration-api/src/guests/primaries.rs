//! Primary devices of the built-in guest, which it unplugs before it is migrated.

use std::sync::{Mutex, MutexGuard};

use crate::sync::IgnorePoison;

/// Devices that cannot be migrated and are replaced by their failover partners.
#[derive(Debug, Default)]
pub(super) struct PrimaryDevices(Mutex<Vec<Primary>>);

#[derive(Debug)]
struct Primary {
    id: String,
    asked_for: bool,
    plugged: bool,
}

impl PrimaryDevices {
    pub(super) fn new(ids: impl IntoIterator<Item = String>) -> Self {
        let primaries = ids.into_iter().map(|id| Primary { id, asked_for: false, plugged: true });
        Self(Mutex::new(primaries.collect()))
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Primary>> {
        self.0.lock().ignore_poison()
    }

    /// Asks the guest to unplug all plugged ones. Returns their ids.
    pub(super) fn ask(&self) -> Vec<String> {
        let mut primaries = self.lock();
        let plugged = primaries.iter_mut().filter(|primary| primary.plugged);
        let asked = plugged.map(|primary| {
            primary.asked_for = true;
            primary.id.clone()
        });
        asked.collect()
    }

    /// Returns true if a device that was asked for is still plugged. As any guest, this one unplugs
    /// them only while it `runs`.
    pub(super) fn plugged(&self, runs: bool) -> bool {
        let mut primaries = self.lock();
        for primary in primaries.iter_mut().filter(|primary| primary.asked_for && runs) {
            primary.plugged = false;
        }
        primaries.iter().any(|primary| primary.asked_for && primary.plugged)
    }

    pub(super) fn plug(&self) {
        for primary in self.lock().iter_mut() {
            (primary.asked_for, primary.plugged) = (false, true);
        }
    }

    /// Lists the ids of the plugged devices.
    #[cfg(test)]
    pub(super) fn list(&self) -> Vec<String> {
        let primaries = self.lock();
        primaries
            .iter()
            .filter(|primary| primary.plugged)
            .map(|primary| primary.id.clone())
            .collect()
    }
}
