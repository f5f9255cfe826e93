//! Builds an engine.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use super::Engine;
use crate::block::Nodes;
use crate::core::colo::Colo;
use crate::core::event_queue::EventQueue;
use crate::core::jobs::Jobs;
use crate::core::run_lock::RunLock;
use crate::core::{Core, GuestState, IncomingState, OutgoingState, State};
use crate::dirty_limit::DirtyLimits;
use crate::dirty_log::DirtyLog;
use crate::dirty_rate::DirtyRate;
use crate::generation::Generation;
use crate::guest::Guest;
use crate::held_ram::RamHolds;
use crate::lifetime::Lifetime;
use crate::objects::Objects;
use crate::settings::{Capabilities, Parameters};
use crate::state::{Direction, StatusMachine};
use crate::stream::Limits;

/// Builds an [`Engine`].
///
/// ```
/// # fn build(guest: std::sync::Arc<dyn migration_api::guest::Guest>) {
/// use migration_api::engine::Engine;
///
/// let destination = Engine::builder(guest).incoming(true).build();
/// let events = destination.events();
/// # }
/// ```
#[must_use]
pub struct EngineBuilder {
    guest: Arc<dyn Guest>,
    incoming: bool,
    autostart: bool,
    capabilities: Capabilities,
    parameters: Parameters,
    objects: Objects,
    nodes: Nodes,
    chardevs: Vec<String>,
    reset_is_shutdown: bool,
    generation: Generation,
    limits: Limits,
}

/// Leaves out the objects and parameters, which may hold secrets.
impl fmt::Debug for EngineBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EngineBuilder")
            .field("incoming", &self.incoming)
            .field("autostart", &self.autostart)
            .field("capabilities", &self.capabilities)
            .field("generation", &self.generation)
            .finish_non_exhaustive()
    }
}

impl Engine {
    /// Starts to build an engine for a guest.
    ///
    /// The guest must have no other engine, as each keeps a run state, a dirty log and RAM blocks
    /// of its own for it. An engine that has [ended](Engine::shutdown) may be followed by another.
    pub fn builder(guest: Arc<dyn Guest>) -> EngineBuilder {
        EngineBuilder::new(guest)
    }
}

impl EngineBuilder {
    fn new(guest: Arc<dyn Guest>) -> Self {
        Self {
            guest,
            incoming: false,
            autostart: true,
            capabilities: Capabilities::default(),
            parameters: Parameters::default(),
            objects: Objects::default(),
            nodes: Nodes::default(),
            chardevs: Vec::new(),
            reset_is_shutdown: false,
            generation: Generation::default(),
            limits: Limits::default(),
        }
    }

    /// Sets whether the guest waits for an incoming migration. Its memory is undefined until then.
    /// Defaults to false.
    pub fn incoming(mut self, incoming: bool) -> Self {
        self.incoming = incoming;
        self
    }

    /// Sets whether a guest runs once it has arrived, if it ran at the source. Defaults to true.
    pub fn autostart(mut self, autostart: bool) -> Self {
        self.autostart = autostart;
        self
    }

    /// Sets the capabilities that are on from the start, without a check.
    /// [`Engine::set_capabilities`] checks them.
    pub fn capabilities(mut self, capabilities: Capabilities) -> Self {
        self.capabilities = capabilities;
        self
    }

    /// Sets the initial parameters, without a check. [`Engine::set_parameters`] checks them.
    pub fn parameters(mut self, parameters: Parameters) -> Self {
        self.parameters = parameters;
        self
    }

    /// Sets the initial objects, such as TLS credentials.
    pub fn objects(mut self, objects: Objects) -> Self {
        self.objects = objects;
        self
    }

    /// Sets the block nodes, for snapshots and dirty bitmaps.
    pub fn nodes(mut self, nodes: Nodes) -> Self {
        self.nodes = nodes;
        self
    }

    /// Sets the ids of the character devices that carry monitors, which a client can cut:
    /// [`Event::Disconnect`](super::Event::Disconnect).
    pub fn chardevs(mut self, chardevs: Vec<String>) -> Self {
        self.chardevs = chardevs;
        self
    }

    /// Sets whether a reset ends the guest instead. Defaults to false.
    pub fn reset_is_shutdown(mut self, reset_is_shutdown: bool) -> Self {
        self.reset_is_shutdown = reset_is_shutdown;
        self
    }

    /// Sets the variant of the stream format. Both sides must have the same.
    pub fn generation(mut self, generation: Generation) -> Self {
        self.generation = generation;
        self
    }

    /// Sets the bounds on what a source can make this process keep.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Builds the engine.
    pub fn build(self) -> Engine {
        let outgoing = OutgoingState {
            machine: StatusMachine::new(Direction::Outgoing),
            error: None,
            run: None,
        };
        let incoming = IncomingState {
            machine: StatusMachine::new(Direction::Incoming),
            accepted: false,
            has_failed: false,
            error: None,
            listening: false,
            bound: Vec::new(),
            opening: None,
            blocktime: None,
            run: None,
        };
        let state = State {
            capabilities: self.capabilities,
            parameters: self.parameters,
            objects: self.objects,
            nodes: self.nodes,
            jobs: Jobs::default(),
            autostart: self.autostart,
            waits_for_incoming: self.incoming,
            outgoing,
            incoming,
        };
        let guest = self.guest;
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
            events: EventQueue::default(),
            lifetime,
            chardevs: self.chardevs,
            reset_is_shutdown: self.reset_is_shutdown,
            generation: self.generation,
            limits: self.limits,
            state: Mutex::new(state),
            guest_state: Mutex::new(GuestState::new(self.incoming)),
            running: RunLock::default(),
            descriptors: Mutex::new(HashMap::new()),
        };
        Engine::new(core)
    }
}
