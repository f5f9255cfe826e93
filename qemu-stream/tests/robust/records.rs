//! A property of RAM records: what was read and is written again reads the same, and every page
//! lies in its block.

use qemu_stream::compress::Decompressor;
use qemu_stream::ram::{Block, BlockEntry, BlockTable, RamWriter, Record, RecordReader, Rules};
use qemu_stream::xbzrle;

const PAGE: usize = 4096;

/// Checks it for the body of a section, as it goes over the preempt channel, too; the first byte
/// chooses the rules.
pub fn check(bytes: &[u8]) {
    let [choice, body @ ..] = bytes else { return };
    let mut written = Vec::new();
    let read = pass(body, *choice, Some(&mut written));
    let again = pass(&written, *choice, None);
    // A fault is not written, and a list is only once it is complete.
    let list = read.iter().rposition(|record| record.starts_with("BlockList"));
    let kept = if again.len() == read.len() { read.len() } else { list.unwrap_or(read.len()) };
    assert_eq!(again, read[..kept]);
}

fn table(choice: u8) -> BlockTable {
    let name = |text: &str| text.try_into().expect("a short name");
    match choice & 1 {
        0 => BlockTable::adopting(),
        _ => BlockTable::new(vec![
            Block::fixed(name("pc.ram"), 0x8000, 4096),
            Block::fixed(name("/rom@etc/acpi/tables"), 0x2000, 4096),
        ]),
    }
}

/// Reads records up to the end or the first fault, and writes them to `out`.
fn pass(body: &[u8], choice: u8, mut out: Option<&mut Vec<u8>>) -> Vec<String> {
    let mut blocks = table(choice);
    let mut reader = RecordReader::new(Rules {
        compress: choice & 2 != 0,
        postcopy_ram: choice & 4 != 0,
        ignore_shared: choice & 8 != 0,
        ..Rules::default()
    });
    reader.set_postcopy(choice & 16 != 0);
    let (mut writer, mut decompressor) = (RamWriter::new(), Decompressor::default());
    let (mut list, mut total): (Vec<BlockEntry>, u64) = (Vec::new(), 0);
    let (mut seen, mut at) = (Vec::new(), 0);
    while let Ok(Some((used, record))) = reader.step(&mut blocks, &body[at..]) {
        assert!(used > 0 && used <= body.len() - at);
        at += used;
        seen.push(format!("{record:?}"));
        if let Some((block, offset)) = place(&record) {
            let length = blocks.get(block).expect("a block of the table").length;
            assert!(offset.is_multiple_of(PAGE as u64) && offset + PAGE as u64 <= length);
        }
        let mut page = [0x5a; PAGE];
        match &record {
            Record::Xbzrle { data, .. } if xbzrle::decode(data, &mut page).is_err() => {
                assert_eq!(page, [0x5a; PAGE], "malformed data changes nothing");
            }
            Record::Compressed { data, .. } => drop(decompressor.decompress(data, &mut page)),
            _ => {}
        }
        let Some(out) = out.as_deref_mut() else { continue };
        match record {
            Record::BlockList { total: all } => {
                (list, total) = (Vec::new(), all);
                if total == 0 {
                    writer.block_list(out, &blocks, &[]);
                }
            }
            Record::Block(entry) => {
                list.push(entry);
                if list.iter().map(|entry| entry.length).sum::<u64>() == total {
                    writer.block_list(out, &blocks, &list);
                }
            }
            Record::Zero { block, offset } => writer.zero(out, &blocks, block, offset),
            Record::Page { block, offset, data } => {
                writer.page(out, &blocks, block, offset);
                out.extend_from_slice(data);
            }
            Record::Xbzrle { block, offset, data } => {
                writer.xbzrle(out, &blocks, block, offset, data);
            }
            Record::Compressed { block, offset, data } => {
                writer.compressed(out, &blocks, block, offset, data);
            }
            Record::MultifdFlush => writer.multifd_flush(out),
            Record::Hook => out.extend_from_slice(&0x80_u64.to_be_bytes()),
            Record::Eos => writer.eos(out),
            Record::PageAhead { .. } => unreachable!("no rule asks for it"),
        }
    }
    seen
}

fn place(record: &Record<'_>) -> Option<(qemu_stream::ram::BlockId, u64)> {
    match *record {
        Record::Zero { block, offset }
        | Record::Page { block, offset, .. }
        | Record::PageAhead { block, offset }
        | Record::Xbzrle { block, offset, .. }
        | Record::Compressed { block, offset, .. } => Some((block, offset)),
        _ => None,
    }
}
