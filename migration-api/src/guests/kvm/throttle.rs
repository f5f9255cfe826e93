//! Throttles the vCPUs by a percentage: a thread makes each of them sleep at regular intervals.

use std::io;
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use super::vcpu::KvmVcpuThread;

use crate::sync::IgnorePoison;

/// Time that a vCPU runs between two sleeps.
const SLICE: Duration = Duration::from_millis(10);

/// The throttle of a guest. Its thread exists while the throttle is not 0.
pub(super) struct Throttle {
    vcpus: Arc<Vec<KvmVcpuThread>>,
    shared: Arc<SharedThrottle>,
}

#[derive(Default)]
struct SharedThrottle {
    control: Mutex<ThrottleControl>,
    changed: Condvar,
}

#[derive(Default)]
struct ThrottleControl {
    percent: u8,
    thread: Option<JoinHandle<()>>,
}

impl Throttle {
    pub(super) fn new(vcpus: Arc<Vec<KvmVcpuThread>>) -> Self {
        Self { vcpus, shared: Arc::default() }
    }

    /// Makes the vCPUs sleep for this share of their time, 0 to 99 per cent.
    ///
    /// # Errors
    /// The host has no more threads.
    pub(super) fn set(&self, percent: u8) -> io::Result<()> {
        let mut control = self.shared.control.lock().ignore_poison();
        control.percent = percent.min(99);
        self.shared.changed.notify_all();
        match (control.percent, control.thread.take()) {
            (0, Some(thread)) => {
                drop(control);
                // A panic of the thread was reported when it happened.
                let _ = thread.join();
            }
            (0, None) => {}
            (_, Some(thread)) => control.thread = Some(thread),
            (_, None) => {
                let (vcpus, shared) = (self.vcpus.clone(), self.shared.clone());
                let thread = std::thread::Builder::new().name("throttle".into());
                control.thread = Some(thread.spawn(move || run(&vcpus, &shared))?);
            }
        }
        Ok(())
    }
}

impl Drop for Throttle {
    fn drop(&mut self) {
        // Ending a thread does not fail.
        let _ = self.set(0);
    }
}

fn run(vcpus: &[KvmVcpuThread], shared: &SharedThrottle) {
    let mut control = shared.control.lock().ignore_poison();
    while control.percent > 0 {
        let percent = u32::from(control.percent);
        let nap = SLICE * percent / (100 - percent);
        drop(control);
        vcpus.iter().for_each(|vcpu| vcpu.nap(nap));
        control = shared.control.lock().ignore_poison();
        if control.percent > 0 {
            control = shared.changed.wait_timeout(control, nap + SLICE).ignore_poison().0;
        }
    }
}
