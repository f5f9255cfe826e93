//! The records of the `ram` section, and the settings that affect them.

use super::blocks::{BlockEntry, BlockId};

/// One record of the `ram` section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record<'a> {
    /// Start of the block list, with blocks of `total` bytes.
    BlockList {
        /// The sum of the lengths of all blocks, in bytes.
        total: u64,
    },
    /// A block of the list.
    Block(BlockEntry),
    /// A zero page.
    Zero {
        /// The page's block.
        block: BlockId,
        /// The page's offset in the block.
        offset: u64,
    },
    /// A page with its content.
    Page {
        /// The page's block.
        block: BlockId,
        /// The page's offset in the block.
        offset: u64,
        /// One page of bytes.
        data: &'a [u8],
    },
    /// A page whose content is not completely in the input. The caller reads it, one page of bytes,
    /// first from the rest of the input. Only with [`Rules::pages_ahead`].
    PageAhead {
        /// The page's block.
        block: BlockId,
        /// The page's offset in the block.
        offset: u64,
    },
    /// A page as the difference to its old content, for
    /// [`xbzrle::decode`](crate::xbzrle::decode).
    Xbzrle {
        /// The page's block.
        block: BlockId,
        /// The page's offset in the block.
        offset: u64,
        /// At most one page of bytes.
        data: &'a [u8],
    },
    /// A compressed page, for [`compress::Decompressor`](crate::compress::Decompressor).
    Compressed {
        /// The page's block.
        block: BlockId,
        /// The page's offset in the block.
        offset: u64,
        /// A zlib stream.
        data: &'a [u8],
    },
    /// Every multifd channel has a SYNC packet for this: wait for them.
    MultifdFlush,
    /// A record with a meaning for RDMA only.
    Hook,
    /// The end of the section's body.
    Eos,
}

/// Settings that affect records.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// The target's page size in bytes, a power of two of at least 1024: the flags use the bits
    /// below.
    pub page_size: u64,
    /// The host's page size in bytes.
    pub host_page_size: u64,
    /// postcopy-ram is on: the block list has page sizes of huge pages.
    pub postcopy_ram: bool,
    /// x-ignore-shared is on: the block list has guest addresses.
    pub ignore_shared: bool,
    /// compress is on (up to 9.0). Otherwise compressed pages are refused.
    pub compress: bool,
    /// The caller reads the content of pages that is not in the input: see [`Record::PageAhead`].
    pub pages_ahead: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            page_size: 4096,
            host_page_size: 4096,
            postcopy_ram: false,
            ignore_shared: false,
            compress: false,
            pages_ahead: false,
        }
    }
}
