//! Precopy: passes over RAM while the guest runs, until the rest fits into the allowed downtime.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use uuid::Uuid;

use super::compress;
use super::converge::Convergence;
use super::encoder::{Body, Encoder};
use super::error::SourceError;
use super::ids::{BITMAPS, NO_RETURN_PATH, RAM};
use super::lifecycle::Peer;
use super::multifd::Multifd;
use super::ram::RamSource;
use super::return_path;
use super::sender::Sender;
use super::session::Source;
use super::xbzrle::Xbzrle;
use crate::api::{MigrationCapability as Capability, RunState};
use crate::bitmaps::{self, OutgoingBitmap};
use crate::dirty_log::Reader;
use crate::guest::{Identity, answer};
use crate::page::PAGE;
use crate::stats::{Counter, Stats};
use crate::stream::command::Advise;
use crate::stream::{Command, Configuration, Name, SectionHeader, dirty_bitmap, ram, section};
use crate::trace;
use crate::transport::Channel;

/// Longest time for one part of the RAM section, after which other work gets its turn.
const PART: Duration = Duration::from_millis(50);
/// Time that the guest keeps running although the rest fits into the allowed downtime. It shortens
/// the downtime.
const SOON: Duration = Duration::from_secs(1);

/// A migration whose stream has begun.
pub(super) struct Precopy<'a> {
    pub(super) source: &'a mut Source,
    pub(super) channel: Arc<Channel>,
    pub(super) sender: Sender,
    pub(super) ram: RamSource,
    pub(super) configuration: Configuration,
    /// The run state in which the destination starts the guest.
    pub(super) run_state: RunState,
    pub(super) return_path: bool,
    /// The dirty bitmaps that are migrated.
    pub(super) bitmaps: Vec<OutgoingBitmap>,
    /// The return path thread.
    pub(super) listener: Option<JoinHandle<()>>,
    convergence: Convergence,
    pub(super) log: Reader,
    /// Bytes that can be sent within the allowed downtime; 0 until the bandwidth is measured.
    threshold: u64,
    /// Bytes that can be sent within [`SOON`].
    soon: u64,
    measured: bool,
    /// Since when only the acknowledgement of the switchover is missing.
    pub(super) unacknowledged: Option<Instant>,
}

impl<'a> Precopy<'a> {
    /// Checks that the migration is possible, and prepares its state.
    pub(super) fn new(source: &'a mut Source, channel: Arc<Channel>) -> Result<Self, SourceError> {
        let capabilities = source.capabilities;
        let colo = capabilities.has(Capability::XColo);
        if colo && capabilities.has(Capability::Multifd) {
            return Err(SourceError::ColoWith("multifd"));
        }
        if colo && !channel.is_duplex() {
            return Err(SourceError::ColoWith("a channel without a return path"));
        }
        let guest = source.core.guest.clone();
        let Identity { machine, uuid } = answer("identity", || Ok(guest.identity()))?;
        let ram = source.core.ram.hold()?;
        let shared = capabilities.has(Capability::XIgnoreShared).then_some("x-ignore-shared");
        let shared = shared.map(Name::try_from).transpose()?;
        let configuration = Configuration {
            capabilities: shared.map(|name| vec![name]),
            uuid: uuid.filter(|_| capabilities.has(Capability::ValidateUuid)).map(Uuid::into_bytes),
            ..Configuration::new(Name::try_from(machine.as_str())?)
        };
        let wants_return_path =
            capabilities.has(Capability::ReturnPath) || capabilities.has(Capability::PostcopyRam);
        // COLO reads the return path itself.
        let return_path = wants_return_path && channel.is_duplex() && !colo;
        if capabilities.has(Capability::PostcopyRam) && !return_path {
            return Err(SourceError::ReturnPath(NO_RETURN_PATH.into()));
        }
        let log = source.core.dirty_log.read()?;
        source.ram = Some(ram.clone());
        Ok(Self {
            run_state: source.stopped_from.unwrap_or_else(|| source.core.run_state()),
            ram: RamSource::new(ram.blocks(), capabilities)?,
            sender: Sender::new(channel.clone(), &source.run.stats),
            configuration,
            return_path,
            bitmaps: match capabilities.has(Capability::DirtyBitmaps) {
                true => {
                    let state = source.core.state();
                    bitmaps::outgoing(&state.nodes, &state.parameters)?
                }
                false => Vec::new(),
            },
            listener: None,
            channel,
            log,
            source,
            convergence: Convergence::new(),
            threshold: 0,
            soon: 0,
            measured: false,
            unacknowledged: None,
        })
    }

    pub(super) fn run(mut self) -> Result<(), SourceError> {
        self.set_up()?;
        self.source.activate()?;
        self.flush()?;
        while !self.ready_for_switchover()? {
            if self.may_start_postcopy() {
                return self.start_postcopy();
            }
            self.send()?;
            self.account();
        }
        self.switch_over()
    }

