//! Resource usage of this process.

use std::fmt;
use std::time::{Duration, Instant};

/// Limit for threads to end.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, Debug)]
pub struct Figures {
    /// Resident memory in KiB.
    pub memory: u64,
    descriptors: usize,
    threads: usize,
}

impl Figures {
    fn now() -> Self {
        let count = |folder: &str| std::fs::read_dir(folder).unwrap().count();
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        let memory = line.trim().trim_end_matches(" kB").parse().unwrap();
        Self { memory, descriptors: count("/proc/self/fd"), threads: count("/proc/self/task") }
    }

    /// Returns the minimum over a second: finished threads may take a moment to end.
    pub fn at_rest() -> Self {
        let mut least = Self::now();
        for _ in 0..20 {
            std::thread::sleep(Duration::from_millis(50));
            let now = Self::now();
            least.descriptors = least.descriptors.min(now.descriptors);
            least.threads = least.threads.min(now.threads);
            least.memory = now.memory;
        }
        least
    }

    /// Returns the current figures, which must come down to the normal ones.
    pub fn no_more_than(normal: Self) -> Self {
        let end = Instant::now() + PATIENCE;
        loop {
            let now = Self::now();
            if now.descriptors <= normal.descriptors && now.threads <= normal.threads {
                return now;
            }
            assert!(Instant::now() < end, "{now} left where there were {normal}: {:?}", names());
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// Lists the names of the threads and the targets of the file descriptors.
fn names() -> (Vec<String>, Vec<String>) {
    let entries =
        |folder: &str| std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path());
    let threads =
        entries("/proc/self/task").flat_map(|path| std::fs::read_to_string(path.join("comm")));
    let descriptors = entries("/proc/self/fd").flat_map(std::fs::read_link);
    (threads.collect(), descriptors.map(|path| path.display().to_string()).collect())
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} KiB, {} descriptors, {} threads", self.memory, self.descriptors, self.threads)
    }
}
