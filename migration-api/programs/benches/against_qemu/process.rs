//! A process with QMP, the engine's program or QEMU, and its resource usage.

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::FileExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::Result;

/// Limit for any operation.
const PATIENCE: Duration = Duration::from_secs(120);

/// A process that is killed on drop.
pub struct Process {
    child: Child,
    replies: BufReader<UnixStream>,
}

/// Resource usage of a process.
pub struct Usage {
    /// User and system CPU seconds, without the guest's.
    pub cpu: f64,
    /// Peak memory beyond the guest's RAM, in MiB.
    pub beyond: f64,
}

impl Process {
    /// Starts the engine.
    pub fn engine(folder: &Path, name: &str, arguments: &[&str]) -> Result<Self> {
        Self::start(Command::new(env!("CARGO_BIN_EXE_migration-engine")), folder, name, arguments)
    }

    /// Starts QEMU.
    pub fn qemu(folder: &Path, name: &str, arguments: &[&str]) -> Result<Self> {
        let mut command = Command::new("qemu-system-x86_64");
        command.args(["-nodefaults", "-display", "none", "-name", "qemu,debug-threads=on"]);
        Self::start(command, folder, name, arguments)
    }

    fn start(mut command: Command, folder: &Path, name: &str, arguments: &[&str]) -> Result<Self> {
        let socket = folder.join(format!("{name}.qmp"));
        // Left by a process that was killed.
        let _ = fs::remove_file(&socket);
        command.args(arguments).stdin(Stdio::null());
        command.arg("-qmp").arg(format!("unix:{},server=on,wait=off", socket.display()));
        let child = command.spawn().map_err(|error| format!("{command:?}: {error}"))?;
        let end = Instant::now() + PATIENCE;
        let stream = loop {
            match UnixStream::connect(&socket) {
                Ok(stream) => break stream,
                Err(error) if Instant::now() > end => return Err(format!("{name}: {error}").into()),
                Err(_) => std::thread::sleep(Duration::from_millis(10)),
            }
        };
        stream.set_read_timeout(Some(PATIENCE))?;
        let mut process = Self { child, replies: BufReader::new(stream) };
        process.line()?;
        process.command("qmp_capabilities", json!({}))?;
        Ok(process)
    }

    fn line(&mut self) -> Result<Value> {
        let mut line = String::new();
        self.replies.read_line(&mut line)?;
        Ok(serde_json::from_str(&line)?)
    }

    /// Runs a command that must succeed.
    pub fn command(&mut self, name: &str, arguments: Value) -> Result<Value> {
        let request = json!({"execute": name, "arguments": arguments}).to_string();
        self.replies.get_mut().write_all(request.as_bytes())?;
        loop {
            let mut answer = self.line()?;
            if answer.get("event").is_none() {
                let reply = answer.get_mut("return").map(Value::take);
                return reply.ok_or_else(|| format!("{name}: {answer}").into());
            }
        }
    }

    /// Waits until the migration completes, and returns the reply to `query-migrate`.
    pub fn completed(&mut self) -> Result<Value> {
        let end = Instant::now() + PATIENCE;
        loop {
            let info = self.command("query-migrate", json!({}))?;
            match info["status"].as_str() {
                Some("completed") => return Ok(info),
                Some("failed" | "cancelled") => return Err(info.to_string().into()),
                _ if Instant::now() > end => return Err(info.to_string().into()),
                _ => std::thread::sleep(Duration::from_millis(20)),
            }
        }
    }

    fn proc(&self, file: &str) -> String {
        format!("/proc/{}/{file}", self.child.id())
    }

    /// Returns the CPU seconds used so far, without those of the guest.
    pub fn cpu(&self) -> Result<f64> {
        let stat = fs::read_to_string(self.proc("stat"))?;
        let fields = stat.rsplit_once(')').ok_or("no stat")?.1;
        let ticks: Vec<f64> =
            fields.split_whitespace().skip(11).take(2).flat_map(str::parse).collect();
        // /proc counts in units of 10 ms.
        Ok(ticks.iter().sum::<f64>() / 100.0 - self.threads_cpu("CPU ")?)
    }

    /// Returns the CPU seconds used so far by threads whose names begin with `name`.
    pub fn threads_cpu(&self, name: &str) -> Result<f64> {
        let mut nanoseconds = 0.0;
        for thread in fs::read_dir(self.proc("task"))? {
            let thread = thread?.path();
            // A thread that has ended meanwhile has no name.
            if fs::read_to_string(thread.join("comm")).is_ok_and(|comm| comm.starts_with(name)) {
                let stat = fs::read_to_string(thread.join("schedstat"))?;
                nanoseconds +=
                    stat.split_whitespace().next().ok_or("no schedstat")?.parse::<f64>()?;
            }
        }
        Ok(nanoseconds / 1e9)
    }

    /// Resets the peak of memory use.
    pub fn forget_peak(&self) -> Result<()> {
        Ok(fs::write(self.proc("clear_refs"), "5")?)
    }

    /// Returns the usage since the process had used `before` CPU seconds.
    pub fn usage(&self, before: f64) -> Result<Usage> {
        let cpu = self.cpu()? - before;
        let peak = field(&fs::read_to_string(self.proc("status"))?, "VmHWM:").ok_or("no VmHWM")?;
        // Pages of the guest's RAM stay resident once they are touched.
        Ok(Usage { cpu, beyond: (peak - self.ram()?.resident) / 1024.0 })
    }

    /// Copies the guest memory of another process, bypassing both programs.
    pub fn take_memory(&mut self, other: &Self) -> Result<()> {
        let (from, to) = (other.ram()?, self.ram()?);
        if from.size != to.size {
            return Err(
                format!("{} KiB of RAM cannot be had from {} KiB", to.size, from.size).into()
            );
        }
        let source = File::open(other.proc("mem"))?;
        let target = OpenOptions::new().write(true).open(self.proc("mem"))?;
        let mut page = [0; 4096];
        for at in (0..from.size as u64 * 1024).step_by(page.len()) {
            source.read_exact_at(&mut page, from.address + at)?;
            // A zero page is untouched in this process.
            if page != [0; 4096] {
                target.write_all_at(&page, to.address + at)?;
            }
        }
        Ok(())
    }

    /// Finds the guest's RAM, which is the largest mapping.
    fn ram(&self) -> Result<Mapping> {
        let maps = fs::read_to_string(self.proc("smaps"))?;
        let mappings = maps.split("VmFlags:").filter_map(|mapping| {
            let from = |line: &str| u64::from_str_radix(line.split_once('-')?.0, 16).ok();
            let address = mapping.lines().find_map(from)?;
            Some(Mapping {
                address,
                size: field(mapping, "Size:")?,
                resident: field(mapping, "Rss:")?,
            })
        });
        mappings.max_by(|one, other| one.size.total_cmp(&other.size)).ok_or_else(|| "no RAM".into())
    }
}

/// A mapping of a process. Sizes are in KiB.
struct Mapping {
    address: u64,
    size: f64,
    resident: f64,
}

/// Parses a figure in KiB.
fn field(text: &str, name: &str) -> Option<f64> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    line[name.len()..].split_whitespace().next()?.parse().ok()
}

impl Drop for Process {
    fn drop(&mut self) {
        // The process may have ended on its own.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
