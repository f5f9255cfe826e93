//! Saves a snapshot: the images and the guest's state, all at one instant.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rustix::fs::{CWD, Mode, OFlags};

use super::duplicate::{NamedFile, duplicate};
use super::images::{images, store_of};
use super::record::{Change, FileName, Snapshot, Step, fresh_id};
use super::store::{Store, open_plain};
use super::transaction::Transaction;
use super::{SnapshotError, crash};
use crate::api::{MigrationStatus as Status, RunState};
use crate::core::Core;
use crate::guest::answer;
use crate::source::{self, SourceRun};
use crate::state::Direction;
use crate::transport::{Channel, Stop};
use crate::unwind::catch_panic;

/// Does the work of `snapshot-save`.
pub(super) fn save(
    core: &Arc<Core>,
    stop: &Arc<Stop>,
    tag: &str,
    vmstate: &str,
    devices: &[String],
) -> Result<(), SnapshotError> {
    if let Some(blocker) = core.guest.blockers().into_iter().next() {
        return Err(SnapshotError::Blocked(blocker.refusal));
    }
    let images = images(core, devices)?;
    let stores = images.iter().map(Store::open).collect::<Result<Vec<_>, _>>()?;
    for store in &stores {
        if store.find(tag)?.is_some() {
            return Err(SnapshotError::Exists(tag.into()));
        }
    }
    let vm_state = store_of(core, &stores, vmstate, devices)?;

    let running = core.run_lock_for_job();
    let before = core.run_state();
    if before == RunState::Running {
        core.halt_holding(&running, RunState::SaveVm)?;
    }
    drop(running);
    let flushed = answer("flush", || core.guest.disks().map_or(Ok(()), |disks| disks.flush()));
    let saved = flushed.map_err(SnapshotError::from);
    let saved = saved.and_then(|()| write(core, stop, tag, &stores, vm_state, before));
    if before == RunState::Running {
        let restored = core.restore_holding(&core.run_lock_for_job(), before);
        core.log_guest_error("run", restored);
    }
    saved
}

/// Writes images, state and records. The guest must be stopped.
fn write(
    core: &Arc<Core>,
    stop: &Arc<Stop>,
    tag: &str,
    stores: &[Store],
    vm_state: &Store,
    before: RunState,
) -> Result<(), SnapshotError> {
    let run = begin(core, stop)?;
    let written = catch_panic(|| write_files(core, &run, tag, stores, vm_state, before))
        .unwrap_or_else(|| Err(SnapshotError::Save("the job's thread panicked".into())));
    let mut state = core.state();
    let end = if written.is_ok() { Status::Completed } else { Status::Failed };
    // The client may have cancelled it.
    if state.outgoing.machine.status() != Status::Cancelled {
        core.advance_or_log(&mut state, Direction::Outgoing, end);
    }
    written
}

/// Sets the outgoing migration's state to that of a guest being saved.
fn begin(core: &Core, stop: &Arc<Stop>) -> Result<Arc<SourceRun>, SnapshotError> {
    let mut state = core.state();
    if state.outgoing.machine.is_running() {
        return Err(SnapshotError::Migrating);
    }
    let run = Arc::new(SourceRun::stopped_by(&state.parameters, stop.clone()));
    state.outgoing.error = None;
    state.outgoing.run = Some(run.clone());
    core.advance_or_log(&mut state, Direction::Outgoing, Status::Setup);
    Ok(run)
}

fn write_files(
    core: &Arc<Core>,
    run: &Arc<SourceRun>,
    tag: &str,
    stores: &[Store],
    vm_state: &Store,
    before: RunState,
) -> Result<(), SnapshotError> {
    let began = Instant::now();
    let id = fresh_id();
    let [disk, state, new] = ["disk", "vmstate", "new"].map(|ending| FileName::of(&id, ending));
    let change = || Change {
        steps: vec![Step::Rename { from: new.clone(), to: FileName::of(&id, "json") }],
        orphans: vec![disk.clone(), state.clone(), new.clone()],
    };
    let date_sec = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let transaction = Transaction::begin(stores.iter().map(|store| (store, change())).collect())?;
    for store in stores {
        let image = store.image().path();
        crash::point();
        // Another process may have replaced the image since the engine checked it.
        let from = open_plain(CWD, image, OFlags::RDONLY, Mode::empty())
            .map_err(|error| SnapshotError::file(image, &error))?;
        let to = store.create(&disk, 0o600)?;
        duplicate(NamedFile(&from, image), NamedFile(&to, &store.path(&disk)), &run.stop)?;
        let vm_state = store.image() == vm_state.image();
        let snapshot = Snapshot { id: id.clone(), tag: tag.into(), vm_state, date_sec };
        store.write_record(&new, &snapshot)?;
    }

    let file = vm_state.create(&state, 0o600)?;
    let channel = Channel::descriptor(file.into(), &run.stop);
    let channel = channel.map_err(|error| SnapshotError::Save(error.to_string()))?;
    source::save(core.clone(), run.clone(), channel, before).map_err(|failure| {
        // Stopping the job stops its I/O.
        if run.stop.is_stopped() { SnapshotError::Cancelled } else { failure.into() }
    })?;
    transaction.commit()?;
    let downtime = if before == RunState::Running { began.elapsed() } else { Duration::ZERO };
    run.stats.complete(downtime);
    Ok(())
}
