//! Pages read straight to where they belong, and the pages that are likely to follow with them.
//!
//! In the first pass over RAM, page follows page. So while one is read, the kernel is also given the places of the next ones, with room
//! for their heads between: memory that is blank, which is made blank again if something else comes.

use std::io;
use std::sync::Arc;

use super::PAGE;
use super::prepare::Preparation;
use crate::destination::memory::Memory;
use crate::stream::ram::{BlockId, Record, continued_head};
use crate::stream::{Buffer, Error, Event, Reader};
use crate::sys::vectored::Pieces;
use crate::transport::Channel;

/// The most pages that are expected at once.
const MOST: usize = 32;
/// How many pages in a row let one page more be expected: a wrong guess costs a copy, and should be rare.
const PER_GUESS: usize = 8;

/// After how many pages in a row memory is prepared for those that follow.
const ROW: usize = 64;

const HEAD: usize = continued_head(0).len();

/// What the next pages are expected to be.
#[derive(Default)]
pub(super) struct Ahead {
    /// Where the page ended that came last.
    next: Option<(BlockId, u64)>,
    /// How many pages have come in a row.
    row: usize,
    preparation: Option<Preparation>,
}

/// Why a page cannot be read.
#[derive(Debug)]
pub(super) enum Fault {
    Stream(Error),
    /// `None` is the end of the connection.
    Read(Option<io::Error>),
}

impl Ahead {
    /// Notes a page that has come.
    pub(super) fn page(&mut self, block: BlockId, offset: u64) {
        self.row = if self.next == Some((block, offset)) { self.row + 1 } else { 0 };
        self.next = Some((block, offset + PAGE as u64));
    }

    /// Notes a page that came in another way.
    pub(super) fn other(&mut self) {
        (self.next, self.row) = (None, 0);
    }

    /// Reads a page that was announced, and more of them if they follow. What follows else is in `buffer` afterwards.
    pub(super) fn read(
        &mut self,
        (reader, buffer): (&mut Reader, &mut Buffer),
        channel: &Channel,
        memory: &Arc<[Memory]>,
        (block, offset): (BlockId, u64),
    ) -> Result<(), Fault> {
        if self.row >= ROW {
            self.preparation.get_or_insert_with(|| Preparation::start(memory.clone()));
        }
        let memory = &memory[block.index()];
        // Less than a page, or it would not have been left to us.
        let mut done = buffer.filled().len().min(PAGE);
        memory.write(offset, &buffer.filled()[..done]);
        buffer.consume(done);
        let mut offset = offset;
        loop {
            self.page(block, offset);
            if let Some(preparation) = self.preparation.as_mut().filter(|_| self.row >= ROW) {
                preparation.reached(block.index(), offset);
            }
            let mut heads = [[0; HEAD]; MOST];
            let mut pieces = Pieces::new(2 * MOST + 1);
            let Some(rest) = memory.landing(offset + done as u64, (PAGE - done) as u64) else {
                let mut page = [0; PAGE];
                let rest = &mut page[done..];
                channel.read_all(rest).map_err(|error| Fault::Read(Some(error)))?;
                memory.write(offset + done as u64, rest);
                return Ok(());
            };
            pieces.guest(rest);
            let following = (offset + PAGE as u64..).step_by(PAGE);
            let places = memory.blanks(offset + PAGE as u64, MOST.min(self.row / PER_GUESS));
            for (head, place) in heads.iter_mut().zip(places) {
                pieces.room(head);
                pieces.guest(place);
            }
            let received = channel.read_pieces(&mut pieces).map_err(|error| Fault::Read(Some(error)))?;
            drop(pieces);
            if received == 0 {
                return Err(Fault::Read(None));
            }
            let Some(mut left) = (done + received).checked_sub(PAGE) else {
                done += received;
                continue;
            };
            let mut heads = heads.iter().zip(following);
            loop {
                // Without a guess that is left, nothing is left of what came.
                let Some((head, next)) = heads.next().filter(|_| left > 0) else { return Ok(()) };
                if left < HEAD || *head != continued_head(next) {
                    give_back(buffer, memory, std::iter::once((head, next)).chain(heads), left);
                    return Ok(());
                }
                let step = reader.step(head).map_err(Fault::Stream)?;
                debug_assert!(matches!(step.event, Some(Event::Record(Record::PageAhead { .. }))));
                (left, offset) = (left - HEAD, next);
                memory.mark(offset, PAGE as u64);
                if left < PAGE {
                    done = left;
                    break;
                }
                left -= PAGE;
                self.page(block, offset);
            }
        }
    }
}

/// Puts what was not what it was taken for into the buffer, `left` bytes, and makes the memory blank again where it landed.
fn give_back<'a>(
    buffer: &mut Buffer,
    memory: &Memory,
    landed: impl Iterator<Item = (&'a [u8; HEAD], u64)>,
    mut left: usize,
) {
    // The buffer is empty and has room for all that is read at once, and slices can always be read.
    let mut put = |mut bytes: &[u8]| drop(buffer.fill(&mut bytes));
    for (head, offset) in landed {
        let length = left.min(HEAD);
        put(&head[..length]);
        left -= length;
        let mut page = [0; PAGE];
        let page = &mut page[..left.min(PAGE)];
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
