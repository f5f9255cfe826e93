//! Guest memory as it was at one instant, while the guest keeps writing to it.
//!
//! Two threads take pages: the sender, in the background, and the helper, which copies pages that
//! the guest waits to write. A page is taken once, before its protection ends. A huge page may be
//! sent in several pieces and is taken with the last one; if the guest writes to it earlier, the
//! rest of it is copied.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::event::PollFlags;

use crate::core::Core;
use crate::guest::{HostRegion, MemoryAccess, RamBlock, is_zero};
use crate::page::PAGE;
use crate::source::bits;
use crate::stats::Stats;
use crate::stream::ram::{BlockId, BlockTable, RamWriter};
use crate::sync::IgnorePoison;
use crate::sys::userfault::{Features, Userfault, Watch};
use crate::transport::Stop;

/// Bytes of copies that may wait to be sent. Beyond that the guest waits.
const MOST_COPIES: usize = 32 << 20;
/// Interval at which the helper, while it waits for room, checks for a stop or reset of the guest.
const LOOK: Duration = Duration::from_millis(10);

/// Returns true if the kernel can write-protect memory with these accesses for this process.
pub(crate) fn is_supported(access: MemoryAccess) -> bool {
    let supported = Userfault::supported(access.reported());
    supported.is_ok_and(|features| features.has(Features::WRITE_PROTECT))
}

/// Returns true if this kind of memory can be write-protected. Files on a disk cannot, nor can
/// memory that other processes write to.
pub(crate) fn is_compatible(ram: &[RamBlock], access: MemoryAccess) -> bool {
    access != MemoryAccess::Processes && watch(ram.iter(), access).is_ok()
}

/// Opens a userfaultfd that can write-protect this memory.
fn watch<'a>(
    mut ram: impl Iterator<Item = &'a RamBlock>,
    access: MemoryAccess,
) -> io::Result<Userfault> {
    let useful = Features::WRITE_PROTECT_SHARED.with(Features::WRITE_PROTECT_UNPOPULATED);
    let by = access.reported();
    let features = Features::WRITE_PROTECT.with(Userfault::supported(by)?.both(useful));
    let userfault = Userfault::new(by, features)?;
    ram.try_for_each(|block| {
        if !block.memory.has_host() {
            return Err(io::ErrorKind::Unsupported.into());
        }
        let mut regions = block.memory.host_regions();
        regions.try_for_each(|region| userfault.register(region.memory, Watch::Write).map(drop))
    })?;
    Ok(userfault)
}

/// Guest memory at one instant.
pub(super) struct Frozen {
    userfault: Userfault,
    table: BlockTable,
    blocks: Vec<(RamBlock, BlockId)>,
    rest: Mutex<Rest>,
    /// Signalled when there is room for copies, or when the sender has ended.
    room: Condvar,
    writer: Mutex<RamWriter>,
}

/// Memory that has not been sent yet.
struct Rest {
    /// One bitmap per block in host pages: a set bit is a page that no thread has taken.
    untaken: Vec<Vec<u64>>,
    /// The block and page at which the background continues.
    cursor: (usize, u64),
    /// The page that the guest waits for because there is no room for its copy. It is sent next.
    wanted: Option<(usize, u64)>,
    /// The page that was sent in part, and the number of its bytes that were sent.
    begun: Option<((usize, u64), u64)>,
    /// Bytes still to send, copies included.
    remaining: u64,
    copies: VecDeque<Copy>,
    copied: usize,
    /// The sender has ended.
    over: bool,
}

impl Rest {
    fn is_untaken(&self, (index, page): (usize, u64)) -> bool {
        self.untaken[index][(page / 64) as usize] & (1 << (page % 64)) != 0
    }

    /// Marks pages of one word as taken.
    fn take(&mut self, index: usize, first: u64, count: u64) {
        self.untaken[index][(first / 64) as usize] &= !((u64::MAX >> (64 - count)) << (first % 64));
    }

    /// Returns the number of bytes of a page that were sent.
    fn sent(&self, page: (usize, u64)) -> u64 {
        self.begun.filter(|begun| begun.0 == page).map_or(0, |begun| begun.1)
    }
}

/// The old content of a page, or of the part that was still to be sent.
struct Copy {
    block: usize,
    offset: u64,
    content: Vec<u8>,
    sent: usize,
}

/// The next range to send: consecutive whole pages, or a piece of one page.
struct Piece {
    block: usize,
    first: u64,
    /// Number of pages that this range completes.
    complete: u64,
    offset: u64,
    length: u64,
}

