//! Writes a stream again from the events of a reader.

use qemu_stream::ram::{BlockEntry, BlockTable, RamWriter, Record};
use qemu_stream::{Command, Event, section};

/// The writer's side of a relay.
pub struct Rewriter {
    pub out: Vec<u8>,
    footers: bool,
    ram: RamWriter,
    section: u32,
    list: Vec<BlockEntry>,
    list_total: u64,
    /// The package that is being written.
    package: Option<Box<Rewriter>>,
}

impl Rewriter {
    pub fn new(footers: bool) -> Self {
        Self {
            out: Vec::new(),
            footers,
            ram: RamWriter::new(),
            section: 0,
            list: Vec::new(),
            list_total: 0,
            package: None,
        }
    }

    pub fn event(&mut self, blocks: &BlockTable, event: &Event<'_>) {
        let out = &mut self.out;
        if let Some(nested) = self.package.as_mut().filter(|_| *event != Event::PackageEnd) {
            return nested.event(blocks, event);
        }
        match event {
            Event::Header => section::write_header(out),
            Event::Configuration(configuration) => configuration.write(out),
            Event::Start(header) => {
                self.section = header.id;
                header.write_start(out);
            }
            Event::Part { id } => {
                self.section = *id;
                section::write_part(out, *id);
            }
            Event::End { id } => {
                self.section = *id;
                section::write_end(out, *id);
            }
            Event::Record(record) => self.record(blocks, record),
            Event::DirtyBitmap(chunk) => {
                chunk.write(out);
                self.footer(chunk.eos);
            }
            Event::Device(device) => device.write(self.footers, out),
            Event::Command(command) => command.write(out),
            Event::Package { .. } => self.package = Some(Box::new(Rewriter::new(self.footers))),
            Event::PackageEnd => {
                let nested = self.package.take().unwrap();
                Command::Packaged(nested.out.len() as u32).write(out);
                out.extend(nested.out);
                // The first page after the switch to postcopy names its block.
                self.ram.forget_block();
            }
            Event::Eof => section::write_eof(out),
            Event::Description(json) => {
                section::write_description(out, str::from_utf8(json).unwrap())
            }
        }
    }

    fn record(&mut self, blocks: &BlockTable, record: &Record<'_>) {
        let (out, ram) = (&mut self.out, &mut self.ram);
        match *record {
            Record::BlockList { total } => {
                self.list_total = total;
                self.list.clear();
                if total == 0 {
                    ram.block_list(out, blocks, &[]);
                }
            }
            Record::Block(ref entry) => {
                self.list.push(entry.clone());
                if self.list.iter().map(|entry| entry.length).sum::<u64>() == self.list_total {
                    ram.block_list(out, blocks, &self.list);
                }
            }
            Record::Zero { block, offset } => ram.zero(out, blocks, block, offset),
            Record::Page { block, offset, data } => {
                ram.page(out, blocks, block, offset);
                out.extend_from_slice(data);
            }
            Record::Xbzrle { block, offset, data } => ram.xbzrle(out, blocks, block, offset, data),
            Record::Compressed { block, offset, data } => {
                ram.compressed(out, blocks, block, offset, data)
            }
            Record::MultifdFlush => ram.multifd_flush(out),
            Record::Eos => {
                ram.eos(out);
                self.footer(true);
            }
            Record::Hook | Record::PageAhead { .. } => panic!("{record:?}"),
        }
    }

    fn footer(&mut self, wanted: bool) {
        if wanted && self.footers {
            section::write_footer(&mut self.out, self.section);
        }
    }
}
