//! The options that the command line sets.

use migration_api::block::Nodes;
use migration_api::generation::Generation;
use migration_api::guest::{Blocker, Uuid};
use migration_api::guests::{Backing, Workload};
use migration_api::objects::Objects;
use migration_api::settings::Capabilities;
use migration_api::settings::Parameters;
use migration_api::stream::Limits;
use qapi::Policy;

use crate::monitor::Qmp;
use crate::trace::Trace;

/// The kind of guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The built-in machine.
    Machine,
    /// Any machine that comes in.
    Relay,
}

/// All options.
#[derive(Clone, Debug)]
pub struct Options {
    pub kind: Kind,
    pub machine: String,
    pub block: String,
    pub size: u64,
    pub backing: Backing,
    pub uuid: Option<Uuid>,
    pub paused: bool,
    pub incoming: Option<String>,
    pub snapshot: Option<String>,
    pub monitors: Vec<Qmp>,
    pub capabilities: Capabilities,
    pub parameters: Parameters,
    pub generation: Generation,
    pub limits: Limits,
    pub policy: Policy,
    pub trace: Option<Trace>,
    pub objects: Objects,
    pub nodes: Nodes,
    pub devices: Vec<String>,
    pub primaries: Vec<String>,
    pub blockers: Vec<Blocker>,
    pub workloads: Vec<Workload>,
    pub reset_is_shutdown: bool,
    /// Keep the process and the stopped guest after a shutdown by reset, instead of ending.
    pub shutdown_is_pause: bool,
}
