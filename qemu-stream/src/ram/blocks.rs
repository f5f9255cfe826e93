//! RAM blocks in the stream: the destination's table, and the source's list that is checked against
//! it.

use std::collections::{HashMap, HashSet};

use crate::error::ErrorKind;
use crate::name::Name;
use crate::wire::{Fields, Parsed, put_name, put_u64};

/// Largest number of blocks in a list, including those of zero length.
const MAX_BLOCKS: usize = 4096;

/// A RAM block of this side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Its name, e.g. `pc.ram`; equal on both sides.
    pub name: Name,
    /// The length in use, in bytes, a multiple of the target's page size.
    pub length: u64,
    /// The largest length in bytes to which it can be resized, if it can be.
    pub max_length: Option<u64>,
    /// The page size of the memory behind it, in bytes; larger than the host's for huge pages.
    pub page_size: u64,
    /// The guest address, if `x-ignore-shared` leaves this block out. It must be equal on both
    /// sides.
    pub shared_address: Option<u64>,
}

impl Block {
    /// Creates a block that cannot be resized.
    pub fn fixed(name: Name, length: u64, page_size: u64) -> Self {
        Self { name, length, max_length: None, page_size, shared_address: None }
    }
}

/// Identifies a block in a [`BlockTable`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlockId(u32);

impl BlockId {
    /// Returns the index in [`BlockTable::blocks`].
    #[inline]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// An entry of the block list, which a source sends at the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockEntry {
    /// The block. Its length in the table is the source's from here on.
    pub block: BlockId,
    /// The length in use, in bytes.
    pub length: u64,
    /// The page size, sent with postcopy-ram for blocks with huge pages.
    pub page_size: Option<u64>,
    /// The guest address, sent with x-ignore-shared.
    pub address: Option<u64>,
}

/// The RAM blocks of a guest.
#[derive(Clone, Debug, Default)]
pub struct BlockTable {
    blocks: Vec<Block>,
    /// The first block of each name.
    by_name: HashMap<Name, BlockId>,
    adopts: bool,
}

impl BlockTable {
    /// The blocks of a guest that is there already: the stream must fit them.
    pub fn new(blocks: Vec<Block>) -> Self {
        let mut by_name = HashMap::new();
        for (id, block) in (0..).map(BlockId).zip(&blocks) {
            by_name.entry(block.name.clone()).or_insert(id);
        }
        Self { blocks, by_name, adopts: false }
    }

    /// Creates an empty table that adopts the blocks of the stream's list. Their lengths come from
    /// the stream, so check them before allocating memory.
    pub fn adopting() -> Self {
        Self { adopts: true, ..Self::default() }
    }

    /// Returns the blocks in the order of [`new`](Self::new), or of the stream.
    #[inline]
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// Returns the block with this id, which must be from this table.
    #[inline]
    pub fn get(&self, id: BlockId) -> Option<&Block> {
        self.blocks.get(id.index())
    }

    /// The id of the block of that name.
    pub fn find(&self, name: &str) -> Option<BlockId> {
        self.by_name.get(name).copied()
    }

    /// Iterates over the ids of all blocks.
    pub fn ids(&self) -> impl Iterator<Item = BlockId> + use<> {
        (0..self.blocks.len() as u32).map(BlockId)
    }

    /// Adopts no further blocks: the first list is complete.
    pub(super) fn settle(&mut self) {
        self.adopts = false;
    }

    /// Handles an entry of the source's list: the block matches, or is resized or adopted.
    fn enter(&mut self, name: Name, length: u64, page_size: u64) -> Result<BlockId, ErrorKind> {
        let Some(id) = self.find(&name) else {
            if !self.adopts {
                return Err(ErrorKind::UnknownBlock(name));
            }
            if self.blocks.len() >= MAX_BLOCKS {
                let (size, max) = (self.blocks.len() as u64 + 1, MAX_BLOCKS as u64);
                return Err(ErrorKind::TooLarge { what: "number of RAM blocks", size, max });
            }
            let id = BlockId(self.blocks.len() as u32);
            self.by_name.insert(name.clone(), id);
            self.blocks.push(Block::fixed(name, length, page_size));
            return Ok(id);
        };
        let block = &mut self.blocks[id.index()];
        if length != block.length {
            let Some(max) = block.max_length else {
                return Err(ErrorKind::BlockLength { name, received: length, local: block.length });
            };
            if length > max {
                return Err(ErrorKind::BlockTooLarge { name, received: length, max });
            }
            block.length = length;
        }
        Ok(id)
    }
}

/// Settings that affect the fields of a block list's entries.
#[derive(Clone, Copy, Debug)]
pub(super) struct EntryFields {
    /// The larger one of the host's and the target's page size. With postcopy-ram, blocks with
    /// another page size send it.
    pub(super) usual_page_size: u64,
    pub(super) postcopy_ram: bool,
    pub(super) ignore_shared: bool,
}

/// A block list being read.
#[derive(Clone, Debug)]
pub(super) struct BlockList {
    left: u64,
    entries: HashSet<BlockId>,
}

impl BlockList {
    pub(super) fn new(total: u64) -> Self {
        Self { left: total, entries: HashSet::new() }
    }

    /// Returns true if the lengths have reached the total.
    pub(super) fn is_complete(&self) -> bool {
        self.left == 0
    }

