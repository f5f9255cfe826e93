//! Memory as it was at one instant, while the guest goes on to change it.
//!
//! Two threads take pages: the one that sends them in the background, and the helper, which copies those that the guest waits to change.
//! A page is taken once; whoever takes it has it before its protection ends. A huge page may go out in pieces, and is taken with the
//! last; if it is copied before, what is copied is the rest of it.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::event::PollFlags;

use crate::engine::Core;
use crate::guest::{RamBlock, is_zero};
use crate::source::bits;
use crate::source::ram::PAGE;
use crate::stats::Stats;
use crate::stream::ram::{BlockId, BlockTable, RamWriter};
use crate::sys::userfault::{Features, Userfault, Watch};
use crate::transport::Stop;

/// How many bytes of copies may wait to be sent. Beyond that the guest waits.
const MOST_COPIES: usize = 32 << 20;
/// How often the helper looks whether somebody wants the guest that waits to obey.
const LOOK: Duration = Duration::from_millis(10);

/// Whether the kernel can write-protect memory for this process.
pub(crate) fn is_supported() -> bool {
    Userfault::supported().is_ok_and(|features| features.has(Features::WRITE_PROTECT))
}

/// Whether memory of this kind can be write-protected: not that of files on a disk. What other processes write to shared memory is
/// not noticed.
pub(crate) fn is_compatible(ram: &[RamBlock]) -> bool {
    watch(ram.iter()).is_ok()
}

/// Memory whose pages can be protected.
fn watch<'a>(mut ram: impl Iterator<Item = &'a RamBlock>) -> io::Result<Userfault> {
    let useful = Features::WRITE_PROTECT_SHARED.with(Features::WRITE_PROTECT_UNPOPULATED);
    let features = Features::WRITE_PROTECT.with(Userfault::supported()?.both(useful));
    let userfault = Userfault::new(features)?;
    ram.try_for_each(|block| {
        let host = block.memory.host().ok_or(io::ErrorKind::Unsupported)?;
        userfault.register(host, Watch::Write).map(drop)
    })?;
    Ok(userfault)
}

/// The guest's memory at one instant.
pub(super) struct Frozen {
    userfault: Userfault,
    table: BlockTable,
    blocks: Vec<(RamBlock, BlockId)>,
    rest: Mutex<Rest>,
    /// Signalled when there is room for copies, or no more use for them.
    room: Condvar,
    writer: Mutex<RamWriter>,
}

/// What nobody has sent yet.
struct Rest {
    /// By block, in pages of the host: a set bit is a page that nobody has taken.
    untaken: Vec<Vec<u64>>,
    /// The block and page at which the background goes on.
    cursor: (usize, u64),
    /// The page that the guest waits for because there is no room for its copy: it goes out next.
    wanted: Option<(usize, u64)>,
    /// The page that has gone out in part, and how many bytes of it.
    begun: Option<((usize, u64), u64)>,
    /// Bytes, those of copies included.
    remaining: u64,
    copies: VecDeque<Copy>,
    copied: usize,
    /// The sender has gone.
    over: bool,
}

impl Rest {
    fn is_untaken(&self, (index, page): (usize, u64)) -> bool {
        self.untaken[index][(page / 64) as usize] & (1 << (page % 64)) != 0
    }

    /// Counts pages of one word as taken.
    fn take(&mut self, index: usize, first: u64, count: u64) {
        self.untaken[index][(first / 64) as usize] &= !((u64::MAX >> (64 - count)) << (first % 64));
    }

    /// How much of a page has gone out.
    fn sent(&self, page: (usize, u64)) -> u64 {
        self.begun.filter(|begun| begun.0 == page).map_or(0, |begun| begun.1)
    }
}

/// A page as it was, or what was left of it to be sent.
struct Copy {
    block: usize,
    offset: u64,
    content: Vec<u8>,
    sent: usize,
}

/// Where something is that goes out next: a row of whole pages, or a piece of one.
struct Piece {
    block: usize,
    first: u64,
    /// How many pages are complete with it.
    complete: u64,
    offset: u64,
    length: u64,
}

