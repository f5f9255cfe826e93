//! Reads the records of the `ram` section, and of the preempt channel.

use super::blocks::{BlockId, BlockList, BlockTable, EntryFields};
use super::record::{Record, Rules};
use super::{ENCODING_XBZRLE, flag};
use crate::error::ErrorKind;
use crate::wire::{Fields, Parsed, Stop};

/// Reads the records of one connection. Remembers the block of the last page.
#[derive(Clone, Debug)]
pub struct RecordReader {
    rules: Rules,
    last: Option<BlockId>,
    list: Option<BlockList>,
    postcopy: bool,
}

impl RecordReader {
    /// Creates a reader for a new connection.
    pub fn new(rules: Rules) -> Self {
        Self { rules, last: None, list: None, postcopy: false }
    }

    /// Returns the rules in force.
    #[inline]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    pub(crate) fn rules_mut(&mut self) -> &mut Rules {
        &mut self.rules
    }

    /// Switches the postcopy phase, in which only pages are allowed.
    pub fn set_postcopy(&mut self, on: bool) {
        self.postcopy = on;
    }

    /// Returns true in the postcopy phase.
    #[inline]
    pub fn is_postcopy(&self) -> bool {
        self.postcopy
    }

    /// Forgets the last block, for a new connection.
    pub fn forget_block(&mut self) {
        self.last = None;
    }

    /// Reads the next record from the start of `input`. Returns it with its length in bytes, or
    /// `None` if it is incomplete.
    pub fn step<'a>(
        &mut self,
        blocks: &mut BlockTable,
        input: &'a [u8],
    ) -> Result<Option<(usize, Record<'a>)>, ErrorKind> {
        let mut fields = Fields::new(input);
        match self.record(blocks, &mut fields) {
            Ok(record) => Ok(Some((fields.used(), record))),
            Err(Stop::Short) => Ok(None),
            Err(Stop::Bad(kind)) => Err(kind),
        }
    }

    pub(crate) fn record<'a>(
        &mut self,
        blocks: &mut BlockTable,
        fields: &mut Fields<'a>,
    ) -> Parsed<Record<'a>> {
        if let Some(list) = &mut self.list {
            if !list.is_complete() {
                let which = EntryFields {
                    usual_page_size: self.rules.host_page_size.max(self.rules.page_size),
                    postcopy_ram: self.rules.postcopy_ram,
                    ignore_shared: self.rules.ignore_shared,
                };
                return list.entry(fields, blocks, which).map(Record::Block);
            }
            self.list = None;
            blocks.settle();
        }
        let word = fields.u64()?;
        let flags = word & (self.rules.page_size - 1);
        let address = word - flags;
        let unknown = || Stop::Bad(ErrorKind::Flags { flags, postcopy: self.postcopy });
        match flags & !flag::CONTINUE {
            flag::EOS => Ok(Record::Eos),
            flag::MULTIFD_FLUSH => Ok(Record::MultifdFlush),
            flag::HOOK | flag::MEM_SIZE | flag::XBZRLE if self.postcopy => Err(unknown()),
            flag::HOOK => Ok(Record::Hook),
            flag::MEM_SIZE => {
                self.list = Some(BlockList::new(address));
                Ok(Record::BlockList { total: address })
            }
            flag::COMPRESS_PAGE if !self.rules.compress => {
                Err(ErrorKind::UnexpectedCompressed.into())
            }
            kind @ (flag::ZERO | flag::PAGE | flag::XBZRLE | flag::COMPRESS_PAGE) => {
                let block = self.block(blocks, fields, flags & flag::CONTINUE != 0, address)?;
                let record = self.page(kind, block, address, fields)?;
                self.last = Some(block);
                Ok(record)
            }
            _ => Err(unknown()),
        }
    }

    fn block(
        &self,
        blocks: &BlockTable,
        fields: &mut Fields<'_>,
        same: bool,
        offset: u64,
    ) -> Parsed<BlockId> {
        let id = if same {
            self.last.ok_or(ErrorKind::NoBlockYet { offset })?
        } else {
            let text = std::str::from_utf8(fields.counted()?).ok();
            let name = text.ok_or(ErrorKind::NotText { what: "RAM block" })?;
            match blocks.find(name) {
                Some(id) => id,
                None => {
                    let name =
                        name.try_into().map_err(|_| ErrorKind::NotText { what: "RAM block" })?;
                    return Err(ErrorKind::PageBlock { name, offset }.into());
                }
            }
        };
        let block = blocks.get(id);
        if let Some(block) =
            block.filter(|block| self.rules.ignore_shared && block.shared_address.is_some())
        {
            return Err(ErrorKind::IgnoredBlock { name: block.name.clone(), offset }.into());
        }
        let length = block.map_or(0, |block| block.length);
        if offset.checked_add(self.rules.page_size).is_none_or(|end| end > length) {
            return Err(ErrorKind::PageOffset(offset).into());
        }
        Ok(id)
    }

    fn page<'a>(
        &self,
        kind: u64,
        block: BlockId,
        offset: u64,
        fields: &mut Fields<'a>,
    ) -> Parsed<Record<'a>> {
        let page_size = self.rules.page_size as usize;
        match kind {
            flag::ZERO => match fields.u8()? {
                0 => Ok(Record::Zero { block, offset }),
                fill => Err(ErrorKind::ZeroFill(fill).into()),
            },
            flag::PAGE => match fields.take(page_size) {
                Ok(data) => Ok(Record::Page { block, offset, data }),
                Err(Stop::Short) if self.rules.pages_ahead => {
                    Ok(Record::PageAhead { block, offset })
                }
                Err(stop) => Err(stop),
            },
            flag::XBZRLE => {
                if fields.u8()? != ENCODING_XBZRLE {
                    return Err(ErrorKind::XbzrleEncoding { offset }.into());
                }
                let length = usize::from(fields.u16()?);
                if length > page_size {
                    return Err(ErrorKind::XbzrleLength { offset }.into());
                }
                Ok(Record::Xbzrle { block, offset, data: fields.take(length)? })
            }
            _ => {
                let length = fields.u32()?;
                if length as usize > crate::compress::bound(page_size) {
                    return Err(ErrorKind::CompressedLength(length).into());
                }
                Ok(Record::Compressed { block, offset, data: fields.take(length as usize)? })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Block, BlockEntry, RamWriter};
    use super::*;

    fn table() -> BlockTable {
        BlockTable::new(vec![Block::fixed("ram".try_into().unwrap(), 0x4000, 4096)])
    }

    fn reader() -> RecordReader {
        RecordReader::new(Rules { compress: true, ..Rules::default() })
    }

    fn one(reader: &mut RecordReader, bytes: &[u8]) -> Result<Option<usize>, String> {
        let step = reader.step(&mut table(), bytes);
        step.map(|step| step.map(|(used, _)| used)).map_err(|kind| kind.to_string())
    }

    fn word(value: u64, rest: &[u8]) -> Vec<u8> {
        [&value.to_be_bytes()[..], rest].concat()
    }

    #[test]
    fn every_record_reads_back_in_pieces() {
        let mut table = table();
        let ram = table.find("ram").unwrap();
        let (mut out, mut writer) = (Vec::new(), RamWriter::new());
        let entry = BlockEntry { block: ram, length: 0x4000, page_size: None, address: None };
        writer.block_list(&mut out, &table, std::slice::from_ref(&entry));
        writer.zero(&mut out, &table, ram, 0x1000);
        writer.page(&mut out, &table, ram, 0x2000);
        out.extend([0xab; 4096]);
        writer.xbzrle(&mut out, &table, ram, 0x3000, b"\0\x01x");
        writer.compressed(&mut out, &table, ram, 0, b"zlib");
        writer.multifd_flush(&mut out);
        writer.eos(&mut out);

        let expected = [
            Record::BlockList { total: 0x4000 },
            Record::Block(entry),
            Record::Zero { block: ram, offset: 0x1000 },
            Record::Page { block: ram, offset: 0x2000, data: &[0xab; 4096] },
            Record::Xbzrle { block: ram, offset: 0x3000, data: b"\0\x01x" },
            Record::Compressed { block: ram, offset: 0, data: b"zlib" },
            Record::MultifdFlush,
            Record::Eos,
        ];
        let mut reader = reader();
        let mut at = 0;
        for record in expected {
            let mut end = at;
            loop {
                match reader.step(&mut table, &out[at..end]).unwrap() {
                    Some((used, read)) => {
                        assert_eq!(read, record);
                        assert_eq!(used, end - at, "no byte more than needed was asked for");
                        at = end;
                        break;
                    }
                    None => end += 1,
                }
            }
        }
        assert_eq!(at, out.len());
    }

    #[test]
    fn a_page_ahead_is_left_to_the_caller() {
        let mut reader = RecordReader::new(Rules { pages_ahead: true, ..Rules::default() });
        let mut bytes = word(0x2008, b"\x03ram");
        bytes.extend([1; 4095]);
        let ram = table().find("ram").unwrap();
        let ahead = Record::PageAhead { block: ram, offset: 0x2000 };
        assert_eq!(reader.step(&mut table(), &bytes), Ok(Some((12, ahead))));
        bytes.push(1);
        let page = Record::Page { block: ram, offset: 0x2000, data: &[1; 4096] };
        assert_eq!(reader.step(&mut table(), &bytes), Ok(Some((12 + 4096, page))));
    }

    #[test]
    fn faults_in_qemu_words() {
        let r = &mut reader();
        assert_eq!(
            one(r, &word(0x1022, b"\0")).unwrap_err(),
            "Ack, bad migration stream!\nIllegal RAM offset 1000"
        );
        assert_eq!(
            one(r, &word(0x0002, b"\x03mem")).unwrap_err(),
            "Can't find block mem\nIllegal RAM offset 0"
        );
        assert_eq!(one(r, &word(0x4002, b"\x03ram")).unwrap_err(), "Illegal RAM offset 4000");
        assert_eq!(
            one(r, &word(!0xfff | 2, b"\x03ram")).unwrap_err(),
            "Illegal RAM offset fffffffffffff000"
        );
        assert_eq!(
            one(r, &word(0x0002, b"\x03ram\x01")).unwrap_err(),
            "Found a zero page with value 1"
        );
        assert_eq!(
            one(r, &word(0x000a, b"")).unwrap_err(),
            "Unknown combination of migration flags: 0xa"
        );
        assert_eq!(
            one(r, &word(0x0001, b"")).unwrap_err(),
            "Unknown combination of migration flags: 0x1"
        );
        assert!(one(r, &word(0x0040, b"\x03ram\x02")).unwrap_err().contains("wrong compression!"));
        assert!(
            one(r, &word(0x0040, b"\x03ram\x01\x10\x01")).unwrap_err().contains("len overflow!")
        );
        assert!(
            one(r, &word(0x0100, b"\x03ram\xff\xff\xff\xff")).unwrap_err().contains("4294967295")
        );
        let plain = &mut RecordReader::new(Rules::default());
        assert_eq!(
            one(plain, &word(0x0100, b"")).unwrap_err(),
            "Received an unexpected compressed page"
        );
        r.set_postcopy(true);
        assert_eq!(
            one(r, &word(0x0040, b"")).unwrap_err(),
            "Unknown combination of migration flags: 0x40 (postcopy mode)"
        );
        assert!(one(r, &word(0x0004, b"")).is_err());
        assert_eq!(one(r, &word(0x0010, b"")), Ok(Some(8)));
    }

    #[test]
    fn blocks_are_adopted_from_the_first_list_alone() {
        let list = |name: &str| {
            let mut bytes = word(0x1004, &[name.len() as u8]);
            bytes.extend_from_slice(name.as_bytes());
            bytes.extend_from_slice(&0x1000_u64.to_be_bytes());
            bytes
        };
        let mut read = {
            let (mut table, mut reader) = (BlockTable::adopting(), reader());
            move |bytes: &[u8]| {
                let mut at = 0;
                while let Some((used, _)) = reader.step(&mut table, &bytes[at..])? {
                    at += used;
                }
                Ok(table.blocks().len())
            }
        };
        assert_eq!(read(&list("a")), Ok(1));
        // The same list again is that of a second pass.
        assert_eq!(read(&list("a")), Ok(1));
        let unknown = ErrorKind::UnknownBlock("b".try_into().unwrap());
        assert_eq!(read(&list("b")), Err(unknown));
    }

    #[test]
    fn a_refused_or_cut_record_does_not_become_the_last_block() {
        let r = &mut reader();
        assert_eq!(one(r, &word(0x0002, b"\x03ram")), Ok(None));
        assert!(one(r, &word(0x0022, b"\0")).is_err());
        assert_eq!(one(r, &word(0x0002, b"\x03ram\0")), Ok(Some(13)));
        assert_eq!(one(r, &word(0x0022, b"\0")), Ok(Some(9)));
        r.forget_block();
        assert!(one(r, &word(0x0022, b"\0")).is_err());
    }
}
