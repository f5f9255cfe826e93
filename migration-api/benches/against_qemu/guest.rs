//! The guest that dirties memory: in QEMU a payload, in the engine a workload, over the same region and as fast as the processor goes.
//!
//! So neither ever sleeps, and both take as much of the processor from the migration. QEMU emulates its guest (TCG): it is so on every
//! machine, with KVM or without, and what it writes is logged by the program itself, as the engine's is.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;

use super::Result;
use super::process::Process;

/// Where the region begins: behind all that firmware and payload use.
const START: u64 = 256 << 20;
/// How long firmware may take to start the payload.
const PATIENCE: Duration = Duration::from_secs(60);

/// How many bytes of memory are dirtied over and over.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Region(pub u64);

impl Region {
    /// What the engine's guest does.
    pub fn workload(self) -> String {
        format!("dirty,start={START},end={},rate=max", START + self.0)
    }

    /// Builds what QEMU's guest runs, from `tools/guest` of `QAPI_SHARED`.
    pub fn payload(self, folder: &Path) -> Result<PathBuf> {
        let shared = std::env::var("QAPI_SHARED").map_err(|_| "QAPI_SHARED names no folder")?;
        let from = Path::new(&shared).join("tools/guest");
        for file in ["Makefile", "dirty.S"] {
            fs::copy(from.join(file), folder.join(file))
                .map_err(|error| format!("{}: {error}", from.join(file).display()))?;
        }
        let name = format!("{}.elf", self.0);
        // None of the payloads that are there has this region and does not wait.
        let rule = format!("{name}: dirty.S; $(L) -DSTART={START} -DEND={} -o $@", START + self.0);
        let made =
            Command::new("make").current_dir(folder).args(["--eval", &rule, &name]).output()?;
        if !made.status.success() {
            return Err(String::from_utf8_lossy(&made.stderr).into());
        }
        Ok(folder.join(name))
    }

    /// Returns once QEMU's guest is seen dirtying the region.
    ///
    /// # Errors
    /// It does not run, or does something else.
    pub fn wait_for_payload(self, qemu: &mut Process, folder: &Path) -> Result<()> {
        let file = folder.join("region");
        let mut contents = || -> Result<Vec<u8>> {
            let status = qemu.command("query-status", json!({}))?;
            if status["status"] != "running" {
                return Err(format!("QEMU's guest does not run: {status}").into());
            }
            qemu.command("pmemsave", json!({"val": START, "size": self.0, "filename": file}))?;
            Ok(fs::read(&file)?)
        };
        let (before, end) = (contents()?, Instant::now() + PATIENCE);
        while contents()? == before {
            if Instant::now() > end {
                return Err("QEMU's guest runs, but does not dirty its region".into());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}
