//! A cell of the table: a guest, and the way it is migrated.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::Result;
use super::guest::Region;
use super::process::{Process, Usage};

/// The guest's RAM in GiB.
pub const SIZES: [u64; 2] = [1, 4];
/// Contents of memory: a name, the percentage of zero pages, and the number of bits that vary in
/// each byte.
pub const CONTENTS: [(&str, u8, u8); 4] =
    [("random", 0, 8), ("half-zero", 50, 8), ("zero", 100, 8), ("text-like", 0, 4)];
/// Activity of the guest: a name, and the region that it dirties.
pub type Activity = (&'static str, Option<Region>);
const ACTIVITIES: [Activity; 2] = [("paused", None), ("hot", Some(Region(4 << 20)))];
/// Transports of the stream.
pub const TRANSPORTS: [&str; 2] = ["tcp", "unix"];

/// Page format: a name, the capability that it needs, the number of channels, and their
/// compression.
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
    /// Returns true if the cell shows something that a smaller guest or plain pages do not.
    fn tells(&self, size: u64, content: &str, activity: &str) -> bool {
        match self.name {
            "plain" => size == 1 && content != "text-like",
            "xbzrle" => size == 1 && content == "random" && activity == "hot",
            _ => matches!(content, "random" | "text-like") && activity == "paused",
        }
    }
}

/// A source, which may migrate in several ways.
#[derive(Clone, Copy)]
pub struct Host {
    /// The guest's RAM in GiB.
    pub size: u64,
    pub content: (&'static str, u8, u8),
    pub activity: Activity,
}

impl Host {
    /// Lists all sources.
    pub fn all() -> impl Iterator<Item = Self> {
        let contents = || {
            CONTENTS.into_iter().flat_map(|content| ACTIVITIES.map(|activity| (content, activity)))
        };
        SIZES.into_iter().flat_map(move |size| {
            contents().map(move |(content, activity)| Self { size, content, activity })
        })
    }

    /// Lists the cells that are measured with this source.
    pub fn cells(self) -> impl Iterator<Item = Cell> {
        let ways = WAYS
            .into_iter()
            .filter(move |way| way.tells(self.size, self.content.0, self.activity.0));
        ways.flat_map(move |way| TRANSPORTS.map(|transport| Cell { host: self, transport, way }))
    }

    /// Returns the argument of `-m`.
    fn memory(self) -> String {
        format!("{}G", self.size)
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}G/{}", self.content.0, self.size, self.activity.0)
    }
}

/// A row of the table.
#[derive(Clone, Copy)]
pub struct Cell {
    pub host: Host,
    pub transport: &'static str,
    pub way: Way,
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.host, self.transport, self.way.name)
    }
}

/// The program that migrates.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Qemu,
    Engine,
}

/// A source that migrates repeatedly, each time to a fresh destination.
pub struct Pair {
    kind: Kind,
    pub folder: PathBuf,
    host: Host,
    machine: &'static str,
    payload: Option<PathBuf>,
    pub source: Process,
}

/// The result of a migration.
pub struct Run {
    /// Milliseconds.
    pub total: f64,
    /// Milliseconds.
    pub downtime: f64,
    /// Sent over the network, in MiB.
    pub sent: f64,
    /// Sent again because the guest dirtied it, in MiB of guest RAM.
    pub again: f64,
    pub source: Usage,
    pub destination: Usage,
}

