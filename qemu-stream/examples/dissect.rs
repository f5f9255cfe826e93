//! Prints a recorded migration stream, from a file or from standard input:
//!
//! ```text
//! cargo run -p qemu-stream --example dissect -- FILE                # the main channel
//! cargo run -p qemu-stream --example dissect -- --multifd zstd FILE # none, zlib or zstd
//! cargo run -p qemu-stream --example dissect -- --return-path FILE
//! ```
//!
//! Each line starts with an offset in bytes. Pages are decoded and counted. The state of devices is
//! split into fields if the stream describes them.

use std::error::Error;
use std::fs::File;
use std::io::{self, Read, Write};

use qemu_stream::compress::Decompressor;
use qemu_stream::description::Description;
use qemu_stream::multifd::{ChannelEvent, ChannelReader, Decoder, Method};
use qemu_stream::ram::{BlockTable, Record, Rules};
use qemu_stream::return_path::{Message, ReturnPathReader};
use qemu_stream::{Buffer, Device, Event, MIN_INPUT, Options, Reader, xbzrle};
use serde_json::Value;

const PAGE: usize = 4096;
/// Largest bitmap of received pages: that of a block of 1 TiB.
const MAX_BITMAP: u64 = 32 << 20;

type Result = std::result::Result<(), Box<dyn Error>>;

/// The kind of a connection.
pub enum Kind {
    /// The main channel.
    Main,
    /// A multifd channel whose packets are compressed by this method.
    Multifd(Method),
    /// The messages of the destination.
    ReturnPath,
}

fn main() -> Result {
    let mut arguments = std::env::args().skip(1);
    let mut kind = Kind::Main;
    let mut file = None;
    while let Some(argument) = arguments.next() {
        match &*argument {
            "--multifd" => {
                kind = Kind::Multifd(match arguments.next().as_deref() {
                    Some("none") => Method::None,
                    Some("zlib") => Method::Zlib,
                    Some("zstd") => Method::Zstd,
                    _ => return Err("--multifd needs one of none, zlib and zstd".into()),
                });
            }
            "--return-path" => kind = Kind::ReturnPath,
            path => file = Some(path.to_owned()),
        }
    }
    let input: Box<dyn Read> = match file {
        Some(path) if path != "-" => Box::new(File::open(path)?),
        _ => Box::new(io::stdin()),
    };
    dissect(kind, input, &mut io::stdout().lock())
}

/// Prints a connection.
pub fn dissect(kind: Kind, input: impl Read, out: &mut dyn Write) -> Result {
    match kind {
        Kind::Main => main_channel(input, out),
        Kind::Multifd(method) => multifd_channel(method, input, out),
        Kind::ReturnPath => return_path(input, out),
    }
}

fn main_channel(mut input: impl Read, out: &mut dyn Write) -> Result {
    // Takes any RAM blocks and devices, as only a tool may.
    let mut reader = Reader::new(Options {
        blocks: BlockTable::adopting(),
        rules: Rules { compress: true, ..Rules::default() },
        ..Options::default()
    });
    let mut buffer = Buffer::new(MIN_INPUT);
    let mut pages = Pages::default();
    let mut devices = Vec::new();
    let mut closed = false;
    loop {
        let step = reader.step(buffer.filled())?;
        let Some(event) = step.event else {
            let used = step.used;
            buffer.consume(used);
            if closed || reader.is_complete() {
                break;
            }
            if buffer.fill(&mut input)? == 0 {
                // The end of the connection shows that no description follows.
                reader.finish(buffer.filled())?;
                closed = true;
            }
            continue;
        };
        let used = step.used;
        if let Event::Record(record) = &event
            && pages.count(record)?
        {
            buffer.consume(used);
            continue;
        }
        pages.print(out)?;
        write!(out, "{:#010x} ", reader.event_position())?;
        match event {
            Event::Header => writeln!(out, "header")?,
            Event::Configuration(configuration) => {
                let capabilities: Vec<_> =
                    configuration.capabilities.iter().flatten().map(|name| &**name).collect();
                writeln!(
                    out,
                    "configuration: machine '{}', capabilities {capabilities:?}",
                    configuration.machine
                )?;
            }
            Event::Start(header) => writeln!(
                out,
                "start of section {} '{}' version {}",
                header.id, header.name, header.version
            )?,
            Event::Part { id } => writeln!(out, "part of section {id}")?,
            Event::End { id } => writeln!(out, "end of section {id}")?,
            Event::Record(Record::BlockList { total }) => {
                writeln!(out, "list of RAM blocks of {total:#x} bytes in all")?;
            }
            Event::Record(Record::Block(entry)) => {
                let name = reader.blocks().get(entry.block).map_or("", |block| &block.name);
                writeln!(out, "RAM block '{name}' of {:#x} bytes", entry.length)?;
            }
            Event::Command(command) => writeln!(out, "command {command:?}")?,
            Event::Device(device) => {
                let Device { header, body } = &device;
                writeln!(
                    out,
                    "device '{}' instance {} version {}: {} bytes",
                    header.name,
                    header.instance,
                    header.version,
                    body.len()
                )?;
                devices.push(device);
            }
            Event::Eof => writeln!(out, "EOF")?,
            Event::Description(json) => {
                writeln!(out, "description of {} bytes", json.len())?;
                fields(&json, &devices, out)?;
            }
            Event::PackageEnd => writeln!(out, "end of package")?,
            event => writeln!(out, "{event:?}")?,
        }
        buffer.consume(used);
    }
    pages.print(out)?;
    writeln!(out, "{:#010x} end", reader.position())?;
    Ok(())
}

