//! The course of a migration: prepared on both sides, begun, watched, and steered to its end.

use std::time::{Duration, Instant};

use qapi::Value;
use qapi::client::ClientError;
use tempfile::TempDir;

use crate::addresses::{Addresses, as_uri, with_port};
use crate::api::commands::{
    Migrate, MigrateCancel, MigrateIncoming, MigrateRecover, MigrateStartPostcopy,
};
use crate::api::{MigrationInfo, MigrationStatus as Status};
use crate::arguments::{Arguments, OnTimeout};
use crate::failure::{Cause, Failure};
use crate::plan;
use crate::reasons;
use crate::report::Report;
use crate::side::Side;
use crate::signals::Signals;
use crate::values::Postcopy;

/// The pause between two queries.
const PERIOD: Duration = Duration::from_millis(200);
/// The deadline of the destination's confirmation, and of the begin of a recovery.
const PATIENCE: Duration = Duration::from_secs(30);
/// The deadline of `migrate_cancel`. A signal must end the program within half a second.
const HURRY: Duration = Duration::from_millis(250);
/// The deadline of the commands that follow it.
const BRIEF: Duration = Duration::from_millis(100);
/// The deadline of the source for cancelling, once it has accepted to.
const CANCELLING: Duration = Duration::from_secs(10);
/// The deadline of the destination for the reason of a failure that the source only reports.
const REASON: Duration = Duration::from_secs(1);
/// The highest `downtime-limit` that servers accept, in milliseconds.
const LONGEST_DOWNTIME: u64 = 2_000_000;

/// Both sides, and the state of the migration between them.
pub struct Operator<'a> {
    arguments: &'a Arguments,
    signals: Signals,
    source: Side,
    destination: Side,
    /// The folder of the socket between the two, if this program made it.
    folder: Option<TempDir>,
    course: Course,
}

/// The state of a migration under way.
struct Course {
    began: Instant,
    /// The cancellation that the source has accepted, and when.
    cancelling: Option<(Cause, Instant)>,
    /// The source was told to switch to postcopy.
    switched: bool,
    /// The last status showed the guest on the destination, or about to be.
    gone: bool,
    /// The source was told to complete, and had this downtime limit before.
    forced: Option<Value>,
    /// A paused postcopy has not been resumed yet.
    recovering: bool,
}

impl<'a> Operator<'a> {
    /// Connects to both sides.
    ///
    /// # Errors
    /// Those of [`Side::connect`].
    pub fn connect(arguments: &'a Arguments, signals: &Signals) -> Result<Self, Failure> {
        Ok(Self {
            arguments,
            signals: signals.clone(),
            source: Side::connect("source", &arguments.source, signals)?,
            destination: Side::connect("destination", &arguments.destination, signals)?,
            folder: None,
            course: Course {
                began: Instant::now(),
                cancelling: None,
                switched: false,
                gone: arguments.recover,
                forced: None,
                recovering: arguments.recover,
            },
        })
    }

    /// Prepares both sides and begins, or continues what is paused. A signal that comes while the
    /// source is being told to migrate stays pending for [`watch`](Self::watch).
    ///
    /// # Errors
    /// [`Failure::Interrupted`] if a signal comes before the source is told to migrate.
    pub fn begin(&mut self) -> Result<(), Failure> {
        let begun = if self.arguments.recover {
            let Addresses { listen, connect, folder } = Addresses::choose(self.arguments)?;
            self.folder = folder;
            self.source.set_parameters(&plan::bandwidth(self.arguments))?;
            self.destination.execute_oob(MigrateRecover { uri: listen })?;
            let uri = self.reachable(connect)?;
            self.source.execute(Migrate { uri, resume: Some(true) })
        } else {
            self.prepare()?;
            let uri = self.meet()?;
            self.source.execute(Migrate { uri, resume: None })
        };
        self.course.began = Instant::now();
        match begun {
            Err(Failure::Interrupted) => Ok(()),
            Err(failure) => {
                // The destination listens there until a source comes.
                self.folder.take().map(TempDir::keep);
                Err(failure)
            }
            Ok(()) => Ok(()),
        }
    }

    /// Applies the settings to both sides, and refuses what is known to fail: a destination cannot
    /// be told to stop listening.
    fn prepare(&self) -> Result<(), Failure> {
        let (source, destination) =
            (plan::source(self.arguments), plan::destination(self.arguments));
        self.destination.set_capabilities(&destination.capabilities)?;
        self.source.set_capabilities(&source.capabilities)?;
        self.destination.set_parameters(&destination.parameters)?;
        self.source.set_parameters(&source.parameters)?;
        let blocked = self.source.migration()?.blocked_reasons;
        blocked.map_or(Ok(()), |reasons| Err(Failure::Blocked(reasons)))
    }

