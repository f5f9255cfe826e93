//! Reads pages directly into guest memory, together with the pages that probably follow.
//!
//! In the first pass over RAM the pages are mostly in order. So the read of a page also includes
//! the places of the next ones, with space for their record headers in between. Only unwritten
//! memory is used, and it is zeroed again if something else arrives.

use std::io;
use std::sync::Arc;

use super::prepare::Preparation;
use crate::destination::memory::Memory;
use crate::page::PAGE_LEN;
use crate::stream::ram::{BlockId, Record, continued_head};
use crate::stream::{Buffer, Error, Event, MIN_INPUT, Reader};
use crate::sys::vectored::Iovecs;
use crate::transport::Channel;

/// Maximum number of pages expected ahead.
const MOST: usize = 60;
/// Number of consecutive pages per page expected ahead. A wrong guess costs a copy, and should be
/// rare.
const PER_GUESS: usize = 8;

/// Value of [`Ahead::share`] if no page is zero.
const ALL: u32 = 1 << 16;
/// The share from which on memory is populated in advance.
const SHARE: u32 = ALL / 4;

const HEAD: usize = continued_head(0).len();

/// Capacity of the buffer that takes what was read in vain.
pub(super) const CAPACITY: usize = 2 * MIN_INPUT;
const _: () = assert!(MOST * (HEAD + PAGE_LEN) <= CAPACITY);

/// Prediction of the next pages.
#[derive(Default)]
pub(in crate::destination) struct Ahead {
    /// End of the last page.
    next: Option<(BlockId, u64)>,
    /// Number of consecutive pages so far.
    row: usize,
    /// Share of non-zero pages, averaged over the last ones.
    share: u32,
    preparation: Option<Preparation>,
}

/// The reason for which a page cannot be read.
#[derive(Debug)]
pub(in crate::destination) enum AheadError {
    Stream(Error),
    /// A read error; `None` is EOF.
    Read(Option<io::Error>),
}

impl Ahead {
    /// Records a page.
    pub(in crate::destination) fn page(&mut self, block: BlockId, offset: u64) {
        self.row = if self.next == Some((block, offset)) { self.row + 1 } else { 0 };
        self.next = Some((block, offset + PAGE_LEN as u64));
        self.share += (ALL - self.share) / 64;
    }

    /// Records a zero page.
    pub(in crate::destination) fn zero(&mut self) {
        (self.next, self.row) = (None, 0);
        self.share -= self.share / 64;
    }

    /// Reads an announced page, and further ones as long as they follow. Other data that follows is
    /// put into `buffer`.
    pub(in crate::destination) fn read(
        &mut self,
        (reader, buffer): (&mut Reader, &mut Buffer),
        channel: &Channel,
        memory: &Arc<[Memory]>,
        (block, offset): (BlockId, u64),
    ) -> Result<(), AheadError> {
        if self.share >= SHARE {
            self.preparation.get_or_insert_with(|| Preparation::start(memory.clone()));
        }
        let memory = &memory[block.index()];
        // Less than a page: the reader passes on complete pages itself.
        let mut done = buffer.filled().len().min(PAGE_LEN);
        memory.write(offset, &buffer.filled()[..done]);
        buffer.consume(done);
        let mut offset = offset;
        self.page(block, offset);
        loop {
            if let Some(preparation) = self.preparation.as_mut().filter(|_| self.share >= SHARE) {
                preparation.reached(block.index(), offset);
            }
            let mut heads = [[0; HEAD]; MOST];
            let mut pieces = Iovecs::new(2 * MOST + 1);
            let Some(rest) = memory.receive_range(offset + done as u64, (PAGE_LEN - done) as u64)
            else {
                let mut page = [0; PAGE_LEN];
                let rest = &mut page[done..];
                channel.read_all(rest).map_err(|error| AheadError::Read(Some(error)))?;
                memory.write(offset + done as u64, rest);
                return Ok(());
            };
            pieces.guest(rest);
            let following = (offset + PAGE_LEN as u64..).step_by(PAGE_LEN);
            let places = memory.blanks(offset + PAGE_LEN as u64, MOST.min(self.row / PER_GUESS));
            for (head, place) in heads.iter_mut().zip(places) {
                pieces.room(head);
                pieces.guest(place);
            }
            if pieces.is_empty() {
                // The page is complete, and none is expected.
                return Ok(());
            }
            let received = channel
                .read_vectored(&mut pieces)
                .map_err(|error| AheadError::Read(Some(error)))?;
            drop(pieces);
            if received == 0 {
                return if done == PAGE_LEN { Ok(()) } else { Err(AheadError::Read(None)) };
            }
            let Some(mut left) = (done + received).checked_sub(PAGE_LEN) else {
                done += received;
                continue;
            };
            let mut heads = heads.iter().zip(following);
            loop {
                // Without pages read ahead, no data is left.
                let Some((head, next)) = heads.next().filter(|_| left > 0) else {
                    done = PAGE_LEN;
                    break;
                };
                if left < HEAD || *head != continued_head(next) {
                    give_back(buffer, memory, std::iter::once((head, next)).chain(heads), left);
                    return Ok(());
                }
                let step = reader.step(head).map_err(AheadError::Stream)?;
                debug_assert!(matches!(step.event, Some(Event::Record(Record::PageAhead { .. }))));
                (left, offset) = (left - HEAD, next);
                memory.mark(offset, PAGE_LEN as u64);
                self.page(block, offset);
                if left < PAGE_LEN {
                    done = left;
                    break;
                }
                left -= PAGE_LEN;
            }
        }
    }
}