    /// Begins the stream, and syncs the dirty log for the first time.
    pub(super) fn set_up(&mut self) -> Result<(), SourceError> {
        self.begin_stream()?;
        self.sync(false)
    }

    /// Begins the stream, and starts the return path thread.
    pub(super) fn begin_stream(&mut self) -> Result<(), SourceError> {
        let out = &mut self.sender.buffer.bytes;
        section::write_header(out);
        self.configuration.write(out);
        if self.return_path {
            Command::OpenReturnPath.write(out);
            Command::Ping(1).write(out);
        }
        if self.source.capabilities.has(Capability::PostcopyRam) {
            let advise = Advise { block_page_sizes: self.ram.page_sizes(), target_page_size: PAGE };
            Command::PostcopyAdvise(Some(advise)).write(out);
        } else if self.source.capabilities.has(Capability::DirtyBitmaps) {
            Command::PostcopyAdvise(None).write(out);
        }
        if self.source.capabilities.has(Capability::XColo) {
            Command::EnableColo.write(out);
        }
        let name = Name::try_from(ram::NAME)?;
        SectionHeader { id: RAM, name, instance: 0, version: ram::VERSION }.write_start(out);
        self.ram.list(out);
        self.choose_encoder()?;
        self.end(Body::Start)?;
        let out = &mut self.sender.buffer.bytes;
        section::write_footer(out, RAM);
        if !self.bitmaps.is_empty() {
            let name = Name::try_from(dirty_bitmap::NAME)?;
            let version = dirty_bitmap::VERSION;
            SectionHeader { id: BITMAPS, name, instance: 0, version }.write_start(out);
            bitmaps::write_starts(&self.bitmaps, out);
            section::write_footer(out, BITMAPS);
        }

        let stats = &self.source.run.stats;
        stats.total.set(self.ram.size());
        if self.return_path {
            // The destination sends bitmaps of received pages only after a pause.
            let listener = return_path::listen(self.channel.clone(), self.source.run.clone(), 0);
            self.listener = Some(listener?);
        }
        Ok(())
    }

    /// Selects the encoder that the capabilities ask for.
    fn choose_encoder(&mut self) -> Result<(), SourceError> {
        let has = |capability| self.source.capabilities.has(capability);
        let encoder: Box<dyn Encoder> = if has(Capability::Multifd) {
            // The destination recognises the main channel by its first bytes or by being the first
            // connection, so send those before the other channels are opened.
            self.flush()?;
            Box::new(Multifd::start(self.source, self.ram.blocks())?)
        } else if has(Capability::Compress) {
            compress::start(&self.source.core.state().parameters)?
        } else if has(Capability::Xbzrle) {
            Box::new(Xbzrle::new(&self.source.core, self.ram.blocks()))
        } else {
            return Ok(());
        };
        self.ram.send_by(encoder);
        Ok(())
    }

    /// Syncs the dirty log, which begins a pass. No page is dirtied after the `last` sync.
    ///
    /// # Errors
    /// A step before the sync cannot be sent.
    pub(super) fn sync(&mut self, last: bool) -> Result<(), SourceError> {
        if self.ram.needs_step() {
            section::write_part(&mut self.sender.buffer.bytes, RAM);
            self.end(Body::Step)?;
            section::write_footer(&mut self.sender.buffer.bytes, RAM);
            // Flush now: the destination must not wait for the step until more data follows.
            self.flush()?;
        }
        let source = &self.source;
        let stats = &source.run.stats;
        stats.dirty_sync_count.add(1);
        let dirtied = self.ram.sync(&self.log, last)?;
        stats.remaining.set(self.ram.remaining());
        stats.next_pass(dirtied);
        let parameters = source.core.state().parameters.clone();
        let throttles = source.capabilities.has(Capability::AutoConverge);
        // The dirty limit begins at the same moment as the throttle, but only once.
        let limits = source.capabilities.has(Capability::DirtyLimit);
        let throttle = throttles.then(|| stats.throttle.get() as u8).or(limits.then_some(0));
        let sent = stats.transferred.get();
        if let Some(rates) = self.convergence.synced(dirtied, PAGE, sent, throttle, &parameters) {
            stats.dirty_pages_rate.set(rates.dirty_pages_rate);
            stats.xbzrle.measure(PAGE);
            stats.compression.measure(PAGE);
            if limits && rates.throttle.is_some() {
                source.limit_dirtying(&parameters);
            } else if let Some(throttle) = rates.throttle {
                stats.throttle.set(throttle.into());
                answer("throttle", || source.core.guest.throttle(throttle))?;
                trace::throttled(throttle);
            }
        }
        source.core.pass(stats.dirty_sync_count.get());
        Ok(())
    }

