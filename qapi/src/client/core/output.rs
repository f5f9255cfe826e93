//! The output queue: bytes to be sent, and file descriptors that go with some of them.

use std::collections::VecDeque;

use rustix::fd::OwnedFd;

/// Bytes to be sent, oldest first. Requests without file descriptors share a chunk, so that one
/// system call sends many of them.
#[derive(Debug, Default)]
pub(in crate::client) struct SendQueue {
    chunks: VecDeque<Chunk>,
    /// Bytes queued since the connection was made.
    queued: u64,
    /// Bytes sent since then.
    sent: u64,
}

/// Bytes with the file descriptors that go with the first of them.
#[derive(Debug)]
struct Chunk {
    bytes: Vec<u8>,
    sent: usize,
    fds: Vec<OwnedFd>,
}

/// Above this length a chunk takes no further request.
const CHUNK: usize = 64 << 10;

impl SendQueue {
    /// Queues bytes; returns the position of their end in the stream.
    pub fn push(&mut self, bytes: &[u8], fds: Vec<OwnedFd>) -> u64 {
        self.queued += bytes.len() as u64;
        match self.chunks.back_mut() {
            Some(last) if fds.is_empty() && last.bytes.len() + bytes.len() <= CHUNK => {
                last.bytes.extend_from_slice(bytes);
            }
            _ => self.chunks.push_back(Chunk { bytes: bytes.to_vec(), sent: 0, fds }),
        }
        self.queued
    }

    /// The bytes to send next, with the file descriptors that go with them.
    pub fn next(&self) -> Option<(&[u8], &[OwnedFd])> {
        self.chunks.front().map(|chunk| (&chunk.bytes[chunk.sent..], &chunk.fds[..]))
    }

    /// Takes off bytes that were sent.
    pub fn advance(&mut self, length: usize) {
        self.sent += length as u64;
        if let Some(chunk) = self.chunks.front_mut() {
            chunk.sent += length;
            chunk.fds.clear();
            if chunk.sent >= chunk.bytes.len() {
                self.chunks.pop_front();
            }
        }
    }

    /// Takes off the next chunk unsent; returns the positions of its beginning and its end.
    pub fn reject(&mut self) -> Option<(u64, u64)> {
        let chunk = self.chunks.pop_front()?;
        let start = self.sent;
        self.sent += (chunk.bytes.len() - chunk.sent) as u64;
        Some((start, self.sent))
    }

    /// Drops everything that is not sent.
    pub fn clear(&mut self) {
        self.chunks.clear();
        self.queued = self.sent;
    }

    /// Returns true if there is something to send.
    pub fn is_pending(&self) -> bool {
        !self.chunks.is_empty()
    }

    /// The number of bytes sent.
    pub fn sent(&self) -> u64 {
        self.sent
    }
}
