//! The seam between passes over RAM and the ways in which pages are sent: an [`Encoder`] is given dirty pages and makes bytes of them.

use super::Failure;
use super::ram::{PAGE, Pages};
use crate::guest::RamBlock;
use crate::stats::Stats;
use crate::stream::ram::{BlockTable, RamWriter};

/// Turns dirty pages into bytes, on the main channel or on channels of its own.
pub(super) trait Encoder: Send {
    /// Sends pages. Returns how many bytes that makes, on whichever channel: the bandwidth limit counts them.
    fn encode(&mut self, run: Run, cx: &mut Context<'_>) -> Result<u64, Failure>;

    /// The dirty log was read: pages that were sent before may come again from now on. Nothing refers to
    /// what is sent after the `last` time.
    fn synced(&mut self, last: bool);

    /// How many bytes of pages it takes before the main channel has its turn.
    fn chunk(&self) -> u64;

    /// Whether something that was sent may arrive behind what follows, unless a [step](Body::Step) comes between.
    fn out_of_step(&self) -> bool;

    /// A body of the section is about to end.
    fn end(&mut self, body: Body, cx: &mut Context<'_>) -> Result<(), Failure>;
}

/// What a body of the section is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Body {
    /// The section's first, with the list of blocks.
    Start,
    /// Pages.
    Part,
    /// Nothing but what makes all that was sent arrive before anything that follows.
    Step,
    /// The section's last.
    Last,
}

/// Dirty pages of one block in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    /// An index into [`Context::blocks`].
    pub(super) block: usize,
    /// The number of the first page.
    pub(super) first: u64,
    /// How many there are, at least one.
    pub(super) count: u64,
}

impl Run {
    /// Where the pages lie in their block, in bytes.
    pub(super) fn offsets(self) -> impl Iterator<Item = u64> {
        (self.first..self.first + self.count).map(|page| page * PAGE)
    }
}

/// What goes out on the main channel next: bytes, and pages of guest memory between them.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub(super) bytes: Vec<u8>,
    /// In the order of their places.
    pub(super) pages: Vec<Placed>,
}

/// A page that is sent from where it lies in guest memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Placed {
    /// How many of the bytes gathered go before it.
    pub(super) at: usize,
    /// An index into [`Context::blocks`].
    pub(super) block: usize,
    /// Where it lies in its block.
    pub(super) offset: u64,
}

impl Gathered {
    /// How many bytes all is together.
    pub(super) fn len(&self) -> u64 {
        self.bytes.len() as u64 + self.pages.len() as u64 * PAGE
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.pages.clear();
    }
}

/// What an encoder works with.
pub(super) struct Context<'a> {
    /// The blocks that are sent.
    pub(super) blocks: &'a [Pages],
    pub(super) table: &'a BlockTable,
    pub(super) writer: &'a mut RamWriter,
    /// What goes out on the main channel.
    pub(super) gathered: &'a mut Gathered,
    pub(super) stats: &'a Stats,
}

impl Context<'_> {
    /// A block's memory.
    pub(super) fn block(&self, block: usize) -> &RamBlock {
        &self.blocks[block].ram
    }

    /// Whether a page is all zeroes at present.
    pub(super) fn is_zero(&self, block: usize, offset: u64) -> bool {
        self.block(block).memory.is_zero(offset, PAGE)
    }

    /// Appends a page of zeroes.
    pub(super) fn zero(&mut self, block: usize, offset: u64) {
        self.writer.zero(&mut self.gathered.bytes, self.table, self.blocks[block].id, offset);
        self.stats.duplicate.add(1);
    }

    /// Appends a page, of zeroes or not.
    pub(super) fn either(&mut self, block: usize, offset: u64) {
        // The guest goes on writing: a page that is no longer what it was found to be is in the dirty log, and comes again.
        if self.is_zero(block, offset) {
            self.zero(block, offset);
        } else {
            self.page(block, offset);
        }
    }

    /// Appends a page as it will be in memory when it is sent.
    pub(super) fn page(&mut self, block: usize, offset: u64) {
        self.writer.page(&mut self.gathered.bytes, self.table, self.blocks[block].id, offset);
        let at = self.gathered.bytes.len();
        self.gathered.pages.push(Placed { at, block, offset });
        self.stats.normal.add(1);
    }

    /// Appends a page with this content.
    pub(super) fn copied_page(&mut self, block: usize, offset: u64, content: &[u8]) {
        self.writer.page(&mut self.gathered.bytes, self.table, self.blocks[block].id, offset);
        self.gathered.bytes.extend_from_slice(content);
        self.stats.normal.add(1);
    }

    /// Appends a compressed page. Returns how many bytes the record has.
    pub(super) fn compressed(&mut self, block: usize, offset: u64, data: &[u8]) -> u64 {
        let out = &mut self.gathered.bytes;
        let before = out.len();
        self.writer.compressed(out, self.table, self.blocks[block].id, offset, data);
        (out.len() - before) as u64
    }

    /// Appends a page as its difference to what was sent last. Returns how many bytes the record has.
    pub(super) fn xbzrle(&mut self, block: usize, offset: u64, difference: &[u8]) -> u64 {
        let out = &mut self.gathered.bytes;
        let before = out.len();
        self.writer.xbzrle(out, self.table, self.blocks[block].id, offset, difference);
        (out.len() - before) as u64
    }
}
