//! COLO: primary and secondary run the same guest. At checkpoints the secondary is made equal to
//! the primary, so that it can take over at any moment.
//!
//! The messages of a checkpoint (P is the primary, S the secondary):
//!
//! ```text
//! S: checkpoint-ready                              once, when the secondary has loaded the guest
//! P: checkpoint-request
//! S: checkpoint-reply                              its guest is stopped
//! P: vmstate-send, RAM sections, EOF               the primary's guest is stopped, too
//! P: vmstate-size, the devices' sections, EOF
//! S: vmstate-received, vmstate-loaded              both guests run again
//! ```

use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::ColoError;
use crate::api::{COLOExitReason as Reason, COLOMode as Mode, COLOStatus};
use crate::sync::IgnorePoison;
use crate::transport::Stop;

pub(crate) use super::colo_line::{ColoChannel, ColoChannelError};

/// The COLO role of this process.
pub(crate) struct Colo {
    role: Mutex<Role>,
    changed: Condvar,
}

struct Role {
    mode: Mode,
    last_mode: Mode,
    /// The peer is lost: this side has to continue alone.
    failing_over: bool,
    /// The process ends: nothing waits for the peer any more.
    quitting: bool,
    /// A checkpoint is requested before its time.
    hurry: bool,
    /// A failover has been done.
    failed_over: bool,
    /// Stops all I/O with the peer.
    stop: Option<Arc<Stop>>,
}

impl Default for Colo {
    fn default() -> Self {
        let role = Role {
            mode: Mode::None,
            last_mode: Mode::None,
            failing_over: false,
            quitting: false,
            hurry: false,
            failed_over: false,
            stop: None,
        };
        Self { role: Mutex::new(role), changed: Condvar::new() }
    }
}

impl Colo {
    fn role(&self) -> MutexGuard<'_, Role> {
        self.role.lock().ignore_poison()
    }

    /// Takes a role. `stop` ends its I/O with the peer.
    pub(crate) fn begin(&self, mode: Mode, stop: Arc<Stop>) {
        let mut role = self.role();
        let Role { last_mode, quitting, .. } = *role;
        *role = Role {
            mode,
            last_mode,
            failing_over: quitting,
            quitting,
            hurry: false,
            failed_over: false,
            stop: Some(stop),
        };
    }

    /// Waits for a failover until `end`. Returns true if one is requested.
    pub(crate) fn wait_for_failover(&self, end: Option<Instant>) -> bool {
        let mut role = self.role();
        while !role.failing_over {
            role = match end {
                None => self.changed.wait(role).ignore_poison(),
                Some(end) => {
                    let left = end.saturating_duration_since(Instant::now());
                    if left == Duration::ZERO {
                        return false;
                    }
                    self.changed.wait_timeout(role, left).ignore_poison().0
                }
            };
        }
        true
    }

    /// Waits until the next checkpoint is due or requested. Returns true if a failover is requested
    /// instead.
    pub(crate) fn wait_for_checkpoint(&self, delay: Duration) -> bool {
        let role = self.role();
        let idle = |role: &mut Role| !role.failing_over && !role.hurry;
        let waited = self.changed.wait_timeout_while(role, delay, idle);
        let mut role = waited.ignore_poison().0;
        role.hurry = false;
        role.failing_over
    }

    /// Requests a checkpoint at once, because the delay has changed.
    pub(crate) fn hurry(&self) {
        self.role().hurry = true;
        self.changed.notify_all();
    }

    /// Ends all waits for the peer, because the process ends.
    pub(crate) fn quit(&self) {
        let mut role = self.role();
        role.failing_over |= role.mode != Mode::None;
        role.quitting = true;
        drop(role);
        self.changed.notify_all();
    }

    pub(super) fn end(&self) {
        let mut role = self.role();
        role.last_mode = std::mem::replace(&mut role.mode, Mode::None);
        (role.failing_over, role.failed_over, role.stop) = (false, true, None);
    }

    /// Requests a failover, because the peer is lost.
    pub(crate) fn lose_peer(&self) -> Result<(), ColoError> {
        let mut role = self.role();
        if role.mode == Mode::None {
            return Err(ColoError::NotInColo);
        }
        if role.failing_over {
            return Err(ColoError::FailingOver);
        }
        role.failing_over = true;
        let stop = role.stop.clone();
        drop(role);
        self.changed.notify_all();
        if let Some(stop) = stop {
            stop.stop();
        }
        Ok(())
    }

    /// Returns the current and the last role.
    pub(crate) fn status(&self) -> Result<COLOStatus, ColoError> {
        let role = self.role();
        let reason = match (role.failing_over, role.failed_over) {
            (true, _) => Reason::Processing,
            (false, true) => Reason::Request,
            (false, false) => Reason::None,
        };
        Ok(COLOStatus::new(role.mode, role.last_mode, reason))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_waits_for_the_peer_of_a_process_that_ends() {
        let colo = Colo::default();
        colo.quit();
        colo.begin(Mode::Secondary, Arc::new(Stop::new().unwrap()));
        assert!(colo.wait_for_failover(Some(Instant::now())));
    }
}