    /// Returns true if the rest fits into the allowed downtime.
    fn ready_for_switchover(&mut self) -> Result<bool, SourceError> {
        self.source.check()?;
        let remaining = self.ram.remaining();
        // A short rest is better sent while the guest still runs.
        if remaining > 0 && (remaining < self.soon || !self.rest_fits()) {
            return Ok(false);
        }
        if self.measured {
            self.sync(false)?;
        }
        let remaining = self.ram.remaining();
        if !self.rest_fits() {
            return Ok(false);
        }
        if self.acknowledged() {
            return Ok(true);
        }
        self.check_acknowledgement()?;
        if remaining == 0 {
            // Nothing to send until the destination is ready. The guest keeps dirtying pages
            // meanwhile.
            let run = &self.source.run;
            let _ = run.wait_at_most(Duration::from_millis(50), |lifecycle| {
                let acknowledged = lifecycle.heard() == Peer::Acknowledged;
                let ends = lifecycle.error().is_some() || run.stop.is_stopped();
                (acknowledged || ends).then_some(())
            });
        }
        Ok(false)
    }

    /// Returns true if the rest fits into the allowed downtime, by the bandwidth measured last.
    pub(super) fn rest_fits(&self) -> bool {
        let remaining = self.ram.remaining();
        remaining == 0 || remaining < self.threshold
    }

    /// Sends dirty pages as one part of the section, within the bandwidth limit.
    fn send(&mut self) -> Result<(), SourceError> {
        if self.ram.remaining() == 0 {
            return Ok(());
        }
        let limit = self.source.core.state().parameters.max_bandwidth;
        let run = self.source.run.clone();
        let mut allowance =
            self.sender.pace.allowance(limit, self.ram.chunk(), &run.stats, &run.stop);
        self.source.check()?;
        let began = Instant::now();
        section::write_part(&mut self.sender.buffer.bytes, RAM);
        loop {
            self.fill(allowance, |stats| &stats.precopy_bytes)?;
            if self.ram.remaining() == 0 || began.elapsed() >= PART {
                break;
            }
            self.flush()?;
            match self.sender.pace.room(limit, self.ram.chunk(), &run.stats) {
                Ok(room) => allowance = room,
                Err(_) => break,
            }
        }
        self.end(Body::Part)?;
        section::write_footer(&mut self.sender.buffer.bytes, RAM);
        self.flush()
    }

    /// Measures the bandwidth, and derives the thresholds and the expected downtime.
    fn account(&mut self) {
        let stats = &self.source.run.stats;
        stats.remaining.set(self.ram.remaining());
        let Some(measured) = self.sender.pace.measure(stats) else { return };
        let state = self.source.core.state();
        let given = state.parameters.avail_switchover_bandwidth as f64 / 1000.0;
        let bandwidth = if given > 0.0 { given } else { measured.bandwidth };
        self.threshold = (bandwidth * state.parameters.downtime_limit as f64) as u64;
        self.soon = (measured.bandwidth * SOON.as_millis() as f64) as u64;
        self.measured = true;
        // A period in which almost nothing was sent says nothing about the link.
        if measured.bytes > 10_000 && stats.dirty_pages_rate.get() > 0 {
            stats.expected_downtime.set((self.ram.dirty_at_sync() as f64 / bandwidth) as u64);
        }
    }

    pub(super) fn flush(&mut self) -> Result<(), SourceError> {
        let run = &self.source.run;
        self.sender.flush(self.ram.blocks(), &run.stats).map_err(|error| {
            match self.source.check() {
                // Another thread may have recorded the cause of the broken channel.
                Err(failure) => failure,
                Ok(()) => SourceError::Transport(error),
            }
        })
    }

    /// Sends all dirty pages without a bandwidth limit, and ends the section's body.
    pub(super) fn send_rest(&mut self) -> Result<(), SourceError> {
        while self.ram.remaining() > 0 {
            self.fill(self.ram.chunk(), |stats| &stats.downtime_bytes)?;
            self.flush()?;
        }
        self.end(Body::Last)
    }

    /// Ends a body of the RAM section.
    fn end(&mut self, body: Body) -> Result<(), SourceError> {
        self.ram.end(body, &mut self.sender.buffer, &self.source.run.stats)
    }

    /// Gathers records of dirty pages, and adds their bytes to a counter.
    fn fill(&mut self, limit: u64, counter: fn(&Stats) -> &Counter) -> Result<(), SourceError> {
        let stats = &self.source.run.stats;
        let before = self.sender.buffer.len();
        self.ram.fill(&mut self.sender.buffer, limit, stats)?;
        counter(stats).add(self.sender.buffer.len() - before);
        Ok(())
    }
}
