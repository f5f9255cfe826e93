//! The engine: one guest, its outgoing and its incoming migration, and the settings of both.

pub mod colo;
pub mod device_file;
pub mod incoming;
pub mod jobs;
mod limits;
pub mod machine;
pub mod outgoing;
mod postcopy;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use crate::api::{MigrationCapability as Capability, RunState};
use crate::block::Nodes;
use crate::core::colo::Colo;
use crate::core::jobs::Jobs;
use crate::core::notices::Notices;
use crate::core::run_lock::RunLock;
use crate::core::run_state::GuestState;
use crate::core::{Core, Incoming, Outgoing, State};
use crate::destination;
use crate::dirty_limit::DirtyLimits;
use crate::dirty_log::DirtyLog;
use crate::dirty_rate::DirtyRate;
use crate::generation::Generation;
use crate::guest::Guest;
use crate::held_ram::RamHolds;
use crate::lifetime::Lifetime;
use crate::objects::Objects;
use crate::settings::{self, Capabilities, CapabilityError, Environment, Parameters};
use crate::source;
use crate::state::{Direction, Machine};
use crate::stream::Limits;

pub use crate::core::notice::{Notice, Notify};
pub use crate::stats::{KEPT_PASSES, Pass};

/// Settings of an engine that cannot change later.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// The process waits for an incoming migration. Until then the guest is in
    /// [`RunState::Inmigrate`], and its memory is undefined.
    pub incoming: bool,
    /// The guest runs once it has arrived (without `-S`).
    pub autostart: bool,
    /// Capabilities that are on from the start, without a check. [`Engine::set_capabilities`]
    /// checks them.
    pub capabilities: Capabilities,
    /// Initial parameters.
    pub parameters: Parameters,
    /// Initial objects.
    pub objects: Objects,
    /// The block nodes.
    pub nodes: Nodes,
    /// Ids of the character devices that carry monitors.
    pub chardevs: Vec<String>,
    /// A reset ends the guest instead.
    pub reset_is_shutdown: bool,
    /// The variant of the stream format.
    pub generation: Generation,
    /// Bounds on what a source can make this process keep.
    pub limits: Limits,
}

/// The engine, as commands see it. Clones share it, and so do its threads: they end with
/// [`quit`](Self::quit), not with the last clone.
#[derive(Clone)]
pub struct Engine {
    pub(crate) core: Arc<Core>,
}

impl Engine {
    /// Creates an engine for a guest.
    pub fn new(guest: Arc<dyn Guest>, setup: Setup, notify: Notify) -> Self {
        let state = State {
            capabilities: setup.capabilities,
            parameters: setup.parameters,
            objects: setup.objects,
            nodes: setup.nodes,
            jobs: Jobs::default(),
            autostart: setup.autostart,
            waits_for_incoming: setup.incoming,
            outgoing: Outgoing {
                machine: Machine::new(Direction::Outgoing),
                error: None,
                run: None,
            },
            incoming: Incoming {
                machine: Machine::new(Direction::Incoming),
                accepted: false,
                has_failed: false,
                listening: false,
                bound: Vec::new(),
                blocktime: None,
                run: None,
            },
        };
        let lifetime = Arc::new(Lifetime::default());
        let ram = RamHolds::new(guest.clone());
        let dirty_log = DirtyLog::new(ram.clone());
        let core = Core {
            dirty_rate: DirtyRate::new(ram.clone(), dirty_log.clone(), lifetime.clone()),
            colo: Colo::default(),
            dirty_limits: DirtyLimits::new(guest.clone(), dirty_log.clone(), lifetime.clone()),
            dirty_log,
            guest,
            ram,
            notices: Notices::new(notify),
            lifetime,
            chardevs: setup.chardevs,
            reset_is_shutdown: setup.reset_is_shutdown,
            generation: setup.generation,
            limits: setup.limits,
            state: Mutex::new(state),
            guest_state: Mutex::new(GuestState::new(setup.incoming)),
            running: RunLock::default(),
            descriptors: Mutex::new(HashMap::new()),
        };
        Self { core: Arc::new(core) }
    }

    /// Switches capabilities in order. If the result breaks a rule, none is changed.
    ///
    /// # Errors
    /// The rule, or a running migration.
    pub fn set_capabilities(
        &self,
        changes: impl IntoIterator<Item = (Capability, bool)>,
    ) -> Result<(), CapabilityError> {
        let changes: Vec<(Capability, bool)> = changes.into_iter().collect();
        let ram = self.core.ram.list();
        // Ask the kernel only if necessary.
        let protects = changes.contains(&(Capability::BackgroundSnapshot, true));
        let access = self.core.guest.memory_access();
        let no_write_protection = protects && !source::is_supported(access);
        let unprotectable = protects && !source::is_compatible(&ram, access);
        let postcopy = changes.contains(&(Capability::PostcopyRam, true));
        let postcopy_unfit =
            if postcopy { destination::unfit(&*self.core.guest, &ram) } else { None };
        let dirty_ring = self.core.guest.vcpu_limits().is_some();
        let shapeless = self.core.guest.adopts().is_some();
        let mut state = self.core.state_after_jobs();
        if state.outgoing.machine.is_running() {
            return Err(CapabilityError::Running);
        }
        let old = state.capabilities;
        let new = changes.into_iter().fold(old, |set, (capability, on)| set.with(capability, on));
        let around = Environment {
            incoming: state.waits_for_incoming,
            listening: state.incoming.listening,
            postcopy_unfit,
            no_write_protection,
            unprotectable_ram: unprotectable,
            dirty_ring,
            shapeless,
        };
        settings::check_capabilities(old, new, &state.parameters, &around)?;
        state.capabilities = new;
        Ok(())
    }

    /// Returns the run state.
    pub fn run_state(&self) -> RunState {
        self.core.run_state()
    }

    /// Returns the guest.
    pub fn guest(&self) -> &dyn Guest {
        &*self.core.guest
    }
}
