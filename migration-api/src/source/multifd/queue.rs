//! The work queue of the channel threads: packets of pages for any free channel, and a SYNC for
//! each.

use std::collections::VecDeque;

use crate::sync::{Condvar, IgnorePoison, Mutex, MutexGuard};

/// Pages of one block that go into one packet.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Batch {
    /// An index into the blocks that are sent.
    pub(super) block: usize,
    pub(super) offsets: Vec<u64>,
    /// The packet's number.
    pub(super) number: u64,
}

/// Pages of one block that turned out to be zero.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Zeroes {
    /// An index into the blocks that are sent.
    pub(super) block: usize,
    pub(super) offsets: Vec<u64>,
}

/// Next task of a channel's thread.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ChannelWork {
    Send(Batch),
    /// Send a SYNC packet with this number.
    Sync(u64),
    /// Stop: the queue has ended.
    End,
}

/// A channel has failed, and its thread has recorded the error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Broken;

/// The queue between the migration thread and the channel threads.
pub(super) struct PacketQueue {
    state: Mutex<QueueState>,
    /// Signalled when there is work.
    work: Condvar,
    /// Signalled when the migration thread can go on.
    done: Condvar,
    capacity: usize,
    /// Number of batches at which the migration thread adds further ones, once the queue was full.
    refill: usize,
}

/// Batches beyond one per channel. They let the migration thread sleep while several are sent.
const SPARE: usize = 8;

struct QueueState {
    batches: VecDeque<Batch>,
    /// Zero pages to send on the main channel.
    zeroes: Vec<Zeroes>,
    /// The number of the next packet.
    number: u64,
    /// Number of SYNCs requested of every channel.
    syncs: u64,
    /// Number of SYNCs sent by each channel.
    synced: Vec<u64>,
    /// Number of channel threads that wait for work.
    idle: usize,
    /// The migration thread waits for room.
    full: bool,
    ending: bool,
    broken: bool,
}

impl PacketQueue {
    pub(super) fn new(lanes: usize) -> Self {
        let state = QueueState {
            batches: VecDeque::new(),
            zeroes: Vec::new(),
            number: 0,
            syncs: 0,
            synced: vec![0; lanes],
            idle: 0,
            full: false,
            ending: false,
            broken: false,
        };
        // One batch per channel waits, so that a channel that is done finds the next one.
        Self {
            state: Mutex::new(state),
            work: Condvar::new(),
            done: Condvar::new(),
            capacity: lanes + SPARE,
            refill: lanes,
        }
    }

    fn state(&self) -> MutexGuard<'_, QueueState> {
        self.state.lock().ignore_poison()
    }

    /// Queues pages for the next free channel. Blocks while the queue is full.
    pub(super) fn send(&self, block: usize, offsets: Vec<u64>) -> Result<(), Broken> {
        let mut state = self.state();
        state.full = state.batches.len() >= self.capacity;
        while state.full && !state.broken {
            state = self.done.wait(state).ignore_poison();
        }
        if state.broken {
            return Err(Broken);
        }
        let number = state.take_number();
        state.batches.push_back(Batch { block, offsets, number });
        let awaited = state.idle > 0;
        drop(state);
        // A signal is a system call, even if no thread waits.
        if awaited {
            self.work.notify_one();
        }
        Ok(())
    }

    /// Makes every channel send a SYNC after everything queued before, and waits until they have.
    pub(super) fn sync(&self) -> Result<(), Broken> {
        let mut state = self.state();
        state.syncs += 1;
        self.work.notify_all();
        while !state.broken && !state.is_synced() {
            state = self.done.wait(state).ignore_poison();
        }
        if state.broken { Err(Broken) } else { Ok(()) }
    }

    /// Adds zero pages, to be sent on the main channel.
    pub(super) fn hand_over(&self, zeroes: Zeroes) {
        self.state().zeroes.push(zeroes);
    }

    /// Takes the added zero pages.
    pub(super) fn zeroes(&self) -> Vec<Zeroes> {
        std::mem::take(&mut self.state().zeroes)
    }

    /// Ends the queue. Returns true if everything queued was sent. The rest is dropped.
    pub(super) fn end(&self) -> bool {
        let mut state = self.state();
        let is_sent = !state.broken && state.batches.is_empty() && state.is_synced();
        state.ending = true;
        state.broken = !is_sent;
        self.work.notify_all();
        is_sent
    }

    /// Returns true if a channel has failed, or if the migration has ended before everything was
    /// sent.
    pub(super) fn is_broken(&self) -> bool {
        self.state().broken
    }

    /// Returns a channel's next task, once there is one. The call means that its previous task is
    /// done.
    pub(super) fn next(&self, lane: usize) -> ChannelWork {
        let mut state = self.state();
        loop {
            if state.broken {
                return ChannelWork::End;
            }
            if let Some(batch) = state.batches.pop_front() {
                if state.full && state.batches.len() <= self.refill {
                    state.full = false;
                    self.done.notify_one();
                }
                return ChannelWork::Send(batch);
            }
            // No batch is queued until all channels have sent their SYNC, so it does not matter if
            // others are still sending.
            if state.synced[lane] < state.syncs {
                return ChannelWork::Sync(state.take_number());
            }
            if state.ending {
                return ChannelWork::End;
            }
            state.idle += 1;
            state = self.work.wait(state).ignore_poison();
            state.idle -= 1;
        }
    }

    /// Records that a channel has sent a SYNC.
    pub(super) fn synced(&self, lane: usize) {
        let mut state = self.state();
        state.synced[lane] += 1;
        if state.is_synced() {
            self.done.notify_one();
        }
    }

    /// Records that a channel has failed, and releases all waiting threads.
    pub(super) fn fail(&self) {
        self.state().broken = true;
        self.work.notify_all();
        self.done.notify_all();
    }
}

