//! Memory as it was at one instant, while the guest goes on to change it.
//!
//! Two threads take pages: the one that sends them in the background, and the helper, which copies those that the guest waits to change.
//! A page is taken once; whoever takes it has it before its protection ends.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::event::PollFlags;

use crate::guest::{RamBlock, is_zero};
use crate::source::ram::PAGE;
use crate::stats::Stats;
use crate::stream::ram::{BlockId, BlockTable, RamWriter};
use crate::sys::userfault::{Features, Userfault, Watch};
use crate::transport::Stop;

/// How many bytes of copies may wait to be sent before the guest is slowed down.
const MOST_COPIES: usize = 32 << 20;
/// How long a guest that has outrun the sender waits for each page. Not longer, so that it can always be stopped.
const CRAWL: Duration = Duration::from_millis(50);

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
    /// Bytes, those of copies included.
    remaining: u64,
    copies: VecDeque<Copy>,
    copied: usize,
    /// The sender has gone.
    over: bool,
}

/// A page as it was.
struct Copy {
    block: usize,
    offset: u64,
    content: Vec<u8>,
}

impl Frozen {
    /// Makes memory ready to be [protected](Self::protect). What takes long is done here, while the guest runs.
    pub(super) fn prepare(table: BlockTable, blocks: Vec<(RamBlock, BlockId)>) -> io::Result<Arc<Self>> {
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
        let (copies, copied, over) = (VecDeque::new(), 0, false);
        let rest = Rest { untaken, cursor: (0, 0), remaining, copies, copied, over };
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
    pub(super) fn help(self: &Arc<Self>) -> io::Result<Helper> {
        let stop = Arc::new(Stop::new()?);
        let thread = std::thread::Builder::new().name("mig/snapshot".into()).spawn({
            let (frozen, stop) = (self.clone(), stop.clone());
            move || frozen.copy_on_write(&stop)
        })?;
        Ok(Helper { frozen: self.clone(), stop, thread: Some(thread) })
    }

    fn copy_on_write(&self, stop: &Stop) {
        while stop.wait_for(&self.userfault, PollFlags::IN).is_ok() {
            // Where nothing can be read there is nobody to wait for, or the sender meets the same error.
            for fault in self.userfault.faults().unwrap_or_default() {
                if let Some((block, page)) = self.locate(fault.address) {
                    self.copy(block, page);
                }
            }
        }
    }

    fn locate(&self, address: usize) -> Option<(usize, u64)> {
        self.blocks.iter().enumerate().find_map(|(index, (block, _))| {
            let host = block.memory.host()?;
            let offset = address.checked_sub(host.address()).filter(|&offset| offset < host.size())?;
            Some((index, offset as u64 / block.page_size))
        })
    }

    /// Copies a page, unless somebody has taken it: then its protection ends without us.
    fn copy(&self, index: usize, page: u64) {
        let (block, _) = &self.blocks[index];
        let (word, bit) = ((page / 64) as usize, 1 << (page % 64));
        let mut rest = self.rest();
        if rest.copied >= MOST_COPIES && !rest.over {
            rest = self.room.wait_timeout(rest, CRAWL).unwrap_or_else(PoisonError::into_inner).0;
        }
        if rest.over || rest.untaken[index][word] & bit == 0 {
            return;
        }
        let offset = page * block.page_size;
        let mut content = vec![0; block.page_size as usize];
        block.memory.read(offset, &mut content);
        rest.untaken[index][word] &= !bit;
        rest.copied += content.len();
        rest.copies.push_back(Copy { block: index, offset, content });
        drop(rest);
        // It fails only for memory that is gone, and nobody waits for that.
        let _ = self.release(index, page, 1);
    }

    /// Ends the protection of pages that were taken.
    fn release(&self, index: usize, first: u64, count: u64) -> io::Result<()> {
        let (block, _) = &self.blocks[index];
        let range = block.memory.host();
        let range = range.and_then(|host| host.range(first * block.page_size, count * block.page_size));
        range.map_or(Ok(()), |range| self.userfault.protect(range, false))
    }

    /// Appends records of pages that nobody has sent, about `limit` bytes at most: copies first. `false` if there are none left.
    pub(super) fn take(&self, limit: u64, out: &mut Vec<u8>, stats: &Stats) -> io::Result<bool> {
        let mut rest = self.rest();
        if let Some(copy) = rest.copies.pop_front() {
            let mut copies = vec![copy];
            while (copies.len() as u64) < limit / PAGE
                && let Some(copy) = rest.copies.pop_front()
            {
                copies.push(copy);
            }
            let bytes = copies.iter().map(|copy| copy.content.len()).sum::<usize>();
            rest.copied -= bytes;
            rest.remaining -= bytes as u64;
            drop(rest);
            self.room.notify_all();
            for copy in &copies {
                self.write(copy.block, copy.offset, &copy.content, out, stats);
            }
            return Ok(true);
        }
        let Some((index, first, count)) = self.next(&mut rest, limit) else { return Ok(false) };
        let (block, _) = &self.blocks[index];
        let mut content = vec![0; (count * block.page_size) as usize];
        rest.remaining -= content.len() as u64;
        drop(rest);
        let offset = first * block.page_size;
        block.memory.read(offset, &mut content);
        self.release(index, first, count)?;
        self.write(index, offset, &content, out, stats);
        Ok(true)
    }

    /// Appends the end of a section's body.
    pub(super) fn end(&self, out: &mut Vec<u8>) {
        self.writer().eos(out);
    }

    fn writer(&self) -> MutexGuard<'_, RamWriter> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the next pages in a row, `limit` bytes at most or one page: the block, the first and how many.
    fn next(&self, rest: &mut Rest, limit: u64) -> Option<(usize, u64, u64)> {
        let (mut index, mut page) = rest.cursor;
        while let Some(words) = rest.untaken.get_mut(index) {
            let Some((first, mask)) = first_run(words, page) else {
                (index, page) = (index + 1, 0);
                continue;
            };
            let most = (limit / self.blocks[index].0.page_size).max(1);
            let count = u64::from(mask.count_ones()).min(most);
            words[(first / 64) as usize] &= !((u64::MAX >> (64 - count)) << (first % 64));
            rest.cursor = (index, first + count);
            return Some((index, first, count));
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
    let mut at = (from / 64) as usize;
    let mut wanted = words.get(at)? & (u64::MAX << (from % 64));
    while wanted == 0 {
        at += 1;
        wanted = *words.get(at)?;
    }
    let bit = wanted.trailing_zeros();
    let ones = (wanted >> bit).trailing_ones();
    Some((at as u64 * 64 + u64::from(bit), (u64::MAX >> (64 - ones)) << bit))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_end_with_a_gap_or_a_word() {
        let words = [0b1100_1000, u64::MAX << 62, 1];
        assert_eq!(first_run(&words, 0), Some((3, 0b1000)));
        assert_eq!(first_run(&words, 4), Some((6, 0b1100_0000)));
        assert_eq!(first_run(&words, 8), Some((126, 3 << 62)));
        assert_eq!(first_run(&words, 128), Some((128, 1)));
        assert_eq!(first_run(&words, 129), None);
        assert_eq!(first_run(&words, 1000), None);
    }
}
