//! The `ram` section: records of pages, after the list of blocks.
//!
//! The body of every part is a sequence of records that ends with [`Record::Eos`]. A record starts
//! with eight bytes: a page offset, with flags in the bits below the page size.

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