impl QueueState {
    fn is_synced(&self) -> bool {
        self.synced.iter().all(|count| *count == self.syncs)
    }

    fn take_number(&mut self) -> u64 {
        self.number += 1;
        self.number - 1
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn a_sync_waits_for_every_lane_and_comes_behind_all_pages() {
        let queue = Arc::new(PacketQueue::new(2));
        queue.send(0, vec![1]).unwrap();
        queue.send(1, vec![2]).unwrap();
        let syncing = std::thread::spawn({
            let queue = queue.clone();
            move || queue.sync()
        });
        assert_eq!(
            queue.next(0),
            ChannelWork::Send(Batch { block: 0, offsets: vec![1], number: 0 })
        );
        assert_eq!(
            queue.next(0),
            ChannelWork::Send(Batch { block: 1, offsets: vec![2], number: 1 })
        );
        assert_eq!(queue.next(1), ChannelWork::Sync(2));
        queue.synced(1);
        assert_eq!(queue.next(0), ChannelWork::Sync(3));
        queue.synced(0);
        assert_eq!(syncing.join().unwrap(), Ok(()));
        assert!(queue.end());
        assert_eq!((queue.next(0), queue.next(1)), (ChannelWork::End, ChannelWork::End));
    }

    #[test]
    fn a_full_queue_takes_batches_again_once_it_is_down_to_one_per_lane() {
        let queue = Arc::new(PacketQueue::new(2));
        let (sent, results) = std::sync::mpsc::channel();
        let sending = std::thread::spawn({
            let queue = queue.clone();
            move || {
                for number in 0..2 + SPARE as u64 + 1 {
                    queue.send(0, vec![number]).unwrap();
                    sent.send(number).unwrap();
                }
            }
        });
        let queued: Vec<u64> = results.iter().take(2 + SPARE).collect();
        assert_eq!(queued.len(), 2 + SPARE);
        while !queue.state().full {
            std::thread::yield_now();
        }
        for number in 0..SPARE as u64 {
            assert!(results.try_recv().is_err());
            assert_eq!(
                queue.next(0),
                ChannelWork::Send(Batch { block: 0, offsets: vec![number], number })
            );
        }
        sending.join().unwrap();
        assert_eq!(results.recv(), Ok(2 + SPARE as u64));
    }

    #[test]
    fn a_failed_channel_releases_all_waiting_threads() {
        let queue = Arc::new(PacketQueue::new(1));
        queue.send(0, Vec::new()).unwrap();
        let waiting = std::thread::spawn({
            let queue = queue.clone();
            move || {
                while queue.send(0, Vec::new()).is_ok() {}
                queue.sync()
            }
        });
        queue.fail();
        assert_eq!(waiting.join().unwrap(), Err(Broken));
        assert!(!queue.end());
        assert_eq!(queue.next(0), ChannelWork::End);
    }
}
