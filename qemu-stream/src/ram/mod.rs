//! The `ram` section: records of pages, after the list of blocks.
//!
//! The body of every part is a sequence of records that ends with [`Record::Eos`]. A record starts
//! with eight bytes: a page offset, with flags in the bits below the page size. The name of the
//! page's block follows, 1 + n bytes, unless the flag CONTINUE says that it is the block of the
//! previous page (QEMU 10.0: `RAM_SAVE_FLAG_*` in `migration/ram.c`).
//!
//! | flag | record | after the eight bytes and the name, with lengths in bytes |
//! |---|---|---|
//! | `002` | [`Zero`](Record::Zero): a page of zeroes | zero 1 |
//! | `004` | [`BlockList`](Record::BlockList): the sum of lengths as the offset | the blocks |
//! | `008` | [`Page`](Record::Page) | content, one page |
//! | `010` | [`Eos`](Record::Eos): end of the body, without a name | |
//! | `020` | CONTINUE, with another flag | |
//! | `040` | [`Xbzrle`](Record::Xbzrle) | encoding 1 1, length 2, [runs](crate::xbzrle) |
//! | `080` | [`Hook`](Record::Hook), for RDMA | |
//! | `100` | [`Compressed`](Record::Compressed), up to 9.0 | length 4, a zlib stream |
//! | `200` | [`MultifdFlush`](Record::MultifdFlush), 8.1 and newer, without a name | |
//!
//! The first body starts with the list of blocks. A block is its name, 1 + n bytes, and its length
//! in bytes, 8. With `postcopy-ram`, the page size of huge pages follows, 8 bytes, and with
//! `x-ignore-shared` the guest address, 8 bytes.
//!
//! The preempt channel of postcopy has the same records without sections around them.

mod blocks;
mod record;
mod record_reader;
mod writer;

pub use blocks::{Block, BlockEntry, BlockId, BlockTable};
pub use record::{Record, Rules};
pub use record_reader::RecordReader;
pub use writer::{RamWriter, continued_head};

/// The only version of the section.
pub const VERSION: u32 = 4;

/// The section's name.
pub const NAME: &str = "ram";

mod flag {
    pub(super) const ZERO: u64 = 0x002;
    pub(super) const MEM_SIZE: u64 = 0x004;
    pub(super) const PAGE: u64 = 0x008;
    pub(super) const EOS: u64 = 0x010;
    pub(super) const CONTINUE: u64 = 0x020;
    pub(super) const XBZRLE: u64 = 0x040;
    pub(super) const HOOK: u64 = 0x080;
    pub(super) const COMPRESS_PAGE: u64 = 0x100;
    pub(super) const MULTIFD_FLUSH: u64 = 0x200;
}

/// Marks an XBZRLE page; there is no other encoding.
const ENCODING_XBZRLE: u8 = 1;