/// Puts `left` bytes that are not the expected pages into the buffer, and zeroes the memory into
/// which they were read.
fn give_back<'a>(
    buffer: &mut Buffer,
    memory: &Memory,
    landed: impl Iterator<Item = (&'a [u8; HEAD], u64)>,
    mut left: usize,
) {
    // The buffer is empty and has room for all data of one read, and reading from a slice cannot
    // fail.
    let mut put = |mut bytes: &[u8]| drop(buffer.fill(&mut bytes));
    for (head, offset) in landed {
        let length = left.min(HEAD);
        put(&head[..length]);
        left -= length;
        let mut page = [0; PAGE_LEN];
        let page = &mut page[..left.min(PAGE_LEN)];
        memory.read(offset, page);
        put(page);
        page.fill(0);
        memory.blank(offset, page);
        left -= page.len();
        if left == 0 {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::unix::net::UnixStream;

    use super::*;
    use crate::guest::Guest;
    use crate::guests::{Machine, MachineConfig};
    use crate::random;
    use crate::stream::ram::{Block, BlockTable, RamWriter, Rules};
    use crate::stream::{Options, SectionHeader, section};
    use crate::transport::Stop;

    const PAGES: usize = 2000;

    fn table() -> BlockTable {
        BlockTable::new(vec![Block::fixed(
            "ram".try_into().unwrap(),
            (PAGES * PAGE_LEN) as u64,
            PAGE_LEN as u64,
        )])
    }

    /// Makes a stream of mostly consecutive pages, with zero pages and part boundaries in between,
    /// and the resulting memory.
    fn stream(random: &mut random::Random) -> (Vec<u8>, Vec<u8>) {
        let (mut out, mut memory) = (Vec::new(), vec![0; PAGES * PAGE_LEN]);
        let table = table();
        let ram = table.find("ram").unwrap();
        let mut writer = RamWriter::new();
        SectionHeader { id: 1, name: "ram".try_into().unwrap(), instance: 0, version: 4 }
            .write_start(&mut out);
        for round in 0..2 {
            for at in 0..PAGES {
                let offset = (at * PAGE_LEN) as u64;
                let place = &mut memory[at * PAGE_LEN..][..PAGE_LEN];
                match random.below(40 + 300 * round) {
                    0 => {}
                    1 => {
                        writer.zero(&mut out, &table, ram, offset);
                        place.fill(0);
                    }
                    2 => {
                        writer.eos(&mut out);
                        section::write_footer(&mut out, 1);
                        section::write_part(&mut out, 1);
                    }
                    _ => {
                        writer.page(&mut out, &table, ram, offset);
                        place.fill(random.below(256) as u8);
                        out.extend_from_slice(place);
                    }
                }
            }
        }
        writer.eos(&mut out);
        section::write_footer(&mut out, 1);
        out.push(section::EOF);
        (out, memory)
    }

    #[test]
    fn pages_read_ahead_are_those_that_were_sent() {
        let mut random = random::Random::new(7);
        for _ in 0..5 {
            let (bytes, expected) = stream(&mut random);
            let machine = Machine::new(MachineConfig {
                incoming: true,
                ..MachineConfig::new((PAGES * PAGE_LEN) as u64)
            })
            .unwrap();
            let memory: Arc<[Memory]> = Memory::of(&machine.ram(), false, false).into();
            let (here, mut there) = UnixStream::pair().unwrap();
            let channel =
                Channel::descriptor(here.into(), &Arc::new(Stop::new().unwrap())).unwrap();
            let sender = std::thread::spawn(move || there.write_all(&bytes).unwrap());

            let rules = Rules { pages_ahead: true, ..Rules::default() };
            let mut reader = Reader::new(Options { rules, blocks: table(), ..Options::default() });
            reader.reconnect();
            let mut buffer = Buffer::new(CAPACITY);
            let mut ahead = Ahead::default();
            loop {
                let step = reader.step(buffer.filled()).unwrap();
                let used = step.used;
                match step.event {
                    Some(Event::Record(Record::PageAhead { block, offset })) => {
                        buffer.consume(used);
                        ahead
                            .read((&mut reader, &mut buffer), &channel, &memory, (block, offset))
                            .unwrap();
                        continue;
                    }
                    Some(Event::Record(Record::Page { block, offset, data })) => {
                        memory[block.index()].write(offset, data);
                        ahead.page(block, offset);
                    }
                    Some(Event::Record(Record::Zero { block, offset })) => {
                        memory[block.index()].zero(offset);
                        ahead.zero();
                    }
                    Some(Event::Eof) => break,
                    Some(_) => {}
                    None => {
                        buffer.consume(used);
                        assert!(buffer.fill(&mut io::Read::take(&channel, 10_000)).unwrap() > 0);
                        continue;
                    }
                }
                buffer.consume(used);
            }
            sender.join().unwrap();
            let mut loaded = vec![0; PAGES * PAGE_LEN];
            memory[0].read(0, &mut loaded);
            assert!(loaded == expected);
        }
    }
}
