//! The course of a migration: prepared on both sides, begun, watched, steered and seen to its end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use qapi::Value;
use tempfile::TempDir;

use crate::api::commands::{
    Migrate, MigrateCancel, MigrateIncoming, MigrateRecover, MigrateStartPostcopy,
};
use crate::api::{MigrationInfo, MigrationStatus as Status, SocketAddress};
use crate::arguments::{Arguments, Postcopy};
use crate::failure::Failure;
use crate::show::Show;
use crate::side::Side;

/// How often figures are asked for.
const PERIOD: Duration = Duration::from_millis(200);

/// How long the destination may take to say that it has the guest, or a recovery to begin.
const PATIENCE: Duration = Duration::from_secs(30);

/// Both sides, and what is to be done.
pub struct Operator<'a> {
    arguments: &'a Arguments,
    interrupted: Arc<AtomicBool>,
    source: Side,
    destination: Side,
    /// The folder of the socket between the two, if it is ours.
    folder: Option<TempDir>,
}

impl<'a> Operator<'a> {
    /// Connects to both sides. `interrupted` is set when the operator wants to cancel.
    pub fn connect(
        arguments: &'a Arguments,
        interrupted: Arc<AtomicBool>,
    ) -> Result<Self, Failure> {
        Ok(Self {
            arguments,
            interrupted,
            source: Side::connect("source", &arguments.source)?,
            destination: Side::connect("destination", &arguments.destination)?,
            folder: None,
        })
    }

    /// Prepares both sides and begins, or goes on with what is paused.
    pub fn begin(&mut self) -> Result<(), Failure> {
        if self.arguments.recover {
            let (listen, uri) = self.addresses()?;
            self.destination.execute_oob(&MigrateRecover { uri: listen })?;
            let uri = self.reachable(uri)?;
            return self.source.execute(&Migrate { uri, resume: Some(true) });
        }
        self.prepare()?;
        // A destination cannot be told to stop listening, so what is known to be refused is not begun.
        if let Some(reasons) = self.source.migration()?.blocked_reasons {
            return Err(Failure::Blocked(reasons));
        }
        let waiting = self.destination.migration()?.socket_address.unwrap_or_default();
        let uri = match (&self.arguments.uri, waiting.first()) {
            (Some(uri), Some(_)) => self.reachable(uri.clone())?,
            (None, Some(address)) => as_uri(address)?,
            (_, None) => {
                let (listen, uri) = self.addresses()?;
                self.destination.execute(&MigrateIncoming { uri: listen })?;
                self.reachable(uri)?
            }
        };
        let begun = self.source.execute(&Migrate { uri, resume: None });
        if begun.is_err() {
            // The destination listens there until a source comes.
            self.folder.take().map(TempDir::keep);
        }
        begun
    }

    /// Sets what both sides have to agree on, and what is the source's alone.
    fn prepare(&mut self) -> Result<(), Failure> {
        let arguments = self.arguments;
        // What an earlier run has switched on at one of them must not make them differ.
        let mut both = vec![
            ("events".to_owned(), true),
            ("postcopy-ram".to_owned(), arguments.postcopy.is_some()),
            ("multifd".to_owned(), arguments.multifd.is_some()),
        ];
        // The destination has the last word on a return path; without it the source would give the guest up unheard.
        let mut source = vec![("return-path".to_owned(), true)];
        source.extend_from_slice(&both);
        source.extend_from_slice(&arguments.capabilities);
        both.extend_from_slice(&arguments.capabilities);

        let mut shared = Vec::new();
        shared.extend(
            arguments
                .multifd
                .map(|count| ("multifd-channels".to_owned(), Value::from(u32::from(count)))),
        );
        shared.extend_from_slice(&arguments.parameters);
        let mut own = shared.clone();
        own.extend(
            arguments.bandwidth.map(|bytes| ("max-bandwidth".to_owned(), Value::from(bytes))),
        );
        own.extend(
            arguments.downtime.map(|millis| ("downtime-limit".to_owned(), Value::from(millis))),
        );

        self.destination.set_capabilities(&both)?;
        self.source.set_capabilities(&source)?;
        self.destination.set_parameters(&shared)?;
        self.source.set_parameters(&own)
    }

    /// Where the destination listens and where the source connects to.
    fn addresses(&mut self) -> Result<(String, String), Failure> {
        if let Some(uri) = &self.arguments.uri {
            return Ok((self.arguments.listen.as_ref().unwrap_or(uri).clone(), uri.clone()));
        }
        let folder =
            tempfile::Builder::new().prefix("qapi-migrate-").tempdir().map_err(Failure::Host)?;
        let uri = format!("unix:{}", folder.path().join("migration.sock").display());
        self.folder = Some(folder);
        Ok((uri.clone(), uri))
    }

