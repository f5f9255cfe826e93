//! A process with QMP, the engine's program or QEMU, and what it takes.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::Result;

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// It is killed when it is dropped.
pub struct Process {
    child: Child,
    replies: BufReader<UnixStream>,
}

/// What a process took.
pub struct Usage {
    /// CPU seconds, of the user and of the system.
    pub cpu: f64,
    /// The most memory beyond the guest's RAM at once, in MiB.
    pub beyond: f64,
}

impl Process {
    /// The engine.
    pub fn engine(folder: &Path, name: &str, arguments: &[&str]) -> Result<Self> {
        Self::start(Command::new(env!("CARGO_BIN_EXE_migration-engine")), folder, name, arguments)
    }

    /// QEMU.
    pub fn qemu(folder: &Path, name: &str, arguments: &[&str]) -> Result<Self> {
        let mut command = Command::new("qemu-system-x86_64");
        command.args(["-nodefaults", "-display", "none", "-name", "qemu,debug-threads=on"]);
        Self::start(command, folder, name, arguments)
    }

    fn start(mut command: Command, folder: &Path, name: &str, arguments: &[&str]) -> Result<Self> {
        let socket = folder.join(format!("{name}.qmp"));
        // Left by one that was killed.
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

    /// Waits until its migration is over, well, and returns what it says of it.
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

    /// CPU seconds so far.
    pub fn cpu(&self) -> Result<f64> {
        let stat = fs::read_to_string(self.proc("stat"))?;
        let fields = stat.rsplit_once(')').ok_or("no stat")?.1;
        let ticks: Vec<f64> = fields.split_whitespace().skip(11).take(2).flat_map(str::parse).collect();
        // The unit of /proc on Linux.
        Ok(ticks.iter().sum::<f64>() / 100.0)
    }

    /// Lets the most memory at once count from now on.
    pub fn forget_peak(&self) -> Result<()> {
        Ok(fs::write(self.proc("clear_refs"), "5")?)
    }

    /// What it took since it had used `before` CPU seconds.
    pub fn usage(&self, before: f64) -> Result<Usage> {
        let cpu = self.cpu()? - before;
        let peak = field(&fs::read_to_string(self.proc("status"))?, "VmHWM:").ok_or("no VmHWM")?;
        // The guest's RAM is the largest mapping, and what was once in it stays.
        let maps = fs::read_to_string(self.proc("smaps"))?;
        let (mut size, mut ram) = (0.0, 0.0);
        for mapping in maps.split("VmFlags:") {
            if let (Some(length), Some(resident)) = (field(mapping, "Size:"), field(mapping, "Rss:"))
                && length > size
            {
                (size, ram) = (length, resident);
            }
        }
        Ok(Usage { cpu, beyond: (peak - ram) / 1024.0 })
    }
}

/// A figure in KiB.
fn field(text: &str, name: &str) -> Option<f64> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    line[name.len()..].split_whitespace().next()?.parse().ok()
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