impl Pair {
    /// Starts a source and fills its memory.
    pub fn new(kind: Kind, folder: &Path, host: Host) -> Result<Self> {
        let (_, zero, bits) = host.content;
        // The lowest memory belongs to the firmware.
        let pattern = format!("pattern,seed=1,zero={zero},bits={bits},start=16M");
        let memory = host.memory();
        let region = host.activity.1;
        let workload = region.filter(|_| kind == Kind::Engine).map(Region::workload);
        let payload = region
            .filter(|_| kind == Kind::Qemu)
            .map(|region| region.payload(folder))
            .transpose()?;
        // Only a whole machine can run the payload.
        let machine = if payload.is_some() { "pc-i440fx-10.0" } else { "none" };
        let mut arguments = vec!["-S", "-m", &memory, "-machine", machine, "-workload", &pattern];
        if let Some(workload) = &workload {
            arguments.extend(["-workload", workload]);
        }
        let engine = Process::engine(folder, "engine", &arguments)?;
        let source = match kind {
            Kind::Engine => engine,
            Kind::Qemu => {
                let mut arguments = vec!["-S".into()];
                arguments.extend(Self::qemu(host, machine, payload.as_deref()));
                let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
                let mut source = Process::qemu(folder, "qemu-source", &arguments)?;
                // A stream with nothing but RAM would remove its firmware.
                source.take_memory(&engine)?;
                source
            }
        };
        let mut pair = Self { kind, folder: folder.into(), host, machine, payload, source };
        if let Some(region) = region {
            pair.source.command("cont", json!({}))?;
            if kind == Kind::Qemu {
                region.wait_for_payload(&mut pair.source, folder)?;
            }
        }
        pair.source.command("migrate-set-parameters", json!({"max-bandwidth": 0}))?;
        Ok(pair)
    }

    fn qemu(host: Host, machine: &str, payload: Option<&Path>) -> Vec<String> {
        let mut arguments: Vec<String> =
            ["-m", &host.memory(), "-machine", machine].map(String::from).into();
        if let Some(payload) = payload {
            let emulated = ["-accel", "tcg", "-kernel"].map(String::from);
            arguments.extend(emulated.into_iter().chain([payload.display().to_string()]));
        }
        arguments
    }

    /// Starts a destination with the arguments of the source.
    pub fn destination(&self, incoming: &str) -> Result<Process> {
        let mut arguments = vec!["-S".into(), "-incoming".into(), incoming.into()];
        arguments.extend(Self::qemu(self.host, self.machine, self.payload.as_deref()));
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        match self.kind {
            Kind::Qemu => Process::qemu(&self.folder, "qemu-destination", &arguments),
            Kind::Engine => Process::engine(&self.folder, "destination", &arguments),
        }
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
        warm_up(self.host.size);
        let mut destination = self.destination("defer")?;
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
        // Capabilities must be set before the source connects.
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
        let ram = &info["ram"];
        let pages = [&ram["normal"], &ram["duplicate"], &info["xbzrle-cache"]["pages"]];
        let pages: f64 = pages.into_iter().flat_map(Value::as_f64).sum();
        let total = ram["total"].as_f64().ok_or("no total")?;
        let again = pages * 4096.0 - total;
        // A running guest that dirtied less than its region would not be a running one, so the cell
        // would be mislabelled.
        if self.host.activity.1.is_some_and(|Region(bytes)| again < bytes as f64) {
            return Err(format!("the guest dirtied no more than {again} bytes: {info}").into());
        }
        let run = Run {
            total: info["total-time"].as_f64().ok_or("no total-time")?,
            downtime: info["downtime"].as_f64().ok_or("no downtime")?,
            sent: ram["transferred"].as_f64().ok_or("nothing sent")? / 1048576.0,
            again: again / 1048576.0,
            source: self.source.usage(before)?,
            destination: destination.usage(begun)?,
        };
        // Leave `postmigrate`, which forbids a migration.
        self.source.command("cont", json!({}))?;
        if self.host.activity.1.is_none() {
            self.source.command("stop", json!({}))?;
        }
        Ok(run)
    }
}

/// Uses and frees as much memory as a destination of this many GiB takes. In a virtual machine that
/// reports free memory to its host, the first use of a page since then costs a fault in the host:
/// 1.2 to 1.6 CPU seconds per GiB instead of 0.09, more than the migration itself.
fn warm_up(size: u64) {
    /// Socket buffers, and what the programs allocate.
    const MORE: usize = 256 << 20;
    drop(std::hint::black_box(vec![1_u8; ((size as usize) << 30) + MORE]));
}