    /// Puts the port that the destination has found in place of port 0.
    fn reachable(&mut self, uri: String) -> Result<String, Failure> {
        let Some(host) = uri.strip_suffix(":0") else { return Ok(uri) };
        let listening = self.destination.migration()?.socket_address.unwrap_or_default();
        Ok(match listening.into_iter().find_map(|address| address.port) {
            Some(port) => format!("{host}:{port}"),
            None => uri,
        })
    }

    /// Sees the migration to its end: the source's last figures.
    pub fn watch(&mut self, show: &mut Show) -> Result<MigrationInfo, Failure> {
        let began = Instant::now();
        let mut cancelled = false;
        let mut switched = false;
        let mut recovering = self.arguments.recover;
        loop {
            self.source.listen(PERIOD)?;
            let info = self.source.migration()?;
            let status = info.status.clone().unwrap_or(Status::None);
            show.progress(&status, &info);
            let interrupted = self.interrupted.swap(false, Ordering::SeqCst);
            match status {
                Status::Completed => {
                    self.arrive()?;
                    return Ok(info);
                }
                Status::Failed => return Err(self.failed(&info)),
                Status::Cancelled => return Err(Failure::Cancelled { here: cancelled }),
                // What is to be recovered is paused until the two have met.
                Status::PostcopyPaused if !recovering || began.elapsed() >= PATIENCE => {
                    return Err(Failure::Paused);
                }
                _ if interrupted && cancelled => return Err(Failure::Unheard),
                // The guest may be there, whatever the last look told.
                _ if interrupted && (switched || is_gone(&status)) => return Err(Failure::Left),
                _ if interrupted => {
                    self.cancel()?;
                    cancelled = true;
                }
                Status::Active if !cancelled && !switched && self.is_due(began, &info) => {
                    self.source.execute(&MigrateStartPostcopy)?;
                    switched = true;
                }
                Status::PostcopyActive | Status::PostcopyRecover => recovering = false,
                _ => {}
            }
        }
    }

    /// Has the source keep the guest, unless that has gone meanwhile.
    fn cancel(&mut self) -> Result<(), Failure> {
        self.source.execute(&MigrateCancel).or_else(|refusal| {
            let status = self.source.migration()?.status;
            Err(if status.is_some_and(|status| is_gone(&status)) { Failure::Left } else { refusal })
        })
    }

    /// Whether it is time for postcopy.
    fn is_due(&self, began: Instant, info: &MigrationInfo) -> bool {
        match self.arguments.postcopy {
            Some(Postcopy::Pass) => info
                .ram
                .as_ref()
                .is_some_and(|ram| ram.dirty_sync_count.is_none_or(|passes| passes > 1)),
            Some(Postcopy::Seconds(seconds)) => began.elapsed().as_secs_f64() >= seconds,
            None => false,
        }
    }

    /// Waits until the destination says that it has the guest.
    fn arrive(&mut self) -> Result<(), Failure> {
        let end = Instant::now() + PATIENCE;
        loop {
            let info = self.destination.migration()?;
            match info.status {
                Some(Status::Completed) | None => return Ok(()),
                Some(Status::Failed) => return Err(self.failed(&info)),
                Some(_) if Instant::now() > end => {
                    return Err(Failure::Failed(vec![
                        "the destination does not say that it has the guest".into(),
                    ]));
                }
                Some(_) => self.destination.listen(PERIOD / 10)?,
            }
        }
    }

    /// What both sides say of a failure; the destination may be gone.
    fn failed(&mut self, info: &MigrationInfo) -> Failure {
        let mut reasons: Vec<String> = info.error_desc.iter().cloned().collect();
        let other = self.destination.migration().ok().and_then(|info| info.error_desc);
        reasons.extend(
            other
                .filter(|reason| !reasons.contains(reason))
                .map(|reason| format!("destination: {reason}")),
        );
        Failure::Failed(reasons)
    }
}

/// Whether the guest is the destination's in this status, or about to be.
fn is_gone(status: &Status) -> bool {
    matches!(status, Status::PostcopyActive | Status::PostcopyPaused | Status::PostcopyRecover)
        || matches!(status, Status::Other(name) if name.starts_with("postcopy"))
}

/// The address at which a destination waits, as a source is told it.
fn as_uri(address: &SocketAddress) -> Result<String, Failure> {
    match (&address.host, &address.port, &address.path) {
        (Some(host), Some(port), _) if ["0.0.0.0", "::", ""].contains(&host.as_str()) => {
            Err(Failure::Wildcard(format!("port {port} of all addresses")))
        }
        (Some(host), Some(port), _) if host.contains(':') => Ok(format!("tcp:[{host}]:{port}")),
        (Some(host), Some(port), _) => Ok(format!("tcp:{host}:{port}")),
        (_, _, Some(path)) => Ok(format!("unix:{path}")),
        _ => Err(Failure::Wildcard(format!("an address of type {}", address.r#type))),
    }
}
