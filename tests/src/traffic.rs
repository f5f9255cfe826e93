//! Recorded probes of real servers: `traffic/libvirt-caps_VERSION.ARCH.jsonl` in `QAPI_SHARED`.
//!
//! The build script includes this file, too.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// A file of probes.
#[derive(Debug, Clone)]
pub struct Capabilities {
    /// Its name.
    pub name: String,
    /// The version of its server.
    pub version: String,
    path: PathBuf,
}

/// A request with its reply.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// The request.
    pub request: Value,
    /// The reply.
    pub reply: Value,
}

/// Returns the files of probes, sorted by name; none if the folder is missing.
pub fn capabilities(shared: &Path) -> Vec<Capabilities> {
    let entries = fs::read_dir(shared.join("traffic")).into_iter().flatten().flatten();
    let mut files: Vec<Capabilities> =
        entries.filter_map(|entry| Capabilities::open(entry.path())).collect();
    files.sort_by(|a, b| a.name.cmp(&b.name));
    files
}

impl Capabilities {
    fn open(path: PathBuf) -> Option<Capabilities> {
        let name = path.file_name()?.to_str()?.to_owned();
        let rest = name.strip_prefix("libvirt-caps_")?.strip_suffix(".jsonl")?;
        let (version, _) = rest.rsplit_once('.')?;
        Some(Capabilities { version: version.to_owned(), name, path })
    }

    /// Returns the path of the tree of the server's release.
    pub fn tree(&self, shared: &Path) -> PathBuf {
        shared.join("releases").join(format!("qemu-{}", self.version))
    }

    /// Returns the path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the file.
    ///
    /// # Panics
    /// If it cannot be read or a line is not JSON.
    pub fn exchanges(&self) -> Vec<Exchange> {
        let fault = |error: &dyn std::fmt::Display| -> ! { panic!("{}: {error}", self.name) };
        let text = fs::read_to_string(&self.path).unwrap_or_else(|error| fault(&error));
        text.lines()
            .map(|line| {
                let mut line: Value = serde_json::from_str(line).unwrap_or_else(|e| fault(&e));
                Exchange { request: line["cmd"].take(), reply: line["reply"].take() }
            })
            .collect()
    }
}

impl Exchange {
    /// Returns the name of the command.
    pub fn command(&self) -> &str {
        self.request["execute"].as_str().unwrap_or_default()
    }
}
