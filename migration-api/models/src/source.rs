//! The source: the queue of packets for multifd channels.

#[path = "../../src/source/multifd/queue.rs"]
mod queue;

use shuttle::thread;

use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::{Arc, Mutex};
use queue::{Broken, ChannelWork, PacketQueue};

const LANES: usize = 2;

/// The channels' threads, and the packets that they have written: batches by their first offset.
struct Lanes {
    queue: PacketQueue,
    written: Mutex<Vec<u64>>,
    syncs: AtomicU64,
}

impl Lanes {
    fn new() -> Arc<Self> {
        let (written, syncs) = (Mutex::new(Vec::new()), AtomicU64::new(0));
        Arc::new(Self { queue: PacketQueue::new(LANES), written, syncs })
    }

    /// Writes packets until nothing comes any more, or up to `fail_at` of them.
    fn serve(&self, lane: usize, fail_at: usize) {
        for _ in 0..fail_at {
            match self.queue.next(lane) {
                ChannelWork::Send(batch) => self.written.lock().unwrap().push(batch.offsets[0]),
                ChannelWork::Sync(_) => {
                    self.syncs.fetch_add(1, Ordering::SeqCst);
                    self.queue.synced(lane);
                }
                ChannelWork::End => return,
            }
        }
        self.queue.fail();
    }

    fn start(self: &Arc<Self>, fail_at: [usize; LANES]) -> Vec<thread::JoinHandle<()>> {
        let lanes = fail_at.into_iter().enumerate().map(|(lane, fail_at)| {
            let lanes = self.clone();
            thread::spawn(move || lanes.serve(lane, fail_at))
        });
        lanes.collect()
    }

    fn written(&self) -> Vec<u64> {
        let mut written = self.written.lock().unwrap().clone();
        written.sort_unstable();
        written
    }
}

/// Two rounds of packets: each is written once, all of a round before its SYNC returns, and the end
/// finds nothing left.
pub fn every_packet_is_written_before_its_sync() {
    let lanes = Lanes::new();
    let threads = lanes.start([usize::MAX; LANES]);
    for round in 1..=2 {
        for number in 0..3 {
            lanes.queue.send(0, vec![round * 10 + number]).unwrap();
        }
        lanes.queue.sync().unwrap();
        assert_eq!(lanes.syncs.load(Ordering::SeqCst), round * LANES as u64);
        let expected: Vec<u64> =
            (1..=round).flat_map(|r| (0..3).map(move |n| r * 10 + n)).collect();
        assert_eq!(lanes.written(), expected);
    }
    assert!(lanes.queue.end());
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

/// A channel fails at any of its packets: neither the other channels nor the thread that finds
/// pages wait for it.
pub fn a_failure_ends_every_wait() {
    let lanes = Lanes::new();
    let threads = lanes.start([1, usize::MAX]);
    let sent = (0..4).try_for_each(|number| lanes.queue.send(0, vec![number]));
    // The one packet of the channel may be its SYNC.
    let synced = sent.and_then(|()| lanes.queue.sync()).and_then(|()| lanes.queue.sync());
    assert_eq!(synced, Err(Broken));
    assert!(!lanes.queue.end());
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

/// A yank or cancel breaks the queue during a SYNC, and the end follows at once.
pub fn a_yank_ends_a_sync() {
    let lanes = Lanes::new();
    let threads = lanes.start([usize::MAX; LANES]);
    let yank = thread::spawn({
        let lanes = lanes.clone();
        move || lanes.queue.fail()
    });
    let synced = lanes.queue.send(0, vec![1]).and_then(|()| lanes.queue.sync());
    if synced.is_ok() {
        assert_eq!(lanes.written(), [1]);
    }
    yank.join().unwrap();
    assert!(!lanes.queue.end(), "a broken queue has not sent everything");
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}
