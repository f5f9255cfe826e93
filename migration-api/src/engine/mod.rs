//! The engine: one guest, its outgoing and its incoming migration, and the settings of both.

mod builder;
pub mod colo;
pub mod device_file;
pub mod incoming;
mod info;
pub mod jobs;
pub mod machine;
pub mod outgoing;
mod postcopy;
mod rates;
mod settings;
pub mod yank;

use std::sync::Arc;

use crate::api::RunState;
use crate::core::Core;
use crate::core::event_queue::Observer;
use crate::guest::{Blocker, Guest};

pub use crate::core::event::Event;
pub use crate::core::receiver::{EventReceiver, EventsError};
pub use crate::stats::{KEPT_PASSES, Pass};
pub use builder::EngineBuilder;
pub use settings::DescriptorError;

/// Migrates a guest. Clones share it.
///
/// Every method may be called from any thread. [`commands`](crate::commands) serves the same
/// engine over QMP; both can be used together.
#[derive(Clone)]
pub struct Engine {
    pub(crate) core: Arc<Core>,
}

impl Engine {
    /// Starts to build an engine for a guest.
    pub fn builder(guest: Arc<dyn Guest>) -> EngineBuilder {
        EngineBuilder::new(guest)
    }

    /// Makes a receiver of all events from now on.
    pub fn events(&self) -> EventReceiver {
        self.core.events.receiver()
    }

    /// Calls `observer` for all events from now on.
    pub(crate) fn observe(&self, observer: Arc<Observer>) {
        self.core.events.observe(observer);
    }

    /// Returns the run state.
    pub fn run_state(&self) -> RunState {
        self.core.run_state()
    }

    /// Returns the guest.
    pub fn guest(&self) -> &dyn Guest {
        &*self.core.guest
    }

    /// Returns the reasons for which the guest cannot be migrated at present.
    pub fn blockers(&self) -> Vec<Blocker> {
        self.core.guest.blockers()
    }
}