impl Frozen {
    /// Makes memory ready to be [protected](Self::protect). What takes long is done here, while the guest runs.
    pub(super) fn prepare(
        table: BlockTable,
        blocks: Vec<(RamBlock, BlockId)>,
    ) -> io::Result<Arc<Self>> {
        let userfault = watch(blocks.iter().map(|(block, _)| block))?;
        if !Userfault::supported()?.has(Features::WRITE_PROTECT_UNPOPULATED) {
            // A page that is not there cannot be protected: to read it is to make it be there.
            for (block, _) in &blocks {
                for offset in (0..block.memory.size()).step_by(PAGE as usize) {
                    block.memory.read(offset, &mut [0]);
                }
            }
        }
        let mut untaken = Vec::new();
        for (block, _) in &blocks {
            let pages = block.memory.size() / block.page_size;
            let mut words = vec![u64::MAX; pages.div_ceil(64) as usize];
            if let (Some(last), 1..) = (words.last_mut(), pages % 64) {
                *last = (1 << (pages % 64)) - 1;
            }
            untaken.push(words);
        }
        let remaining = blocks.iter().map(|(block, _)| block.memory.size()).sum();
        let rest = Rest {
            untaken,
            cursor: (0, 0),
            wanted: None,
            begun: None,
            remaining,
            copies: VecDeque::new(),
            copied: 0,
            over: false,
        };
        let (room, writer) = (Condvar::new(), Mutex::default());
        Ok(Arc::new(Self { userfault, table, blocks, rest: Mutex::new(rest), room, writer }))
    }

    fn rest(&self) -> MutexGuard<'_, Rest> {
        self.rest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The bytes that were not taken to be sent.
    pub(super) fn remaining(&self) -> u64 {
        self.rest().remaining
    }

    /// Protects all memory: it is as it is now. The guest stands still.
    pub(super) fn protect(&self) -> io::Result<()> {
        for (block, _) in &self.blocks {
            if let Some(host) = block.memory.host() {
                self.userfault.protect(host.all(), true)?;
            }
        }
        Ok(())
    }

    /// Starts the thread that copies what the guest wants to change. It ends when the handle is dropped.
    pub(super) fn help(self: &Arc<Self>, core: Arc<Core>) -> io::Result<Helper> {
        let stop = Arc::new(Stop::new()?);
        let thread = std::thread::Builder::new().name("mig/snapshot".into()).spawn({
            let (frozen, stop) = (self.clone(), stop.clone());
            move || frozen.copy_on_write(&core, &stop)
        })?;
        Ok(Helper { frozen: self.clone(), stop, thread: Some(thread) })
    }

    fn copy_on_write(&self, core: &Core, stop: &Stop) {
        while stop.wait_for(&self.userfault, PollFlags::IN).is_ok() {
            // Where nothing can be read there is nobody to wait for, or the sender meets the same error.
            for fault in self.userfault.faults().unwrap_or_default() {
                if let Some(page) = self.locate(fault.address) {
                    self.copy(core, page);
                }
            }
        }
    }

    fn locate(&self, address: usize) -> Option<(usize, u64)> {
        self.blocks.iter().enumerate().find_map(|(index, (block, _))| {
            let host = block.memory.host()?;
            let offset =
                address.checked_sub(host.address()).filter(|&offset| offset < host.size())?;
            Some((index, offset as u64 / block.page_size))
        })
    }

    /// Copies a page once there is room for it, unless it goes out before: then its protection ends without us.
    ///
    /// Whoever has the guest in his hands, to stop or to reset it, does not wait for the peer: then there need be no room.
    fn copy(&self, core: &Core, (index, page): (usize, u64)) {
        let (block, _) = &self.blocks[index];
        let mut rest = self.rest();
        loop {
            if rest.over || !rest.is_untaken((index, page)) {
                return;
            }
            if rest.copied + block.page_size as usize <= MOST_COPIES || core.is_in_hands() {
                break;
            }
            rest.wanted = Some((index, page));
            rest = self.room.wait_timeout(rest, LOOK).unwrap_or_else(PoisonError::into_inner).0;
        }
        rest.wanted = None;
        let sent = rest.sent((index, page));
        let offset = page * block.page_size + sent;
        let mut content = vec![0; (block.page_size - sent) as usize];
        block.memory.read(offset, &mut content);
        rest.take(index, page, 1);
        rest.copied += content.len();
        rest.copies.push_back(Copy { block: index, offset, content, sent: 0 });
        drop(rest);
        // It fails only for memory that is gone, and nobody waits for that.
        let _ = self.release(index, page, 1);
    }

    /// Ends the protection of pages that were taken.
    fn release(&self, index: usize, first: u64, count: u64) -> io::Result<()> {
        let (block, _) = &self.blocks[index];
        let range = block.memory.host();
        let range =
            range.and_then(|host| host.range(first * block.page_size, count * block.page_size));
        range.map_or(Ok(()), |range| self.userfault.protect(range, false))
    }

