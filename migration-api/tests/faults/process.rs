//! What a process is beside its monitor: it runs, has stopped, or has ended.

use std::process::ExitStatus;
use std::time::{Duration, Instant};

use crate::vm::{PATIENCE, Vm};

impl Vm {
    /// The process's id.
    pub fn id(&self) -> i32 {
        self.process.id() as i32
    }

    /// Waits for the end of the process.
    pub fn exit_status(&mut self) -> ExitStatus {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < end, "{} does not end", self.name);
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Whether it was stopped by a signal.
    pub fn is_stopped(&self) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id())).unwrap();
        stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('T'))
    }
}
