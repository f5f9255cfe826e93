//! Multifd at the source: packets of pages on separate channels, one thread for each channel.
//!
//! The migration thread finds dirty pages and gathers them for packets. The channel threads detect
//! zero pages. With `zero-page-detection=legacy`, which every destination understands, zero pages
//! are sent on the main channel.

mod queue;
mod sender;
mod shared;

use std::sync::Arc;
use std::thread::JoinHandle;

use super::block::DirtyBlock;
use super::encoder::{Body, Context, Encoder, PageRun};
use super::error::SourceError;
use super::session::Source;
use crate::api::{MigrationCapability as Capability, MultiFDCompression};
use crate::guest::{Identity, answer};
use crate::page::PAGE;
use crate::settings::Parameters;
use crate::stream::Name;
use crate::stream::multifd::{self, Handshake, pages_per_packet};
use crate::trace;
use crate::transport::Channel;

use queue::{Broken, PacketQueue};
use sender::ChannelSender;
use shared::{ChannelsShared, SentBlock};

/// Bytes of pages handed to the channels before the main channel gets its turn.
const CHUNK: u64 = 8 << 20;

/// An encoder that sends pages on separate channels.
pub(super) struct Multifd {
    channels: Channels,
    /// The block of `pending`, the pages that do not fill a packet yet.
    block: usize,
    pending: Vec<u64>,
    /// Pages were sent since the last sync of the channels.
    ahead: bool,
    flushes_each_section: bool,
}

/// The channels and their threads.
struct Channels {
    shared: Arc<ChannelsShared>,
    channels: Vec<Arc<Channel>>,
    threads: Vec<JoinHandle<()>>,
}

/// Opens a channel and sends its handshake.
fn open(source: &Source, handshake: Handshake) -> Result<Channel, SourceError> {
    let channel = source.further_channel()?;
    let mut greeting = Vec::new();
    handshake.write(&mut greeting);
    channel.write_all(&greeting)?;
    Ok(channel)
}

impl Multifd {
    /// Opens the channels, and starts a thread for each.
    pub(super) fn start(source: &Source, blocks: &[DirtyBlock]) -> Result<Self, SourceError> {
        let core = &source.core;
        let parameters = core.state().parameters.clone();
        let named = |pages: &DirtyBlock| {
            let name = Name::try_from(pages.ram.name.as_str())?;
            Ok(SentBlock { name, memory: pages.ram.memory.clone() })
        };
        let count = usize::from(parameters.multifd_channels);
        let shared = Arc::new(ChannelsShared {
            run: source.run.clone(),
            queue: PacketQueue::new(count),
            blocks: blocks.iter().map(named).collect::<Result<_, SourceError>>()?,
            method: parameters.multifd_compression.into(),
            zero_pages: core.generation.zero_pages,
            zero_copy: source.capabilities.has(Capability::ZeroCopySend),
        });
        let mut channels = Channels { shared, channels: Vec::new(), threads: Vec::new() };
        let Identity { machine, uuid } = answer("identity", || Ok(core.guest.identity()))?;
        let uuid = uuid.unwrap_or_default().into_bytes();
        for id in 0..parameters.multifd_channels {
            let channel =
                open(source, Handshake { uuid, channel: id }).map_err(|failure| match failure {
                    SourceError::Transport(error) => {
                        SourceError::Multifd { channel: id, of: parameters.multifd_channels, error }
                    }
                    other => other,
                })?;
            channels.add(usize::from(id), channel, &parameters)?;
        }
        Ok(Self {
            channels,
            block: 0,
            pending: Vec::new(),
            ahead: false,
            flushes_each_section: core.generation.flushes_each_section(&machine),
        })
    }

    /// Queues the gathered pages.
    fn send(&mut self) -> Result<(), SourceError> {
        if self.pending.is_empty() {
            return Ok(());
        }
        self.ahead = true;
        let offsets = std::mem::take(&mut self.pending);
        self.channels
            .shared
            .queue
            .send(self.block, offsets)
            .map_err(|Broken| self.channels.failure())
    }

    /// Sends the zero pages that the channel threads found on the main channel.
    fn tell_zeroes(&self, cx: &mut Context<'_>) {
        for zeroes in self.channels.shared.queue.zeroes() {
            zeroes.offsets.into_iter().for_each(|offset| cx.zero(zeroes.block, offset));
        }
    }

    /// Makes everything sent so far arrive before what follows.
    fn sync(&mut self, cx: &mut Context<'_>) -> Result<(), SourceError> {
        self.send()?;
        self.channels.shared.queue.sync().map_err(|Broken| self.channels.failure())?;
        self.tell_zeroes(cx);
        self.ahead = false;
        if !self.flushes_each_section {
            cx.writer.multifd_flush(&mut cx.gathered.bytes);
        }
        Ok(())
    }
}

impl Encoder for Multifd {
    fn encode(&mut self, run: PageRun, cx: &mut Context<'_>) -> Result<u64, SourceError> {
        if run.block != self.block {
            self.send()?;
            self.block = run.block;
        }
        let before = cx.gathered.len();
        for offset in run.offsets() {
            self.pending.push(offset);
            if self.pending.len() == pages_per_packet(PAGE) as usize {
                self.send()?;
            }
        }
        self.tell_zeroes(cx);
        Ok(cx.gathered.len() - before + run.count * PAGE)
    }

    fn chunk(&self) -> u64 {
        CHUNK
    }

    fn synced(&mut self, _last: bool) {}

    fn needs_step(&self) -> bool {
        self.ahead || !self.pending.is_empty()
    }

    fn end(&mut self, body: Body, cx: &mut Context<'_>) -> Result<(), SourceError> {
        match body {
            Body::Part if !self.flushes_each_section => Ok(()),
            Body::Start | Body::Part | Body::Step | Body::Last => self.sync(cx),
        }
    }
}

impl Channels {
    fn add(
        &mut self,
        id: usize,
        channel: Channel,
        parameters: &Parameters,
    ) -> Result<(), SourceError> {
        let level = match parameters.multifd_compression {
            MultiFDCompression::None => 0,
            MultiFDCompression::Zlib => parameters.multifd_zlib_level,
            MultiFDCompression::Zstd => parameters.multifd_zstd_level,
        };
        let encoder = multifd::Encoder::new(self.shared.method, level.into(), PAGE)
            .map_err(SourceError::Compression)?;
        let span = trace::channel("multifd", id, !channel.is_plain());
        let channel = Arc::new(channel);
        let sender = ChannelSender::new(id, channel.clone(), encoder, self.shared.clone())?;
        self.channels.push(channel);
        let thread = std::thread::Builder::new().name(format!("mig/src/send_{id}"));
        let thread = thread.spawn(move || span.in_scope(|| sender.run()));
        self.threads.push(thread.map_err(SourceError::Thread)?);
        Ok(())
    }

    /// Returns the error that the failed channel's thread has recorded.
    fn failure(&self) -> SourceError {
        let error = self.shared.run.look().error().cloned();
        error.map_or(SourceError::Cancelled, SourceError::ReturnPath)
    }
}

impl Drop for Channels {
    fn drop(&mut self) {
        if !self.shared.queue.end() {
            self.channels.iter().for_each(|channel| channel.shut_down());
        }
        for thread in self.threads.drain(..) {
            // The thread has recorded its error, a panic included.
            let _ = thread.join();
        }
    }
}
