//! Sends packets on one multifd channel.

use std::sync::Arc;

use super::queue::{Batch, ChannelWork, Zeroes};
use super::shared::{ChannelsShared, SentBlock};
use crate::generation::ZeroPages;
use crate::guest::Mapping;
use crate::page::{self, PAGE, PAGE_LEN, adjacent};
use crate::source::error::SourceError;
use crate::stream::multifd::{Encoder, Packet, PageHead, pages_per_packet};
use crate::sys::vectored::{GuestOutput, Output};
use crate::transport::{Channel, ZeroCopy};
use crate::unwind::catch_panic;

/// The sender of one channel, run by a thread of its own.
pub(super) struct ChannelSender {
    id: usize,
    channel: Arc<Channel>,
    zero_copy: Option<ZeroCopy>,
    encoder: Encoder,
    shared: Arc<ChannelsShared>,
    head: Vec<u8>,
    /// The pages of a packet, compressed or copied.
    payload: Vec<u8>,
}

impl ChannelSender {
    /// # Errors
    /// The channel has to send without copies but cannot.
    pub(super) fn new(
        id: usize,
        channel: Arc<Channel>,
        encoder: Encoder,
        shared: Arc<ChannelsShared>,
    ) -> Result<Self, SourceError> {
        let zero_copy = shared.zero_copy.then(|| ZeroCopy::new(channel.clone())).transpose()?;
        let (head, payload) = (Vec::new(), Vec::new());
        Ok(Self { id, channel, zero_copy, encoder, shared, head, payload })
    }

    /// Sends until the queue ends.
    pub(super) fn run(mut self) {
        let (shared, id) = (self.shared.clone(), self.id);
        let _listed = shared.run.list_thread(id + 1, format!("mig/src/send_{id}"));
        if let Err(failure) = catch_panic(|| self.serve()).unwrap_or(Err(SourceError::Panicked)) {
            // The end of the run, or its failure, breaks the channels. That is not reported.
            if !shared.run.stop.is_stopped() && !shared.queue.is_broken() {
                shared.run.fail(failure.to_string());
            }
            shared.queue.fail();
        }
    }

    fn serve(&mut self) -> Result<(), SourceError> {
        loop {
            match self.shared.queue.next(self.id) {
                ChannelWork::Send(batch) => self.send(batch)?,
                ChannelWork::Sync(number) => {
                    self.head.clear();
                    Packet::sync(number).write(PAGE, &mut self.head);
                    self.write(Packed::Head)?;
                    self.account(0);
                    self.settle()?;
                    self.shared.queue.synced(self.id);
                }
                ChannelWork::End => {
                    // The destination may have closed the channel already, once it has everything.
                    let _ = self.channel.say_goodbye();
                    return Ok(());
                }
            }
        }
    }

    fn send(&mut self, batch: Batch) -> Result<(), SourceError> {
        let shared = self.shared.clone();
        let block = &shared.blocks[batch.block];
        let (mut zero, normal): (Vec<u64>, Vec<u64>) = match shared.zero_pages {
            ZeroPages::None => (Vec::new(), batch.offsets),
            ZeroPages::Legacy | ZeroPages::Multifd => {
                block.memory.touch(batch.offsets.iter().copied());
                batch.offsets.into_iter().partition(|&offset| block.memory.is_zero(offset, PAGE))
            }
        };
        if shared.zero_pages == ZeroPages::Legacy && !zero.is_empty() {
            shared
                .queue
                .hand_over(Zeroes { block: batch.block, offsets: std::mem::take(&mut zero) });
            if normal.is_empty() {
                return Ok(());
            }
        }
        let content = normal.len() as u32 * PAGE as u32;
        let mut packet = Packet {
            sync: false,
            method: shared.method,
            pages_alloc: pages_per_packet(PAGE),
            payload_length: content,
            number: batch.number,
            block: block.name.clone(),
            normal,
            zero,
        };
        shared.run.stats.normal.add(packet.normal.len() as u64);
        shared.run.stats.duplicate.add(packet.zero.len() as u64);
        self.head.clear();
        let head = match packet.normal.is_empty() {
            true => None,
            false => self.encoder.page_head(|| sample(&*block.memory, &packet.normal)),
        };
        let in_place = self.channel.is_plain() && block.memory.has_host();
        match head.filter(|_| in_place) {
            Some(head) => {
                packet.payload_length += (packet.normal.len() * head.as_bytes().len()) as u32;
                packet.write(PAGE, &mut self.head);
                self.write_in_place(block, &packet.normal, head)?;
            }
            None => {
                self.encode(block, &packet.normal)?;
                packet.payload_length = self.payload.len() as u32;
                packet.write(PAGE, &mut self.head);
                self.write(Packed::Payload)?;
            }
        }
        self.account(packet.payload_length);
        Ok(())
    }

