//! Capability `compress`: worker threads compress pages, and the main channel carries the results.

use std::sync::Arc;

use super::encoder::{Body, Context, Encoder, PageRun};
use super::error::SourceError;
use super::pace::CHUNK;
use crate::guest::{Mapping, is_zero};
use crate::page::PAGE;
use crate::settings::Parameters;
use crate::stream::compress::Compressor;
use crate::workers::Workers;

/// Sends compressed pages.
struct Compress {
    workers: Workers<CompressJob, CompressedPages>,
    /// Wait for a free worker instead of sending pages uncompressed.
    waits: bool,
}

/// Pages for one worker.
struct CompressJob {
    run: PageRun,
    memory: Arc<dyn Mapping>,
}

/// The result of a [`CompressJob`].
struct CompressedPages {
    block: usize,
    /// Offsets of the pages, and the form of each in `data`.
    pages: Vec<(u64, PageForm)>,
    data: Vec<u8>,
}

/// The form of one page.
enum PageForm {
    /// Zero page, nothing in `data`.
    Zero,
    /// Compressed page of this many bytes.
    Compressed(usize),
    /// Uncompressed page, because compression would make it longer.
    Whole,
}

/// Starts the compressing threads.
///
/// # Errors
/// A thread cannot be started.
pub(super) fn start(parameters: &Parameters) -> Result<Box<dyn Encoder>, SourceError> {
    let level = parameters.compress_level.into();
    let worker = || {
        let mut compressor = Compressor::new(level);
        move |job: CompressJob| job.run(&mut compressor)
    };
    let workers = Workers::start(parameters.compress_threads.into(), "mig/src/comp", worker);
    let workers = workers.map_err(SourceError::Thread)?;
    Ok(Box::new(Compress { workers, waits: parameters.compress_wait_thread }))
}

impl Compress {
    /// Collects the finished jobs.
    fn collect(&mut self, cx: &mut Context<'_>) {
        while let Some(done) = self.workers.take() {
            done.gather(cx);
        }
    }
}

impl CompressJob {
    fn run(self, compressor: &mut Compressor) -> CompressedPages {
        let mut done =
            CompressedPages { block: self.run.block, pages: Vec::new(), data: Vec::new() };
        let (mut page, mut packed) = ([0; PAGE as usize], Vec::new());
        for offset in self.run.offsets() {
            // Copies the page first, because the guest may write it during compression.
            self.memory.read(offset, &mut page);
            let content = if is_zero(&page) {
                PageForm::Zero
            } else if compressor.compress(&page, &mut packed) {
                done.data.extend_from_slice(&packed);
                PageForm::Compressed(packed.len())
            } else {
                done.data.extend_from_slice(&page);
                PageForm::Whole
            };
            done.pages.push((offset, content));
        }
        done
    }
}

impl CompressedPages {
    fn gather(self, cx: &mut Context<'_>) {
        let mut rest = &self.data[..];
        let mut take = |length: usize| {
            let (taken, behind) = rest.split_at(length);
            rest = behind;
            taken
        };
        for (offset, content) in self.pages {
            match content {
                PageForm::Zero => cx.zero(self.block, offset),
                PageForm::Whole => cx.copied_page(self.block, offset, take(PAGE as usize)),
                PageForm::Compressed(length) => {
                    let record = cx.compressed(self.block, offset, take(length));
                    // QEMU's statistics leave out the 8 bytes of the shortest record header.
                    cx.stats.compression.bytes.add(record - 8);
                    cx.stats.compression.pages.add(1);
                }
            }
        }
    }
}

impl Encoder for Compress {
    fn encode(&mut self, run: PageRun, cx: &mut Context<'_>) -> Result<u64, SourceError> {
        let before = cx.gathered.len();
        cx.stats.compression.handled.add(run.count);
        self.collect(cx);
        if self.workers.are_busy() {
            if !self.waits {
                cx.stats.compression.busy.add(run.count);
                run.offsets().for_each(|offset| cx.either(run.block, offset));
                return Ok(cx.gathered.len() - before);
            }
            if let Some(done) = self.workers.wait() {
                done.gather(cx);
            }
        }
        self.workers.give(CompressJob { run, memory: cx.block(run.block).memory.clone() });
        Ok(cx.gathered.len() - before)
    }

    fn chunk(&self) -> u64 {
        CHUNK
    }

    fn synced(&mut self, _last: bool) {}

    fn needs_step(&self) -> bool {
        self.workers.are_outstanding()
    }

    fn end(&mut self, body: Body, cx: &mut Context<'_>) -> Result<(), SourceError> {
        if matches!(body, Body::Step | Body::Last) {
            while let Some(done) = self.workers.wait() {
                done.gather(cx);
            }
        }
        Ok(())
    }
}