    /// Appends records of `limit` bytes at most that nobody has sent: copies first. `false` if there are none left.
    pub(super) fn take(&self, limit: u64, out: &mut Vec<u8>, stats: &Stats) -> io::Result<bool> {
        let mut rest = self.rest();
        let before = rest.remaining;
        while let room @ 1.. = limit - (before - rest.remaining)
            && let Some(copy) = rest.copies.front_mut()
        {
            let length = room.min((copy.content.len() - copy.sent) as u64);
            let piece = &copy.content[copy.sent..][..length as usize];
            self.write(copy.block, copy.offset + copy.sent as u64, piece, out, stats);
            copy.sent += piece.len();
            let whole = copy.content.len();
            if copy.sent == whole {
                rest.copied -= whole;
                rest.copies.pop_front();
            }
            rest.remaining -= length;
        }
        if rest.remaining < before {
            drop(rest);
            self.room.notify_all();
            return Ok(true);
        }
        let Some(piece) = self.next(&mut rest, limit) else { return Ok(false) };
        let mut content = vec![0; piece.length as usize];
        // Under the lock, so that nobody copies and frees a page of which a piece is being read.
        self.blocks[piece.block].0.memory.read(piece.offset, &mut content);
        rest.remaining -= piece.length;
        if piece.complete > 0 {
            rest.take(piece.block, piece.first, piece.complete);
        }
        drop(rest);
        if piece.complete > 0 {
            self.release(piece.block, piece.first, piece.complete)?;
            self.room.notify_all();
        }
        self.write(piece.block, piece.offset, &content, out, stats);
        Ok(true)
    }

    /// Appends the end of a section's body.
    pub(super) fn end(&self, out: &mut Vec<u8>) {
        self.writer().eos(out);
    }

    fn writer(&self) -> MutexGuard<'_, RamWriter> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What goes out next, `limit` bytes at most: the rest of the page that has begun, the page that the guest waits for, or the next
    /// pages in a row.
    fn next(&self, rest: &mut Rest, limit: u64) -> Option<Piece> {
        let begun = rest.begun.take().filter(|begun| rest.is_untaken(begun.0));
        let wanted = rest.wanted.take().filter(|&page| rest.is_untaken(page));
        let ((index, first), count) = match begun.map(|begun| begun.0).or(wanted) {
            Some(page) => {
                rest.wanted = wanted.filter(|&wanted| wanted != page);
                (page, 1)
            }
            None => Self::next_run(rest)?,
        };
        let page_size = self.blocks[index].0.page_size;
        let sent = begun.map_or(0, |begun| begun.1);
        let (length, complete) = match limit / page_size {
            0 => {
                let length = limit.min(page_size - sent);
                rest.begun = Some(((index, first), sent + length));
                (length, u64::from(sent + length == page_size))
            }
            most => (count.min(most) * page_size, count.min(most)),
        };
        Some(Piece { block: index, first, complete, offset: first * page_size + sent, length })
    }

    /// The next pages in a row that nobody has taken.
    fn next_run(rest: &mut Rest) -> Option<((usize, u64), u64)> {
        let (mut index, mut page) = rest.cursor;
        while let Some(words) = rest.untaken.get(index) {
            let Some((first, mask)) = first_run(words, page) else {
                (index, page) = (index + 1, 0);
                continue;
            };
            rest.cursor = (index, first);
            return Some(((index, first), u64::from(mask.count_ones())));
        }
        None
    }

    fn write(&self, index: usize, offset: u64, content: &[u8], out: &mut Vec<u8>, stats: &Stats) {
        let id = self.blocks[index].1;
        let mut writer = self.writer();
        for (page, at) in content.chunks(PAGE as usize).zip((offset..).step_by(PAGE as usize)) {
            if is_zero(page) {
                writer.zero(out, &self.table, id, at);
                stats.duplicate.add(1);
            } else {
                writer.page(out, &self.table, id, at);
                out.extend_from_slice(page);
                stats.normal.add(1);
            }
        }
    }
}

/// The first page that is set at or behind `from`, and the bits of those that follow it without a gap in the same word.
fn first_run(words: &[u64], from: u64) -> Option<(u64, u64)> {
    let first = bits::find(words, from, words.len() as u64 * 64)?;
    let bit = first % 64;
    let ones = (words[(first / 64) as usize] >> bit).trailing_ones();
    Some((first, (u64::MAX >> (64 - ones)) << bit))
}

/// The handle of the thread that copies what the guest wants to change.
pub(super) struct Helper {
    frozen: Arc<Frozen>,
    stop: Arc<Stop>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Helper {
    fn drop(&mut self) {
        self.frozen.rest().over = true;
        self.frozen.room.notify_all();
        self.stop.stop();
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was reported when it happened.
            let _ = thread.join();
        }
        // Whoever still waits goes on when the descriptor is closed, which the last owner of the memory does.
    }
}