    /// Makes the destination listen, unless it does. Returns the address for the source.
    fn meet(&mut self) -> Result<String, Failure> {
        let listening = self.destination.migration()?.socket_address.unwrap_or_default();
        match (&self.arguments.uri, listening.first()) {
            (Some(uri), Some(_)) => Ok(with_port(uri.clone(), &listening)),
            (None, Some(address)) => as_uri(address),
            (_, None) => {
                let Addresses { listen, connect, folder } = Addresses::choose(self.arguments)?;
                self.folder = folder;
                self.listen(listen)?;
                self.reachable(connect)
            }
        }
    }

    /// Makes the destination listen. A QEMU since 9.1 is told to outlive a failure, so that it can
    /// give the reason.
    fn listen(&self, uri: String) -> Result<(), Failure> {
        let lasting = MigrateIncoming { uri: uri.clone(), exit_on_error: Some(false) };
        match self.destination.execute(lasting) {
            Err(Failure::Server { error, .. }) if refuses(&error, "exit-on-error") => {
                self.destination.execute(MigrateIncoming { uri, exit_on_error: None })
            }
            outcome => outcome,
        }
    }

    /// Completes an address for the source, once the destination listens.
    fn reachable(&self, uri: String) -> Result<String, Failure> {
        if !uri.ends_with(":0") {
            return Ok(uri);
        }
        let listening = self.destination.migration()?.socket_address.unwrap_or_default();
        Ok(with_port(uri, &listening))
    }

    /// Watches the migration to its end and returns the source's last figures.
    ///
    /// # Errors
    /// Anything but the guest's arrival.
    pub fn watch(&mut self, report: &mut Report) -> Result<MigrationInfo, Failure> {
        let outcome = self.steer(report);
        if outcome.is_err() {
            self.restore_downtime();
        }
        outcome
    }

    fn steer(&mut self, report: &mut Report) -> Result<MigrationInfo, Failure> {
        loop {
            let looked = self.source.listen(PERIOD).and_then(|()| self.source.migration());
            let info = match looked {
                Err(Failure::Interrupted) => {
                    self.signals.acknowledge();
                    self.cancel(Cause::Signal)?;
                    continue;
                }
                looked => looked?,
            };
            let status = info.status.clone().unwrap_or(Status::None);
            report.progress(&status, &info);
            self.course.gone |= is_gone(&status);
            match status {
                Status::Completed => return self.arrive().map(|()| info),
                Status::Failed if self.course.cancelling.is_none() => {
                    return Err(self.failed(&info));
                }
                // A migration that fails while it is being cancelled leaves the guest here, too.
                Status::Failed | Status::Cancelled => {
                    return Err(match self.course.cancelling {
                        Some((Cause::Signal, _)) => Failure::Cancelled,
                        Some((Cause::Timeout(limit), _)) => Failure::TimedOut(limit),
                        None => Failure::CancelledElsewhere,
                    });
                }
                Status::PostcopyPaused if !self.course.recovering || self.has_lasted(PATIENCE) => {
                    return Err(Failure::Paused);
                }
                Status::PostcopyActive | Status::PostcopyRecover => self.course.recovering = false,
                _ => self.act(&status, &info)?,
            }
        }
    }

    /// Does what is due while the guest runs on the source.
    fn act(&mut self, status: &Status, info: &MigrationInfo) -> Result<(), Failure> {
        if let Some((cause, since)) = self.course.cancelling {
            let is_over = since.elapsed() >= CANCELLING;
            return if is_over { Err(Failure::Unconfirmed(cause)) } else { Ok(()) };
        }
        let limit = self.arguments.timeout.filter(|limit| self.has_lasted(*limit));
        let limit = limit.filter(|_| !self.course.gone && !self.course.switched);
        if let Some(limit) = limit
            && self.arguments.on_timeout == OnTimeout::Cancel
        {
            return self.cancel(Cause::Timeout(limit));
        }
        // The rest needs a migration that has met its destination.
        if *status != Status::Active || self.course.switched {
            return Ok(());
        }
        if self.is_postcopy_due(info) || limit.is_some() && self.arguments.postcopy.is_some() {
            match self.source.execute(MigrateStartPostcopy) {
                // The signal stays pending; the command may have been executed.
                Err(Failure::Interrupted) => self.course.switched = true,
                outcome => {
                    outcome?;
                    self.course.switched = true;
                }
            }
        } else if limit.is_some() && self.course.forced.is_none() {
            return self.force();
        }
        Ok(())
    }

