//! What the command line asks for.

use std::fmt;

use migration_api::block::Nodes;
use migration_api::caps::Capabilities;
use migration_api::generation::Generation;
use migration_api::guest::{Backing, Blocker, Workload};
use migration_api::objects::Objects;
use migration_api::params::Parameters;
use qapi::Policy;

/// Which guest there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The built-in machine.
    Machine,
    /// Whatever comes in.
    Relay,
}

/// A monitor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Qmp {
    /// On a Unix socket at this path.
    Unix(String),
    /// On a TCP socket at this address.
    Tcp(String),
    /// On the standard streams.
    Stdio,
}

impl fmt::Display for Qmp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix:{path}"),
            Self::Tcp(address) => write!(f, "tcp:{address}"),
            Self::Stdio => f.write_str("stdio"),
        }
    }
}

/// Everything.
#[derive(Clone, Debug)]
pub struct Options {
    pub kind: Kind,
    pub machine: String,
    pub block: String,
    pub size: u64,
    pub backing: Backing,
    pub uuid: Option<[u8; 16]>,
    pub paused: bool,
    pub incoming: Option<String>,
    pub snapshot: Option<String>,
    pub monitors: Vec<Qmp>,
    pub capabilities: Capabilities,
    pub parameters: Parameters,
    pub generation: Generation,
    pub policy: Policy,
    pub objects: Objects,
    pub nodes: Nodes,
    pub devices: Vec<String>,
    pub primaries: Vec<String>,
    pub blockers: Vec<Blocker>,
    pub workloads: Vec<Workload>,
    pub reset_is_shutdown: bool,
    /// A guest that is shut down by its reset stays, stopped; else the process ends with it.
    pub shutdown_is_pause: bool,
}
