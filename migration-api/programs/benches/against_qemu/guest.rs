//! The guest that dirties memory: a payload in QEMU, a workload in the engine, over the same region
//! and as fast as possible.
//!
//! Neither ever sleeps, so both take as much CPU time from the migration. QEMU emulates its guest
//! (TCG), with or without KVM on the host, so it logs the writes itself, as the engine does.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;

use super::Result;
use super::process::Process;

/// Start of the region, behind the memory that firmware and payload use.
const START: u64 = 256 << 20;
/// Limit for the firmware to start the payload.
const PATIENCE: Duration = Duration::from_secs(60);

/// Number of bytes that are dirtied repeatedly.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Region(pub u64);

impl Region {
    /// Returns the workload for the engine's guest.
    pub fn workload(self) -> String {
        format!("dirty,start={START},end={},rate=max", START + self.0)
    }

    /// Builds the payload for QEMU's guest from `tools/guest` of `QAPI_SHARED`.
    pub fn payload(self, folder: &Path) -> Result<PathBuf> {
        let shared = std::env::var("QAPI_SHARED").map_err(|_| "QAPI_SHARED names no folder")?;
        let from = Path::new(&shared).join("tools/guest");
        for file in ["Makefile", "dirty.S"] {
            fs::copy(from.join(file), folder.join(file))
                .map_err(|error| format!("{}: {error}", from.join(file).display()))?;
        }
        let name = format!("{}.elf", self.0);
        // None of the existing payloads has this region and runs without waiting.
        let rule = format!("{name}: dirty.S; $(L) -DSTART={START} -DEND={} -o $@", START + self.0);
        let made =
            Command::new("make").current_dir(folder).args(["--eval", &rule, &name]).output()?;
        if !made.status.success() {
            return Err(String::from_utf8_lossy(&made.stderr).into());
        }
        Ok(folder.join(name))
    }

    /// Waits until QEMU's guest dirties the region.
    ///
    /// # Errors
    /// The guest does not run, or writes something else.
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