    /// Makes the source complete at once: it counts any downtime as acceptable.
    fn force(&mut self) -> Result<(), Failure> {
        let known = self.source.execute_raw("query-migrate-parameters", qapi::Dict::new());
        let known = match known {
            // The signal stays pending.
            Err(Failure::Interrupted) => return Ok(()),
            known => known?,
        };
        self.course.forced = Some(known.get("downtime-limit").cloned().unwrap_or(Value::Null));
        match self.source.set_parameters(&[("downtime-limit".into(), LONGEST_DOWNTIME.into())]) {
            Err(Failure::Interrupted) => Ok(()),
            outcome => outcome,
        }
    }

    /// Puts the downtime limit back after a forced migration that did not succeed. The source may
    /// be gone, so errors are ignored.
    fn restore_downtime(&mut self) {
        if let Some(limit @ Value::Int(_)) = self.course.forced.take() {
            self.source.set_patience(BRIEF);
            let _ = self.source.set_parameters(&[("downtime-limit".into(), limit)]);
        }
    }

    /// Makes the source keep the guest, and leaves if it does not answer or a second signal comes.
    fn cancel(&mut self, cause: Cause) -> Result<(), Failure> {
        if self.course.cancelling.is_some() {
            return Err(Failure::Unconfirmed(cause));
        }
        if self.course.gone || self.course.switched {
            return Err(Failure::Left);
        }
        self.source.set_patience(HURRY);
        let answer = self.source.execute(MigrateCancel);
        self.source.set_patience(BRIEF);
        let refusal = match answer {
            Ok(()) => {
                self.source.set_patience(PATIENCE);
                self.course.cancelling = Some((cause, Instant::now()));
                return Ok(());
            }
            Err(Failure::Server { error, .. }) if error.is_timeout() => {
                return Err(Failure::Unconfirmed(cause));
            }
            Err(Failure::Interrupted) => return Err(Failure::Unconfirmed(cause)),
            Err(refusal) => refusal,
        };
        // The guest may have gone since the last look.
        let status = self.source.migration().ok().and_then(|info| info.status);
        Err(if status.is_some_and(|status| is_gone(&status)) { Failure::Left } else { refusal })
    }

    fn has_lasted(&self, time: Duration) -> bool {
        self.course.began.elapsed() >= time
    }

    /// Returns true if it is time for postcopy.
    fn is_postcopy_due(&self, info: &MigrationInfo) -> bool {
        match self.arguments.postcopy {
            Some(Postcopy::Pass) => info
                .ram
                .as_ref()
                .is_some_and(|ram| ram.dirty_sync_count.is_none_or(|passes| passes > 1.0)),
            Some(Postcopy::Seconds(seconds)) => {
                self.course.began.elapsed().as_secs_f64() >= seconds
            }
            None => false,
        }
    }

    /// Waits until the destination reports that it has the guest.
    fn arrive(&self) -> Result<(), Failure> {
        let end = Instant::now() + PATIENCE;
        loop {
            let info = match self.destination.migration() {
                Err(Failure::Interrupted) => return Err(Failure::Unseen),
                answer => answer?,
            };
            match info.status {
                Some(Status::Completed) | None => return Ok(()),
                Some(Status::Failed) => {
                    let reasons = reasons::combine(None, info.error_desc.as_deref());
                    return Err(Failure::Failed(reasons));
                }
                Some(_) if Instant::now() > end => {
                    return Err(Failure::Failed(vec![format!(
                        "destination: no confirmation within {} s that it has the guest",
                        PATIENCE.as_secs()
                    )]));
                }
                Some(_) => match self.destination.listen(PERIOD / 10) {
                    Err(Failure::Interrupted) => return Err(Failure::Unseen),
                    heard => heard?,
                },
            }
        }
    }

    /// Collects the reasons of a failure. The destination may be gone, or take a moment to know.
    fn failed(&self, info: &MigrationInfo) -> Failure {
        let source = info.error_desc.as_deref();
        let end = Instant::now() + REASON;
        let destination = loop {
            let reason = match self.destination.migration() {
                Ok(info) => info.error_desc,
                Err(_) => break None,
            };
            let is_needed = reasons::is_elsewhere(source) && Instant::now() < end;
            if reason.is_some() || !is_needed || self.destination.listen(PERIOD / 10).is_err() {
                break reason;
            }
        };
        let mut reasons = reasons::combine(source, destination.as_deref());
        if destination.is_none() && reasons::is_elsewhere(source) {
            reasons.push("destination: no reason over QMP; see its log".into());
        }
        Failure::Failed(reasons)
    }
}

/// Returns true if the server refuses an argument because it does not know it.
fn refuses(error: &ClientError, argument: &str) -> bool {
    matches!(error, ClientError::Qmp(error) if error.desc.contains(argument))
}

/// Returns true if the guest is on the destination in this status, or about to be.
fn is_gone(status: &Status) -> bool {
    matches!(status, Status::PostcopyActive | Status::PostcopyPaused | Status::PostcopyRecover)
        || matches!(status, Status::Other(name) if name.starts_with("postcopy"))
}
