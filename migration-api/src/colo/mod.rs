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

mod line;

use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::api::{COLOExitReason as Reason, COLOMode as Mode, COLOStatus, RunState};
use crate::engine::{Core, Engine, Notice};
use crate::transport::Stop;

pub(crate) use line::{Line, LineError};

/// Error that refuses `x-colo-lost-heartbeat`. `Display` is the text for the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ColoError {
    /// The process is not in COLO.
    NotInColo,
    /// A failover is in progress already.
    FailingOver,
}

impl fmt::Display for ColoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotInColo => "VM is not in COLO mode",
            Self::FailingOver => "COLO failover is already activated",
        })
    }
}

impl std::error::Error for ColoError {}

/// The COLO role of this process.
pub(crate) struct Colo {
    part: Mutex<Part>,
    changed: Condvar,
}

struct Part {
    mode: Mode,
    last_mode: Mode,
    /// The peer is lost: this side has to continue alone.
    failing_over: bool,
    /// A checkpoint is requested before its time.
    hurry: bool,
    /// A failover has been done.
    failed_over: bool,
    /// Stops all I/O with the peer.
    stop: Option<Arc<Stop>>,
}

impl Default for Colo {
    fn default() -> Self {
        let part = Part {
            mode: Mode::None,
            last_mode: Mode::None,
            failing_over: false,
            hurry: false,
            failed_over: false,
            stop: None,
        };
        Self { part: Mutex::new(part), changed: Condvar::new() }
    }
}

impl Colo {
    fn part(&self) -> MutexGuard<'_, Part> {
        self.part.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a role. `stop` ends its I/O with the peer.
    pub(crate) fn begin(&self, mode: Mode, stop: Arc<Stop>) {
        let mut part = self.part();
        let last_mode = part.last_mode;
        *part = Part {
            mode,
            last_mode,
            failing_over: false,
            hurry: false,
            failed_over: false,
            stop: Some(stop),
        };
    }

    /// Waits for a failover until `end`. Returns true if one is requested.
    pub(crate) fn wait_for_failover(&self, end: Option<Instant>) -> bool {
        let mut part = self.part();
        while !part.failing_over {
            part = match end {
                None => self.changed.wait(part).unwrap_or_else(PoisonError::into_inner),
                Some(end) => {
                    let left = end.saturating_duration_since(Instant::now());
                    if left == Duration::ZERO {
                        return false;
                    }
                    self.changed.wait_timeout(part, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
        true
    }

    /// Waits until the next checkpoint is due or requested. Returns true if a failover is requested
    /// instead.
    pub(crate) fn wait_for_checkpoint(&self, delay: Duration) -> bool {
        let part = self.part();
        let idle = |part: &mut Part| !part.failing_over && !part.hurry;
        let waited = self.changed.wait_timeout_while(part, delay, idle);
        let mut part = waited.unwrap_or_else(PoisonError::into_inner).0;
        part.hurry = false;
        part.failing_over
    }

    /// Requests a checkpoint at once, because the delay has changed.
    pub(crate) fn hurry(&self) {
        self.part().hurry = true;
        self.changed.notify_all();
    }

    /// Ends all waits for the peer, because the process ends.
    pub(crate) fn quit(&self) {
        let mut part = self.part();
        part.failing_over |= part.mode != Mode::None;
        drop(part);
        self.changed.notify_all();
    }

    fn end(&self) {
        let mut part = self.part();
        part.last_mode = std::mem::replace(&mut part.mode, Mode::None);
        (part.failing_over, part.failed_over, part.stop) = (false, true, None);
    }

    fn status(&self) -> COLOStatus {
        let part = self.part();
        let reason = match (part.failing_over, part.failed_over) {
            (true, _) => Reason::Processing,
            (false, true) => Reason::Request,
            (false, false) => Reason::None,
        };
        COLOStatus::new(part.mode, part.last_mode, reason)
    }
}

impl Core {
    /// Handles a lost link: sends the error event, waits for the failover request, and stops the
    /// guest. [`end_colo`](Self::end_colo) has to follow once the guest's migration is complete.
    pub(crate) fn fail_over(&self, mode: Mode) -> Exit {
        let told = !self.colo.wait_for_failover(Some(Instant::now()));
        if told {
            self.notify(Notice::ColoExit(mode, Reason::Error));
            self.colo.wait_for_failover(None);
        }
        let before = (self.guest.run_state() != RunState::Colo).then(|| self.halt(RunState::Colo));
        Exit { mode, told, before }
    }

    /// Lets the guest continue alone, in its run state before the failover or before the unfinished
    /// checkpoint.
    pub(crate) fn end_colo(&self, exit: Exit, at_checkpoint: RunState) {
        self.restore(exit.before.unwrap_or(at_checkpoint));
        self.colo.end();
        if !exit.told {
            self.notify(Notice::ColoExit(exit.mode, Reason::Request));
        }
    }
}

/// The end of COLO, between stopping and starting the guest.
#[must_use]
pub(crate) struct Exit {
    mode: Mode,
    /// The event has been sent.
    told: bool,
    /// The guest's run state, unless a checkpoint had stopped it.
    before: Option<RunState>,
}

impl Engine {
    /// Reports that the peer is lost, which makes this side continue alone.
    ///
    /// # Errors
    /// The process is not in COLO, or a failover is in progress.
    pub fn lost_heartbeat(&self) -> Result<(), ColoError> {
        let mut part = self.core.colo.part();
        if part.mode == Mode::None {
            return Err(ColoError::NotInColo);
        }
        if part.failing_over {
            return Err(ColoError::FailingOver);
        }
        part.failing_over = true;
        let stop = part.stop.clone();
        drop(part);
        self.core.colo.changed.notify_all();
        if let Some(stop) = stop {
            stop.stop();
        }
        Ok(())
    }

    /// Returns the current and the last COLO role.
    pub fn colo_status(&self) -> COLOStatus {
        self.core.colo.status()
    }
}