    /// Writes the head of a packet, and its pages from guest memory, each after its own head.
    fn write_in_place(
        &mut self,
        block: &SentBlock,
        offsets: &[u64],
        head: PageHead,
    ) -> Result<(), SourceError> {
        let head = head.as_bytes();
        // Pages without heads in between go out in one piece.
        let runs = page::runs(offsets, |one, next| head.is_empty() && adjacent(one, next));
        let ranges = |(offset, length)| block.memory.host_parts(offset, length);
        let pieces = 2 * offsets.len() + 1;
        // Compression excludes zero-copy, so there are no heads then.
        if let Some(zero_copy) = &mut self.zero_copy {
            // The buffer of the head is reused for the next packet, so the head is copied.
            let mut bytes = Output::new(1);
            bytes.bytes(&self.head);
            let mut pages = GuestOutput::new(pieces);
            runs.flat_map(ranges).for_each(|part| pages.guest(part.range));
            zero_copy.write(&mut bytes)?;
            return Ok(zero_copy.write(&mut pages)?);
        }
        let mut output = Output::new(pieces);
        output.bytes(&self.head);
        for run in runs {
            output.bytes(head);
            ranges(run).for_each(|part| output.guest(part.range));
        }
        Ok(self.channel.write_vectored(&mut output)?)
    }

    /// Encodes the pages of a packet.
    fn encode(&mut self, block: &SentBlock, offsets: &[u64]) -> Result<(), SourceError> {
        self.payload.clear();
        let Some((last, others)) = offsets.split_last() else { return Ok(()) };
        // Copies each page first, because the guest may write it during compression. One page at a
        // time stays in the processor's cache.
        let mut page = [0; PAGE_LEN];
        for &offset in others {
            block.memory.read(offset, &mut page);
            self.encoder.page(&page, &mut self.payload).map_err(SourceError::Compression)?;
        }
        block.memory.read(*last, &mut page);
        self.encoder.last_page(&page, &mut self.payload).map_err(SourceError::Compression)
    }

    /// Writes the head, and the payload if the packet has one.
    fn write(&mut self, what: Packed) -> Result<(), SourceError> {
        let payload = match what {
            Packed::Head => &[][..],
            Packed::Payload => &self.payload,
        };
        if !self.channel.is_plain() {
            self.channel.write_all(&self.head)?;
            return self.channel.write_all(payload).map_err(SourceError::Transport);
        }
        let mut output = Output::new(2);
        output.bytes(&self.head);
        output.bytes(payload);
        match &mut self.zero_copy {
            Some(zero_copy) => zero_copy.write(&mut output)?,
            None => self.channel.write_vectored(&mut output)?,
        }
        Ok(())
    }

    /// Counts a sent packet with `content` bytes of payload.
    fn account(&self, content: u32) {
        let sent = self.head.len() as u64 + u64::from(content);
        self.shared.run.stats.multifd_bytes.add(sent);
        self.shared.run.stats.transferred.add(sent);
    }

    /// Waits until the kernel has sent all zero-copy pages.
    fn settle(&mut self) -> Result<(), SourceError> {
        if let Some(zero_copy) = &mut self.zero_copy
            && zero_copy.settle()?
        {
            self.shared.run.stats.missed_zero_copy.add(1);
        }
        Ok(())
    }
}

/// The payload of a packet.
#[derive(Clone, Copy)]
enum Packed {
    /// None, only a head.
    Head,
    /// Encoded pages.
    Payload,
}

/// Returns the beginnings of the pages, which are in the processor's cache since they were compared
/// with zero. Of fewer pages, these are longer.
fn sample(memory: &dyn Mapping, offsets: &[u64]) -> Vec<u8> {
    /// Bytes of each page at least.
    const EACH: usize = 16;
    let each = Encoder::SAMPLE.div_ceil(offsets.len()).max(EACH);
    let mut sample = vec![0; each * offsets.len()];
    for (part, offset) in sample.chunks_mut(each).zip(offsets) {
        memory.read(*offset, part);
    }
    sample
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guest::Guest;
    use crate::guests::{Machine, MachineConfig};

    #[test]
    fn samples_are_long_enough_and_of_every_page() {
        let machine =
            Machine::new(MachineConfig { incoming: true, ..MachineConfig::new(128 * PAGE) })
                .unwrap();
        let memory = machine.ram()[0].memory.clone();
        let offsets: Vec<u64> = (0..128).map(|page| page * PAGE).collect();
        offsets.iter().for_each(|offset| memory.write(*offset, &[(offset / PAGE) as u8; 512]));
        for (count, length) in [(1, 512), (3, 513), (32, 512), (33, 528), (128, 2048)] {
            let sample = sample(&*memory, &offsets[..count]);
            assert_eq!(sample.len(), length, "{count}");
            let pages = sample.chunks(length / count).map(|part| (part[0], part[part.len() - 1]));
            assert!(pages.eq((0..count as u8).map(|page| (page, page))), "{count}");
        }
    }
}