/// The pages of a part, by their encoding.
#[derive(Debug, Default)]
struct Pages {
    plain: u64,
    zero: u64,
    deltas: u64,
    changed_bytes: u64,
    compressed: u64,
    decompressor: Decompressor,
}

impl Pages {
    /// Decodes and counts a page. Returns false for another record.
    fn count(&mut self, record: &Record<'_>) -> std::result::Result<bool, Box<dyn Error>> {
        match record {
            Record::Page { .. } => self.plain += 1,
            Record::Zero { .. } => self.zero += 1,
            Record::Xbzrle { data, .. } => {
                self.deltas += 1;
                xbzrle::runs(data, PAGE, |_, bytes| self.changed_bytes += bytes.len() as u64)?;
            }
            Record::Compressed { data, .. } => {
                self.compressed += 1;
                self.decompressor.decompress(data, &mut [0; PAGE])?;
            }
            Record::Eos => {}
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn print(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let Self { plain, zero, deltas, changed_bytes, compressed, .. } = std::mem::take(self);
        if plain + zero + deltas + compressed == 0 {
            return Ok(());
        }
        writeln!(
            out,
            "           {plain} pages, {zero} zero, {compressed} compressed, {deltas} as a \
             difference of {changed_bytes} bytes in all"
        )
    }
}

/// Prints the fields of the devices that a description lists.
fn fields(json: &[u8], devices: &[Device], out: &mut dyn Write) -> Result {
    let lengths = Description::parse(json).ok_or("the description is not QEMU's")?;
    let description: Value = serde_json::from_slice(json)?;
    for described in description["devices"].as_array().into_iter().flatten() {
        let Some(device) = devices.iter().find(|device| {
            described["name"] == *device.header.name
                && described["instance_id"] == device.header.instance
                && lengths.length(&device.header) == Some(device.body.len() as u64)
        }) else {
            continue;
        };
        writeln!(out, "  {}", device.header.name)?;
        let mut rest = &device.body[..];
        for field in described["fields"].as_array().into_iter().flatten() {
            let count = field["array_len"].as_u64().unwrap_or(1);
            let size = field["size"].as_u64().unwrap_or(0).saturating_mul(count) as usize;
            let Some((value, behind)) = rest.split_at_checked(size) else { break };
            rest = behind;
            let hex: String = value.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
            let more = if size > 16 { "..." } else { "" };
            let name = field["name"].as_str().unwrap_or("?");
            writeln!(out, "    {name}: {hex}{more} ({size} bytes)")?;
        }
        if !rest.is_empty() {
            writeln!(out, "    subsections ({} bytes)", rest.len())?;
        }
    }
    Ok(())
}

fn multifd_channel(method: Method, mut input: impl Read, out: &mut dyn Write) -> Result {
    let mut reader = ChannelReader::new(PAGE as u64, method);
    let mut decoder = Decoder::new(method)?;
    let mut position = 0;
    let mut bytes = Vec::new();
    loop {
        // Exactly what the next step needs, so that the payload can be read behind it.
        bytes.clear();
        input.by_ref().take(reader.wanted() as u64).read_to_end(&mut bytes)?;
        let step = reader.step(&bytes)?;
        write!(out, "{position:#010x} ")?;
        position += step.used;
        match step.event {
            None if bytes.is_empty() => break,
            None => return Ok(reader.finish(&bytes)?),
            Some(ChannelEvent::Handshake(handshake)) => writeln!(out, "{handshake:?}")?,
            Some(ChannelEvent::Packet(packet)) => {
                writeln!(
                    out,
                    "packet {} of '{}': {} pages in {} bytes, {} zero{}",
                    packet.number,
                    packet.block,
                    packet.normal.len(),
                    packet.payload_length,
                    packet.zero.len(),
                    if packet.sync { ", SYNC" } else { "" }
                )?;
                let mut payload = vec![0; packet.payload_length as usize];
                input.read_exact(&mut payload)?;
                position += payload.len();
                // A compressor's state spans packets: decode every page.
                let mut pages = decoder.packet(&payload);
                packet.normal.iter().try_for_each(|_| pages.read(&mut [0; PAGE]))?;
                if !packet.normal.is_empty() {
                    pages.end()?;
                }
            }
        }
    }
    writeln!(out, "end")?;
    Ok(())
}

fn return_path(mut input: impl Read, out: &mut dyn Write) -> Result {
    let mut reader = ReturnPathReader::new(MAX_BITMAP);
    let mut buffer = Buffer::new(MIN_INPUT);
    let mut position = 0;
    loop {
        let step = reader.step(buffer.filled())?;
        buffer.consume(step.used);
        match step.message {
            Some(Message::RecvBitmap { block, bitmap }) => {
                let pages: u32 = bitmap.iter().map(|byte| byte.count_ones()).sum();
                writeln!(out, "{position:#010x} received pages of '{block}': {pages}")?;
            }
            Some(message) => writeln!(out, "{position:#010x} {message:?}")?,
            None if buffer.fill(&mut input)? == 0 => break,
            None => {}
        }
        position += step.used;
    }
    if !buffer.filled().is_empty() {
        return Err("the connection ended within a message".into());
    }
    writeln!(out, "{position:#010x} end")?;
    Ok(())
}
