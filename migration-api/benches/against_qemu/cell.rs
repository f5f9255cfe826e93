//! One cell of the table: a guest, and how it is migrated.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::Result;
use super::process::{Process, Usage};

/// The guest's RAM in bytes.
pub const SIZE: u64 = 1 << 30;

/// What lies in memory: a name, the per cent of zero pages, and the bits that vary in each byte.
pub const CONTENTS: [(&str, u8, u8); 4] =
    [("random", 0, 8), ("half-zero", 50, 8), ("zero", 100, 8), ("text-like", 0, 4)];
/// What the guest does.
pub const ACTIVITIES: [&str; 2] = ["paused", "hot"];
/// How the stream travels.
pub const TRANSPORTS: [&str; 2] = ["tcp", "unix"];

/// How pages are sent: a name, the capability that it needs, the number of channels, and their compression.
#[derive(Clone, Copy)]
pub struct Way {
    pub name: &'static str,
    capability: Option<&'static str>,
    channels: u8,
    compression: &'static str,
}

pub const WAYS: [Way; 6] = [
    Way { name: "plain", capability: None, channels: 2, compression: "none" },
    Way { name: "multifd-2", capability: Some("multifd"), channels: 2, compression: "none" },
    Way { name: "multifd-4", capability: Some("multifd"), channels: 4, compression: "none" },
    Way { name: "multifd-2-zstd", capability: Some("multifd"), channels: 2, compression: "zstd" },
    Way { name: "multifd-4-zstd", capability: Some("multifd"), channels: 4, compression: "zstd" },
    Way { name: "xbzrle", capability: Some("xbzrle"), channels: 2, compression: "none" },
];

impl Way {
    /// Whether a way makes a difference to plain pages.
    pub fn tells(&self, content: &str, activity: &str) -> bool {
        match self.name {
            "plain" => content != "text-like",
            "xbzrle" => content == "random" && activity == "hot",
            _ => matches!(content, "random" | "text-like") && activity == "paused",
        }
    }
}

/// The names of a cell.
#[derive(Clone, Copy)]
pub struct Cell {
    pub content: (&'static str, u8, u8),
    pub activity: &'static str,
    pub transport: &'static str,
    pub way: Way,
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}/{}", self.content.0, self.transport, self.activity, self.way.name)
    }
}

/// Whose program migrates.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Qemu,
    Engine,
}

/// A source that migrates again and again, each time to a fresh destination.
pub struct Pair {
    kind: Kind,
    folder: PathBuf,
    machine: &'static str,
    hot: bool,
    payload: Option<PathBuf>,
    source: Process,
}

/// One migration.
pub struct Run {
    /// In milliseconds.
    pub total: f64,
    /// In milliseconds.
    pub downtime: f64,
    pub source: Usage,
    pub destination: Usage,
}

impl Pair {
    /// Starts a source whose memory is as it is to be.
    pub fn new(
        kind: Kind,
        folder: &Path,
        (_, zero, bits): (&str, u8, u8),
        activity: &str,
        payload: &Path,
    ) -> Result<Self> {
        let hot = activity == "hot";
        // The lowest memory is the firmware's.
        let pattern = format!("pattern,seed=1,zero={zero},bits={bits},start=16M");
        let machine = if hot && kind == Kind::Qemu { "pc" } else { "none" };
        let payload = (hot && kind == Kind::Qemu).then(|| payload.to_owned());
        let mut pair = match kind {
            Kind::Engine => {
                let mut arguments = vec!["-S", "-m", "1G", "-machine", machine, "-workload", &pattern];
                if hot {
                    arguments.extend(["-workload", "dirty,start=256M,end=260M,rate=30000"]);
                }
                let source = Process::engine(folder, "source", &arguments)?;
                Self { kind, folder: folder.into(), machine, hot, payload, source }
            }
            Kind::Qemu => {
                // Its memory comes from an engine, so that both have the same.
                let machine = if hot { "pc-i440fx-10.0" } else { machine };
                let engine = ["-S", "-m", "1G", "-machine", machine, "-workload", &pattern];
                let mut seed = Process::engine(folder, "seed", &engine)?;
                let address = format!("unix:{}", folder.join("seed").display());
                let mut arguments = vec!["-S".into(), "-incoming".into(), address.clone()];
                arguments.extend(Self::qemu(machine, payload.as_deref()));
                let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
                let mut source = Process::qemu(folder, "qemu-source", &arguments)?;
                seed.command("migrate", json!({"uri": address}))?;
                seed.completed()?;
                source.completed()?;
                // The firmware's own memory was overwritten.
                source.command("system_reset", json!({}))?;
                Self { kind, folder: folder.into(), machine, hot, payload, source }
            }
        };
        if hot {
            pair.source.command("cont", json!({}))?;
        }
        pair.source.command("migrate-set-parameters", json!({"max-bandwidth": 0}))?;
        Ok(pair)
    }

    fn qemu(machine: &str, payload: Option<&Path>) -> Vec<String> {
        let mut arguments: Vec<String> = ["-m", "1G", "-machine", machine].map(String::from).into();
        if let Some(payload) = payload {
            arguments.extend([
                "-accel".into(),
                "kvm".into(),
                "-cpu".into(),
                "host".into(),
                "-kernel".into(),
                payload.display().to_string(),
            ]);
        }
        arguments
    }

    /// Migrates once.
    pub fn migrate(&mut self, transport: &str, way: &Way) -> Result<Run> {
        let path = self.folder.join("incoming");
        // Left by a destination that was killed.
        let _ = fs::remove_file(&path);
        let mut address = match transport {
            "unix" => format!("unix:{}", path.display()),
            _ => "tcp:127.0.0.1:0".into(),
        };
        let mut arguments = vec!["-S".into(), "-incoming".into(), "defer".into()];
        arguments.extend(Self::qemu(self.machine, self.payload.as_deref()));
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let mut destination = match self.kind {
            Kind::Qemu => Process::qemu(&self.folder, "qemu-destination", &arguments)?,
            Kind::Engine => Process::engine(&self.folder, "destination", &arguments)?,
        };
        for process in [&mut self.source, &mut destination] {
            let switches: Vec<_> = [("return-path", true), ("multifd", false), ("xbzrle", false)]
                .map(|(name, on)| json!({"capability": name, "state": on || way.capability == Some(name)}))
                .into();
            process.command("migrate-set-capabilities", json!({"capabilities": switches}))?;
            process.command(
                "migrate-set-parameters",
                json!({"multifd-channels": way.channels, "multifd-compression": way.compression}),
            )?;
        }
        // What several channels mean has to be known before anybody connects.
        destination.command("migrate-incoming", json!({"uri": address}))?;
        if transport == "tcp" {
            let info = destination.command("query-migrate", json!({}))?;
            let port = info["socket-address"][0]["port"].as_str().ok_or("no port")?;
            address = format!("tcp:127.0.0.1:{port}");
        }
        let (before, begun) = (self.source.cpu()?, destination.cpu()?);
        self.source.forget_peak()?;
        self.source.command("migrate", json!({"uri": address}))?;
        let info = self.source.completed()?;
        destination.completed()?;
        let run = Run {
            total: info["total-time"].as_f64().ok_or("no total-time")?,
            downtime: info["downtime"].as_f64().ok_or("no downtime")?,
            source: self.source.usage(before)?,
            destination: destination.usage(begun)?,
        };
        // Out of `postmigrate`, in which nothing migrates.
        self.source.command("cont", json!({}))?;
        if !self.hot {
            self.source.command("stop", json!({}))?;
        }
        Ok(run)
    }
}