    pub(super) fn entry(
        &mut self,
        fields: &mut Fields<'_>,
        table: &mut BlockTable,
        which: EntryFields,
    ) -> Parsed<BlockEntry> {
        let name = fields.name("RAM block")?;
        let length = fields.u64()?;
        let local_page = match table.find(&name) {
            Some(id) => table.blocks[id.index()].page_size,
            None => which.usual_page_size,
        };
        let has_page_size = which.postcopy_ram && local_page != which.usual_page_size;
        let page_size = if has_page_size { Some(fields.u64()?) } else { None };
        let address = if which.ignore_shared { Some(fields.u64()?) } else { None };
        if length > self.left {
            return Err(ErrorKind::BlockListLength { name }.into());
        }
        let block = table.enter(name.clone(), length, local_page)?;
        if let Some(received) = page_size
            && received != local_page
        {
            return Err(ErrorKind::BlockPageSize { name, local: local_page, received }.into());
        }
        if let (Some(received), Some(local)) = (address, table.blocks[block.index()].shared_address)
            && received != local
        {
            return Err(ErrorKind::BlockAddress { name, received, local }.into());
        }
        if !self.entries.insert(block) {
            return Err(ErrorKind::RepeatedBlock(name).into());
        }
        self.left -= length;
        Ok(BlockEntry { block, length, page_size, address })
    }
}

impl BlockEntry {
    pub(super) fn write(&self, name: &Name, out: &mut Vec<u8>) {
        put_name(out, name);
        put_u64(out, self.length);
        for field in [self.page_size, self.address].into_iter().flatten() {
            put_u64(out, field);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Stop;

    const PLAIN: EntryFields =
        EntryFields { usual_page_size: 4096, postcopy_ram: false, ignore_shared: false };

    fn name(text: &str) -> Name {
        text.try_into().unwrap()
    }

    fn entry(name: &str, fields: &[u64]) -> Vec<u8> {
        let mut out = Vec::new();
        put_name(&mut out, &name.try_into().unwrap());
        fields.iter().for_each(|field| put_u64(&mut out, *field));
        out
    }

    fn enter(table: &mut BlockTable, bytes: &[u8], which: EntryFields) -> Parsed<BlockEntry> {
        BlockList::new(0x10_0000).entry(&mut Fields::new(bytes), table, which)
    }

    fn text(table: &mut BlockTable, bytes: &[u8], which: EntryFields) -> String {
        match enter(table, bytes, which) {
            Err(Stop::Bad(kind)) => kind.to_string(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn entries_are_checked_against_the_table() {
        let tables =
            Block { max_length: Some(0x4000), ..Block::fixed(name("tables"), 0x2000, 4096) };
        let table = &mut BlockTable::new(vec![Block::fixed(name("ram"), 0x1000, 4096), tables]);
        assert_eq!(enter(table, &entry("ram", &[0x1000]), PLAIN).unwrap().length, 0x1000);
        assert_eq!(
            text(table, &entry("ram", &[0x2000]), PLAIN),
            "Size mismatch: ram: 0x2000 != 0x1000: Invalid argument"
        );
        assert_eq!(
            text(table, &entry("mem", &[0x2000]), PLAIN),
            "Unknown ramblock \"mem\", cannot accept migration"
        );
        enter(table, &entry("tables", &[0x4000]), PLAIN).unwrap();
        assert_eq!(table.blocks()[1].length, 0x4000);
        assert!(
            text(table, &entry("tables", &[0x5000]), PLAIN)
                .starts_with("Size too large: tables: 0x5000")
        );
        assert!(
            text(table, &entry("ram", &[0x20_0000]), PLAIN)
                .contains("pass their total at block ram")
        );
    }

    #[test]
    fn further_fields_of_an_entry() {
        let huge = Block::fixed(name("huge"), 0x1000, 0x20_0000);
        let shared =
            Block { shared_address: Some(0), ..Block::fixed(name("shared"), 0x1000, 4096) };
        let table = &mut BlockTable::new(vec![huge, shared]);
        let postcopy = EntryFields { postcopy_ram: true, ..PLAIN };
        let ignore = EntryFields { ignore_shared: true, ..PLAIN };
        let read = enter(table, &entry("huge", &[0x1000, 0x20_0000]), postcopy).unwrap();
        assert_eq!(read.page_size, Some(0x20_0000));
        assert_eq!(
            text(table, &entry("huge", &[0x1000, 0x1000]), postcopy),
            "Mismatched RAM page size huge (local) 2097152 != 4096"
        );
        assert_eq!(enter(table, &entry("shared", &[0x1000, 0]), ignore).unwrap().address, Some(0));
        assert_eq!(
            text(table, &entry("shared", &[0x1000, 7]), ignore),
            "Mismatched GPAs for block shared 7 != 0"
        );
    }

    #[test]
    #[cfg_attr(miri, ignore = "takes minutes")]
    fn adopting_is_bounded() {
        let table = &mut BlockTable::adopting();
        let mut list = BlockList::new(0x1000);
        for index in 0..MAX_BLOCKS {
            let bytes = entry(&format!("b{index}"), &[0]);
            list.entry(&mut Fields::new(&bytes), table, PLAIN).unwrap();
        }
        let bytes = entry("one more", &[0]);
        assert!(list.entry(&mut Fields::new(&bytes), table, PLAIN).is_err());
        assert!(!list.is_complete());
    }

    #[test]
    fn a_list_names_each_block_once() {
        for mut table in
            [BlockTable::adopting(), BlockTable::new(vec![Block::fixed(name("a"), 0x1000, 4096)])]
        {
            let mut list = BlockList::new(0x2000);
            let bytes = entry("a", &[0x1000]);
            list.entry(&mut Fields::new(&bytes), &mut table, PLAIN).unwrap();
            assert_eq!(
                list.entry(&mut Fields::new(&bytes), &mut table, PLAIN),
                Err(ErrorKind::RepeatedBlock(name("a")).into())
            );
        }
    }
}
