//! The engine: one guest, its outgoing and its incoming migration, and the settings of both.

mod builder;
pub(crate) mod colo;
pub(crate) mod device_file;
mod ending;
pub(crate) mod incoming;
mod info;
pub(crate) mod jobs;
pub(crate) mod machine;
pub(crate) mod outgoing;
mod postcopy;
mod rates;
mod settings;
mod shutdown;
pub(crate) mod yank;

use std::fmt;
use std::sync::Arc;

use crate::api::RunState;
use crate::core::Core;
use crate::core::event_queue::Observer;
use crate::guest::{Blocker, Guest};

pub use crate::core::event::Event;
pub use crate::core::receiver::{EventReceiver, EventsError};
pub use crate::dirty_limit::DirtyLimitError;
pub use crate::dirty_rate::{DirtyRateError, DirtyRateRequest};
pub use crate::stats::{KEPT_PASSES, Pass};
pub use builder::EngineBuilder;
pub use colo::ColoError;
pub use device_file::DeviceStateError;
pub use incoming::IncomingError;
pub use jobs::JobError;
pub use machine::RunError;
pub use outgoing::OutgoingError;
pub use settings::DescriptorError;
pub use shutdown::Shutdown;
pub use yank::YankError;

use ending::LastEngine;

/// Migrates a guest. Clones share it.
///
/// Every method may be called from any thread. [`commands`](crate::commands) serves the same
/// engine over QMP; both can be used together.
///
/// Dropping the last clone ends the engine's threads without waiting for them, and gives back a
/// guest that is being migrated. A guest is stopped only if a part of its memory is still at the
/// source. [`shutdown`](Self::shutdown) stops it in any case, and can wait.
///
/// ```
/// use std::time::{Duration, Instant};
///
/// use migration_api::api::{MigrationCapability, MigrationStatus};
/// use migration_api::engine::{Engine, Event, EventsError};
///
/// # fn f(guest: std::sync::Arc<dyn migration_api::guest::Guest>)
/// # -> Result<(), Box<dyn std::error::Error>> {
/// let engine = Engine::builder(guest).build();
/// let events = engine.events();
/// // `completed` then means that the destination has the guest.
/// engine.set_capabilities([(MigrationCapability::ReturnPath, true)])?;
/// engine.set_parameters(|parameters| parameters.downtime_limit = 200)?;
/// engine.migrate(&"tcp:192.0.2.1:4444".parse()?)?;
/// let began = Instant::now();
/// loop {
///     // A pass may be slow, and a busy guest may need passes without end.
///     if began.elapsed() > Duration::from_secs(600) {
///         engine.cancel()?;
///     }
///     match events.recv_timeout(Duration::from_secs(1)) {
///         Ok(Event::Migration(MigrationStatus::Completed)) => break,
///         Ok(Event::Migration(MigrationStatus::Failed)) => {
///             // The guest runs here again.
///             return Err(engine.info().error_desc.unwrap_or_default().into());
///         }
///         Ok(Event::Migration(MigrationStatus::Cancelled)) => return Err("too slow".into()),
///         Ok(_) | Err(EventsError::Empty) => {}
///         Err(error) => return Err(error.into()),
///     }
/// }
/// engine.shutdown().join();
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Engine {
    pub(crate) core: Arc<Core>,
    /// Ends the engine when the last clone is dropped.
    _last: Arc<LastEngine>,
}

/// Shows nothing of the engine: no lock is taken, and the guest is not called.
impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").finish_non_exhaustive()
    }
}

impl Engine {
    fn new(core: Core) -> Self {
        let core = Arc::new(core);
        Self { _last: Arc::new(LastEngine(core.clone())), core }
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
