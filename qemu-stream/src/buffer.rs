//! A buffer between a connection and a reader that works on slices.

use std::io::{self, Read};

/// Bytes that have arrived and are not consumed yet.
#[derive(Debug)]
pub struct Buffer {
    bytes: Box<[u8]>,
    start: usize,
    end: usize,
}

impl Buffer {
    /// Creates a buffer of `capacity` bytes, at least what the reader needs, such as
    /// [`MIN_INPUT`](super::MIN_INPUT).
    pub fn new(capacity: usize) -> Self {
        Self { bytes: vec![0; capacity].into(), start: 0, end: 0 }
    }

    /// Returns the bytes that are not consumed.
    #[inline]
    pub fn filled(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    /// Consumes the first `used` bytes.
    #[inline]
    pub fn consume(&mut self, used: usize) {
        self.start = (self.start + used).min(self.end);
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        }
    }

    /// Reads once, as much as there is room for. Returns 0 at EOF, or if the buffer is full.
    pub fn fill(&mut self, from: &mut impl Read) -> io::Result<usize> {
        // Move the rest only once it is short, or if it leaves no room.
        if self.start > self.bytes.len() / 2 || self.end == self.bytes.len() {
            self.bytes.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        let count = loop {
            match from.read(&mut self.bytes[self.end..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => break result?,
            }
        };
        self.end += count;
        Ok(count)
    }

    /// Reads `out.len()` bytes, such as the content of a page, first from the buffer and then from
    /// the connection.
    pub fn read_exact(&mut self, from: &mut impl Read, out: &mut [u8]) -> io::Result<()> {
        let (head, rest) = out.split_at_mut(out.len().min(self.filled().len()));
        head.copy_from_slice(&self.filled()[..head.len()]);
        self.consume(head.len());
        from.read_exact(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_out_in_order() {
        let data: Vec<u8> = (0..100).collect();
        let mut from = data.as_slice();
        let mut buffer = Buffer::new(16);
        let mut out = Vec::new();
        while buffer.fill(&mut from).unwrap() > 0 {
            let take = buffer.filled().len().min(7);
            out.extend_from_slice(&buffer.filled()[..take]);
            buffer.consume(take);
            if out.len() == 35 {
                let mut piece = [0; 20];
                buffer.read_exact(&mut from, &mut piece).unwrap();
                assert_eq!(buffer.filled(), b"");
                out.extend(piece);
            }
        }
        out.extend_from_slice(buffer.filled());
        assert_eq!(out, data);
    }

    #[test]
    fn a_full_buffer_reads_nothing() {
        let mut buffer = Buffer::new(4);
        assert_eq!(buffer.fill(&mut &[0; 9][..]).unwrap(), 4);
        assert_eq!(buffer.fill(&mut &[0; 9][..]).unwrap(), 0);
        assert!(buffer.read_exact(&mut &[][..], &mut [0; 5]).is_err());
    }
}
