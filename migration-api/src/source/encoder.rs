//! Interface between passes over RAM and page formats: an [`Encoder`] turns dirty pages into bytes.

use super::block::DirtyBlock;
use super::error::SourceError;
use crate::guest::RamBlock;
use crate::page::PAGE;
use crate::stats::Stats;
use crate::stream::ram::{BlockTable, RamWriter};

/// Turns dirty pages into bytes, for the main channel or for channels of its own.
pub(super) trait Encoder: Send {
    /// Encodes pages. Returns the number of bytes on all channels, which count against the
    /// bandwidth limit.
    fn encode(&mut self, run: PageRun, cx: &mut Context<'_>) -> Result<u64, SourceError>;

    /// Called after each sync of the dirty log: pages sent before may come again. After the `last`
    /// sync no page comes twice, so nothing needs to be kept for comparison.
    fn synced(&mut self, last: bool);

    /// Bytes of pages to encode before the main channel is flushed.
    fn chunk(&self) -> u64;

    /// Returns true if data already sent may arrive after what follows, unless a [step](Body::Step)
    /// comes between.
    fn needs_step(&self) -> bool;

    /// Called before the end of a section body.
    fn end(&mut self, body: Body, cx: &mut Context<'_>) -> Result<(), SourceError>;
}

/// The purpose of a section body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Body {
    /// The section's first body, with the block list.
    Start,
    /// Pages.
    Part,
    /// No pages. Makes everything sent so far arrive before what follows.
    Step,
    /// The section's last body.
    Last,
}

/// Consecutive dirty pages of one block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PageRun {
    /// An index into [`Context::blocks`].
    pub(super) block: usize,
    /// The number of the first page.
    pub(super) first: u64,
    /// Number of pages, at least one.
    pub(super) count: u64,
}

impl PageRun {
    /// Iterates over the pages' byte offsets in their block.
    pub(super) fn offsets(self) -> impl Iterator<Item = u64> {
        (self.first..self.first + self.count).map(|page| page * PAGE)
    }
}

/// The main channel's pending output: bytes, with guest pages in between.
#[derive(Debug, Default)]
pub(super) struct PendingOutput {
    pub(super) bytes: Vec<u8>,
    /// Pages, sorted by their position.
    pub(super) pages: Vec<Placed>,
}

/// A page that is sent directly from guest memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Placed {
    /// Number of gathered bytes that precede it.
    pub(super) at: usize,
    /// An index into [`Context::blocks`].
    pub(super) block: usize,
    /// Byte offset in its block.
    pub(super) offset: u64,
}

impl PendingOutput {
    /// Total length in bytes.
    pub(super) fn len(&self) -> u64 {
        self.bytes.len() as u64 + self.pages.len() as u64 * PAGE
    }

    /// Drops everything.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.pages.clear();
    }
}

/// The environment of an encoder.
pub(super) struct Context<'a> {
    /// The blocks that are sent.
    pub(super) blocks: &'a [DirtyBlock],
    pub(super) table: &'a BlockTable,
    pub(super) writer: &'a mut RamWriter,
    /// Pending output of the main channel.
    pub(super) gathered: &'a mut PendingOutput,
    pub(super) stats: &'a Stats,
}

impl Context<'_> {
    /// Returns a block's RAM.
    pub(super) fn block(&self, block: usize) -> &RamBlock {
        &self.blocks[block].ram
    }

    /// Returns true if the page is all zeroes now.
    pub(super) fn is_zero(&self, block: usize, offset: u64) -> bool {
        self.block(block).memory.is_zero(offset, PAGE)
    }

    /// Appends a zero page.
    pub(super) fn zero(&mut self, block: usize, offset: u64) {
        self.writer.zero(&mut self.gathered.bytes, self.table, self.blocks[block].id, offset);
        self.stats.duplicate.add(1);
    }

    /// Appends a page as a zero page or in full.
    pub(super) fn either(&mut self, block: usize, offset: u64) {
        // If the guest writes the page after the test, the dirty log reports it and it is sent
        // again.
        if self.is_zero(block, offset) {
            self.zero(block, offset);
        } else {
            self.page(block, offset);
        }
    }

    /// Appends a page whose content is read from guest memory when it is sent.
    pub(super) fn page(&mut self, block: usize, offset: u64) {
        self.writer.page(&mut self.gathered.bytes, self.table, self.blocks[block].id, offset);
        let at = self.gathered.bytes.len();
        self.gathered.pages.push(Placed { at, block, offset });
        self.stats.normal.add(1);
    }

    /// Appends a page with the given content.
    pub(super) fn copied_page(&mut self, block: usize, offset: u64, content: &[u8]) {
        self.writer.page(&mut self.gathered.bytes, self.table, self.blocks[block].id, offset);
        self.gathered.bytes.extend_from_slice(content);
        self.stats.normal.add(1);
    }

    /// Appends a compressed page. Returns the length of the record.
    pub(super) fn compressed(&mut self, block: usize, offset: u64, data: &[u8]) -> u64 {
        let out = &mut self.gathered.bytes;
        let before = out.len();
        self.writer.compressed(out, self.table, self.blocks[block].id, offset, data);
        (out.len() - before) as u64
    }

    /// Appends a page as its difference to the content sent last. Returns the length of the record.
    pub(super) fn xbzrle(&mut self, block: usize, offset: u64, difference: &[u8]) -> u64 {
        let out = &mut self.gathered.bytes;
        let before = out.len();
        self.writer.xbzrle(out, self.table, self.blocks[block].id, offset, difference);
        (out.len() - before) as u64
    }
}
