//! Pages in a zstd stream as they are, each in a frame of its own (RFC 8878, section 3.1.1).
//!
//! A frame can hold its content in a raw block. A page sent in this way needs no copy: not in the
//! compressor, and not in a decompressor that finds the whole content in one block.

/// The bytes before a page in the payload: the head of a zstd frame with one raw block, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageHead {
    bytes: [u8; Self::FRAME],
    length: usize,
}

impl PageHead {
    /// Length of a frame's head.
    const FRAME: usize = 10;

    /// Nothing, as in a payload that is not compressed.
    pub(super) const NONE: Self = Self { bytes: [0; Self::FRAME], length: 0 };

    /// Returns the head of the frame of a page, of 256 bytes to 64 KiB.
    pub(super) const fn frame(page_size: u64) -> Self {
        const MAGIC: u32 = 0xfd2f_b528;
        /// The content has the length that follows in two bytes, and is all that a decoder keeps.
        const DESCRIPTOR: u8 = 0x60;
        /// The last block of the frame, and raw.
        const BLOCK: u32 = 0x1;
        let magic = MAGIC.to_le_bytes();
        // Lengths of two bytes count from 256.
        let size = (page_size as u16).wrapping_sub(256).to_le_bytes();
        let block = (BLOCK | (page_size as u32) << 3).to_le_bytes();
        Self {
            bytes: [
                magic[0], magic[1], magic[2], magic[3], DESCRIPTOR, size[0], size[1], block[0],
                block[1], block[2],
            ],
            length: Self::FRAME,
        }
    }

    /// Returns the bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}