impl Frozen {
    /// Prepares memory to be [protected](Self::protect). The slow part happens here, while the
    /// guest runs.
    pub(super) fn prepare(
        table: BlockTable,
        blocks: Vec<(RamBlock, BlockId)>,
        access: MemoryAccess,
    ) -> io::Result<Arc<Self>> {
        let userfault = watch(blocks.iter().map(|(block, _)| block), access)?;
        if !Userfault::supported(access.reported())?.has(Features::WRITE_PROTECT_UNPOPULATED) {
            // The kernel cannot protect unpopulated pages, so read each page to populate it.
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
        self.rest.lock().ignore_poison()
    }

    /// Returns the number of bytes that are not taken yet.
    pub(super) fn remaining(&self) -> u64 {
        self.rest().remaining
    }

    /// Write-protects all memory, which fixes its content. The guest must be stopped.
    pub(super) fn protect(&self) -> io::Result<()> {
        for (block, _) in &self.blocks {
            for region in block.memory.host_regions() {
                self.userfault.protect(region.memory.all(), true)?;
            }
        }
        Ok(())
    }

    /// Starts the thread that copies pages before the guest writes them. It ends when the handle is
    /// dropped.
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
            // If the faults cannot be read, no vCPU waits, or the sender meets the same error.
            for fault in self.userfault.faults().unwrap_or_default() {
                if let Some(page) = self.locate(fault.address) {
                    self.copy(core, page);
                }
            }
        }
    }

    fn locate(&self, address: usize) -> Option<(usize, u64)> {
        self.blocks.iter().enumerate().find_map(|(index, (block, _))| {
            block.memory.host_regions().find_map(|HostRegion { start, memory }| {
                let offset = address.checked_sub(memory.address())?;
                let within = (offset < memory.size()).then_some(start + offset as u64)?;
                Some((index, within / block.page_size))
            })
        })
    }

    /// Copies a page once there is room for it. If the sender takes it first, that ends its
    /// protection.
    ///
    /// If a stop or reset of the guest is in progress, exceeds the copy limit rather than make it
    /// wait for the peer.
    fn copy(&self, core: &Core, (index, page): (usize, u64)) {
        let (block, _) = &self.blocks[index];
        let mut rest = self.rest();
        loop {
            if rest.over || !rest.is_untaken((index, page)) {
                return;
            }
            if rest.copied + block.page_size as usize <= MOST_COPIES || core.is_run_locked() {
                break;
            }
            rest.wanted = Some((index, page));
            rest = self.room.wait_timeout(rest, LOOK).ignore_poison().0;
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
        // Fails only for memory that was unmapped, for which no vCPU waits.
        let _ = self.release(index, page, 1);
    }

    /// Ends the protection of pages that were taken.
    fn release(&self, index: usize, first: u64, count: u64) -> io::Result<()> {
        let (block, _) = &self.blocks[index];
        let (offset, length) = (first * block.page_size, count * block.page_size);
        let mut parts = block.memory.host_parts(offset, length);
        parts.try_for_each(|part| self.userfault.protect(part.range, false))
    }

    /// Appends records of at most `limit` bytes, copies first. Returns `false` if no memory is left
    /// to send.
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
        // Read under the lock, so that the helper cannot release the page meanwhile.
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

    /// Appends the end marker of a section's body.
    pub(super) fn end(&self, out: &mut Vec<u8>) {
        self.writer().eos(out);
    }

    fn writer(&self) -> MutexGuard<'_, RamWriter> {
        self.writer.lock().ignore_poison()
    }

    /// Returns the next piece of at most `limit` bytes: the rest of the page that was sent in part,
    /// the page that the guest waits for, or the next consecutive pages.
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

    /// Finds the next consecutive pages that no thread has taken.
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

/// Finds the first set page at or after `from`. Returns it and the mask of the run that it begins
/// in the same word.
fn first_run(words: &[u64], from: u64) -> Option<(u64, u64)> {
    let first = bits::find(words, from, words.len() as u64 * 64)?;
    let bit = first % 64;
    let ones = (words[(first / 64) as usize] >> bit).trailing_ones();
    Some((first, (u64::MAX >> (64 - ones)) << bit))
}

/// The handle of the thread that copies pages before the guest writes them.
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
        // A vCPU that still waits continues when the userfaultfd is closed, with the last owner of
        // the memory.
    }
}
