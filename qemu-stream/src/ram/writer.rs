//! Writes the records of the `ram` section, and of the preempt channel.

use super::blocks::{BlockEntry, BlockId, BlockTable};
use super::{ENCODING_XBZRLE, flag};
use crate::wire::{put_name, put_u8, put_u16, put_u32, put_u64};

/// Writes the records of one connection. Leaves out the block name if the last page was of the same
/// block.
///
/// [`page`](Self::page) appends only the header of a record, which one page of content has to
/// follow. So the headers of several pages can be collected in one buffer, and written together
/// with the pages in guest memory by one vectored write.
#[derive(Clone, Debug, Default)]
pub struct RamWriter {
    last: Option<BlockId>,
}

/// Returns the header of a page in the same block as the previous page.
#[inline]
pub const fn continued_head(offset: u64) -> [u8; 8] {
    (offset | flag::PAGE | flag::CONTINUE).to_be_bytes()
}

impl RamWriter {
    /// Creates a writer for a new connection.
    pub fn new() -> Self {
        Self::default()
    }

    /// Forgets the last block, so that the next page names its block: at the switch to postcopy,
    /// and on recovery.
    pub fn forget_block(&mut self) {
        self.last = None;
    }

    /// Appends the list of blocks, which starts the section's first body.
    pub fn block_list(&self, out: &mut Vec<u8>, blocks: &BlockTable, entries: &[BlockEntry]) {
        let total: u64 = entries.iter().map(|entry| entry.length).sum();
        put_u64(out, total | flag::MEM_SIZE);
        for entry in entries {
            if let Some(block) = blocks.get(entry.block) {
                entry.write(&block.name, out);
            }
        }
    }

    /// Appends a page of zeroes.
    #[inline]
    pub fn zero(&mut self, out: &mut Vec<u8>, blocks: &BlockTable, block: BlockId, offset: u64) {
        self.head(out, flag::ZERO, blocks, block, offset);
        put_u8(out, 0);
    }

    /// Appends the header of a page, which its content must follow.
    #[inline]
    pub fn page(&mut self, out: &mut Vec<u8>, blocks: &BlockTable, block: BlockId, offset: u64) {
        self.head(out, flag::PAGE, blocks, block, offset);
    }

    /// Appends a page as the difference to the content sent last: the output of
    /// [`xbzrle::encode`](crate::xbzrle::encode).
    pub fn xbzrle(
        &mut self,
        out: &mut Vec<u8>,
        blocks: &BlockTable,
        block: BlockId,
        offset: u64,
        data: &[u8],
    ) {
        self.head(out, flag::XBZRLE, blocks, block, offset);
        put_u8(out, ENCODING_XBZRLE);
        // An encoded page is never longer than the page, and no target has pages of more than 64
        // KiB.
        put_u16(out, data.len() as u16);
        out.extend_from_slice(data);
    }

    /// Appends a compressed page: the output of
    /// [`compress::Compressor`](crate::compress::Compressor).
    pub fn compressed(
        &mut self,
        out: &mut Vec<u8>,
        blocks: &BlockTable,
        block: BlockId,
        offset: u64,
        data: &[u8],
    ) {
        self.head(out, flag::COMPRESS_PAGE, blocks, block, offset);
        put_u32(out, data.len() as u32);
        out.extend_from_slice(data);
    }

    /// Appends the mark for a SYNC packet on every multifd channel (8.1 and newer).
    pub fn multifd_flush(&self, out: &mut Vec<u8>) {
        put_u64(out, flag::MULTIFD_FLUSH);
    }

    /// Appends the end marker of the section's body.
    pub fn eos(&self, out: &mut Vec<u8>) {
        put_u64(out, flag::EOS);
    }

    #[inline]
    fn head(
        &mut self,
        out: &mut Vec<u8>,
        kind: u64,
        blocks: &BlockTable,
        block: BlockId,
        offset: u64,
    ) {
        if self.last == Some(block) {
            put_u64(out, offset | kind | flag::CONTINUE);
            return;
        }
        put_u64(out, offset | kind);
        if let Some(block) = blocks.get(block) {
            put_name(out, &block.name);
        }
        self.last = Some(block);
    }
}

#[cfg(test)]
mod tests {
    use super::super::Block;
    use super::*;

    #[test]
    fn names_only_where_the_block_changes() {
        let block = |name: &str| Block::fixed(name.try_into().unwrap(), 0x2000, 4096);
        let table = BlockTable::new(vec![block("a"), block("b")]);
        let [a, b] = ["a", "b"].map(|name| table.find(name).unwrap());
        let (mut out, mut writer) = (Vec::new(), RamWriter::new());
        writer.zero(&mut out, &table, a, 0);
        writer.zero(&mut out, &table, a, 0x1000);
        writer.page(&mut out, &table, b, 0);
        writer.forget_block();
        writer.page(&mut out, &table, b, 0x1000);
        assert_eq!(
            out,
            b"\0\0\0\0\0\0\0\x02\x01a\0\
              \0\0\0\0\0\0\x10\x22\0\
              \0\0\0\0\0\0\0\x08\x01b\
              \0\0\0\0\0\0\x10\x08\x01b"
        );
    }
}
