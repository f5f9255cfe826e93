//! State of a process beside its monitor: running, stopped, or ended.

use std::io::{BufRead as _, Read as _, Write as _};
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use crate::vm::{PATIENCE, Vm};

impl Vm {
    /// Returns the process's id.
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
            if Instant::now() > end {
                let doing = self.doing();
                panic!("{} does not end: {doing}", self.name);
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Describes the process for a failure message: the monitor's state, the threads with their
    /// system calls, and the sockets.
    fn doing(&mut self) -> String {
        let process = format!("/proc/{}", self.process.id());
        let read = |path: String| std::fs::read_to_string(path).unwrap_or_default();
        let links = |folder: &str| {
            let entries =
                std::fs::read_dir(format!("{process}/{folder}")).into_iter().flatten().flatten();
            entries.map(|entry| entry.path().display().to_string()).collect::<Vec<_>>()
        };
        let threads = links("task").into_iter().map(|task| {
            format!(
                "{}: {}",
                read(format!("{task}/comm")).trim(),
                read(format!("{task}/syscall")).trim()
            )
        });
        let files = links("fd")
            .into_iter()
            .filter_map(|fd| Some(format!("{:?}", std::fs::read_link(fd).ok()?)));
        let mut lines: Vec<String> = threads.chain(files).collect();
        // Leave out sockets in TIME_WAIT.
        let sockets = read(format!("{process}/net/tcp"));
        lines.extend(sockets.lines().filter(|line| !line.contains(" 06 ")).map(Into::into));
        lines.push(self.log());
        self.replies.get_ref().set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let asked = self.replies.get_mut().write_all(b"{'execute': 'query-migrate'}");
        let answers = self.replies.by_ref().lines().map_while(Result::ok);
        lines.extend(answers.take_while(|_| asked.is_ok()));
        lines.join("\n")
    }

    /// Returns true if a signal has stopped the process.
    pub fn is_stopped(&self) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id())).unwrap();
        stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('T'))
    }
}
