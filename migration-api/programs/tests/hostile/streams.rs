//! The endless streams.

use migration_api::api::RunState;
use migration_api::guest::GlobalState;
use migration_api::stream::dirty_bitmap::{Chunk, Content};
use migration_api::stream::multifd::{Handshake, Method, Packet};
use migration_api::stream::ram::{Block, BlockEntry, BlockTable, RamWriter};
use migration_api::stream::{
    Command, Configuration, Device, Name, SectionHeader, command, section,
};

/// A stream: what it begins with, and what follows again and again.
pub struct Stream {
    pub name: &'static str,
    pub relay: bool,
    pub capabilities: &'static [&'static str],
    pub parameters: &'static [(&'static str, &'static str)],
    pub head: Vec<u8>,
    pub unit: Vec<u8>,
    /// The beginnings and the repeated parts of the multifd channels.
    pub channels: Vec<(Vec<u8>, Vec<u8>)>,
    /// The source reads its return path.
    pub listens: bool,
    /// Sent behind the head, once the destination has said something.
    pub answer: Vec<u8>,
    /// The process does not end because of the error.
    pub stays: bool,
    /// The length at which the source closes the connection, if it is not the usual one.
    pub most: Option<usize>,
    /// A part of the error.
    pub error: &'static str,
}

pub fn name(text: &str) -> Name {
    text.try_into().unwrap()
}

fn header(id: u32, text: &str, instance: u32, version: u32) -> SectionHeader {
    SectionHeader { id, name: name(text), instance, version }
}

/// The bytes that some writer appends.
pub fn bytes(write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut out = Vec::new();
    write(&mut out);
    out
}

pub fn begin() -> Vec<u8> {
    bytes(|out| {
        section::write_header(out);
        Configuration::new(name("none")).write(out);
    })
}

pub fn commands(commands: &[Command]) -> Vec<u8> {
    bytes(|out| commands.iter().for_each(|command| command.write(out)))
}

/// The `ram` section with its block list, up to the records behind it.
fn ram(length: u64) -> Vec<u8> {
    blocks(&["ram".into()], length, None)
}

/// The same, with blocks of these names, each of `length` bytes.
pub fn blocks(names: &[String], length: u64, address: Option<u64>) -> Vec<u8> {
    bytes(|out| {
        header(2, "ram", 0, 4).write_start(out);
        block_list(names, length, address, out);
    })
}

fn block_list(names: &[String], length: u64, address: Option<u64>, out: &mut Vec<u8>) {
    let table = names.iter().map(|text| Block::fixed(name(text), length, 4096));
    let table = BlockTable::new(table.collect());
    let entry = |block| BlockEntry { block, length, page_size: None, address };
    let entries: Vec<BlockEntry> = table.ids().map(entry).collect();
    RamWriter::new().block_list(out, &table, &entries);
}

pub fn end_of_body(id: u32) -> Vec<u8> {
    bytes(|out| {
        out.extend(0x10_u64.to_be_bytes());
        section::write_footer(out, id);
    })
}

pub fn device(id: u32, text: &str, instance: u32, body: &[u8]) -> Vec<u8> {
    let device = Device { header: header(id, text, instance, 1), body: body.to_vec() };
    bytes(|out| device.write(true, out))
}

/// A command at each of whose eighth bytes a command of 64 KiB can be parsed.
const NESTED: &[u8] = b"\x08\0\x06\xff\xf3\0\0\0";

fn advise() -> Vec<u8> {
    let advise = command::Advise { block_page_sizes: 4096, target_page_size: 4096 };
    commands(&[Command::OpenReturnPath, Command::PostcopyAdvise(Some(advise))])
}

/// A package of about 16 MiB.
fn package(head: Vec<u8>, unit: &[u8]) -> Vec<u8> {
    let length = (15 << 20) / unit.len() * unit.len();
    let mut content = head;
    content.extend(unit.iter().cycle().take(length));
    Command::PostcopyRun.write(&mut content);
    [commands(&[Command::Packaged(content.len() as u32)]), content].concat()
}

pub fn plain(name: &'static str, error: &'static str) -> Stream {
    Stream {
        name,
        relay: false,
        capabilities: &[],
        parameters: &[],
        head: begin(),
        unit: Vec::new(),
        channels: Vec::new(),
        listens: false,
        answer: Vec::new(),
        stays: false,
        most: None,
        error,
    }
}

pub fn all() -> Vec<Stream> {
    let relay = |name, error| Stream { relay: true, ..plain(name, error) };
    let with_ram = |length| [begin(), ram(length), end_of_body(2)].concat();
    let distinct = (0..1 << 20).flat_map(|instance| device(3, "a", instance, b"")).collect();
    let bitmap = |unit: Vec<u8>, error| Stream {
        capabilities: &["dirty-bitmaps"],
        head: [begin(), bytes(|out| header(1, "dirty-bitmap", 0, 1).write_start(out))].concat(),
        unit,
        ..plain("bitmaps", error)
    };
    let start = |node: &str, bitmap: &str| {
        let content = Content::Start { granularity: 512, enabled: true, persistent: true };
        let (node, bitmap) = (Some(name(node)), Some(name(bitmap)));
        bytes(|out| Chunk { node, bitmap, content, eos: false }.write(out))
    };
    vec![
        Stream {
            unit: device(1, "globalstate", 0, &[0; 104]),
            ..plain("repeated devices", "comes twice")
        },
        Stream { unit: distinct, ..relay("unknown devices", "device state of") },
        Stream {
            unit: NESTED.to_vec(),
            head: [begin(), device(1, "a", 0, b"")].concat(),
            ..relay("an unknown device", "device state of")
        },
        Stream {
            head: [advise_first(), package(device(1, "a", 0, b""), NESTED)].concat(),
            capabilities: &["postcopy-ram"],
            ..relay("a package of commands inside of each other", "cannot be divided")
        },
        Stream {
            head: [advise_first(), package(device(1, "a", 0, b""), &footers_and_commands())]
                .concat(),
            capabilities: &["postcopy-ram"],
            ..relay("a package of many divisions", "elements in a package")
        },
        Stream {
            head: [
                begin(),
                advise(),
                blocks(&many(), 64 << 20, None),
                end_of_body(2),
                package(device(1, "a", 0, b""), &footers_and_commands()),
            ]
            .concat(),
            capabilities: &["postcopy-ram"],
            ..relay("a package behind a claim of 256 GiB", "elements in a package")
        },
        Stream {
            head: [advise_first(), package(Vec::new(), &commands(&[Command::Ping(1)]))].concat(),
            capabilities: &["postcopy-ram"],
            ..plain("a package of pings", "elements in a package")
        },
        Stream {
            unit: package(Vec::new(), &commands(&[Command::OpenReturnPath])),
            ..plain("packages without advice", "CMD_POSTCOPY_LISTEN in wrong postcopy state (0)")
        },
        Stream {
            unit: (0..4096).flat_map(|number| start("disk", &format!("{number:0255}"))).collect(),
            ..bitmap(Vec::new(), "number of dirty bitmaps of 1025")
        },
        Stream {
            unit: (0..4096).flat_map(|number| start(&format!("{number:0255}"), "b")).collect(),
            ..bitmap(Vec::new(), "further lines about the stream were left out")
        },
        Stream {
            unit: start("disk", "b"),
            head: [begin(), bytes(|out| header(1, "dirty-bitmap", 0, 1).write_start(out))].concat(),
            ..plain("bitmaps without capability", "Received dirty bitmaps, but")
        },
        Stream {
            head: [begin(), commands(&[Command::OpenReturnPath])].concat(),
            unit: commands(&[Command::Ping(7)]),
            listens: true,
            most: Some(1 << 20),
            ..plain("pings", "load of migration failed")
        },
        Stream {
            head: [begin(), commands(&[Command::OpenReturnPath])].concat(),
            unit: commands(&[Command::PostcopyResume, Command::OpenReturnPath]),
            most: Some(4 << 20),
            ..plain("resumptions", "further lines about the stream were left out")
        },
        Stream {
            head: [with_ram(16 << 20), bytes(|out| section::write_part(out, 2)), first_page()]
                .concat(),
            unit: 0x22_u64.to_be_bytes().into_iter().chain([0]).collect(),
            most: Some(16 << 20),
            ..plain("zero pages", "load of migration failed")
        },
        Stream {
            head: with_ram(16 << 20),
            unit: [bytes(|out| section::write_part(out, 2)), end_of_body(2)].concat(),
            most: Some(16 << 20),
            ..plain("empty parts", "load of migration failed")
        },
        Stream {
            head: [begin(), bytes(|out| header(2, "ram", 0, 4).write_start(out))].concat(),
            unit: lists(),
            most: Some(16 << 20),
            ..relay("block lists", "load of migration failed")
        },
        Stream {
            head: [&begin()[..], b"\0\x06\xff\xff\xff\xff{\""].concat(),
            unit: b"x".to_vec(),
            ..plain("a description", "description of 4294967295")
        },
        Stream {
            head: [&begin()[..], &device(1, "a", 0, b""), b"\0\x06\0\x3f\xff\xf0{\"devices\": [{}"]
                .concat(),
            unit: b",{\"name\": \"a\", \"instance_id\": 1}".to_vec(),
            ..relay("a long description", "device state of")
        },
        Stream {
            head: begin(),
            unit: [&b"\x05\x12configuration/uuid\0\0\0\x01"[..], &[0; 16]].concat(),
            ..plain("configurations", "Unexpected section 'configuration/uuid'")
        },
        Stream {
            capabilities: &["multifd"],
            parameters: &[("multifd-compression", "zstd")],
            head: [begin(), ram(16 << 20)].concat(),
            channels: vec![(handshake(0), bomb()), (handshake(1), bomb())],
            ..plain("multifd packets with a large window", "multifd")
        },
        Stream {
            capabilities: &["multifd"],
            head: [begin(), ram(16 << 20)].concat(),
            channels: vec![(handshake(0), packets()), (handshake(1), packets())],
            most: Some(1 << 20),
            ..plain("multifd packets", "load of migration failed")
        },
        Stream {
            capabilities: &["x-colo"],
            head: colo(),
            answer: [message(1), message(3), end_of_ram(), message(4), vec![0xff; 8]].concat(),
            unit: vec![0; 4096],
            stays: true,
            ..plain("a large COLO checkpoint", "of the COLO state is above the limit")
        },
        Stream {
            capabilities: &["x-colo"],
            head: colo(),
            answer: [message(1), message(3)].concat(),
            unit: commands(&[Command::OpenReturnPath]),
            stays: true,
            ..plain("commands in a COLO checkpoint", "Unexpected command CMD_OPEN_RETURN_PATH")
        },
        Stream {
            capabilities: &["x-colo"],
            head: colo(),
            answer: [message(1), message(3)].concat(),
            unit: device(1, "timer", 0, &[0; 24]),
            stays: true,
            ..plain("devices in a COLO checkpoint", "Unexpected section 'timer'")
        },
    ]
}

/// The head of a postcopy's stream.
fn advise_first() -> Vec<u8> {
    [begin(), advise(), ram(16 << 20), end_of_body(2)].concat()
}

/// Ends of the section before, each with a command behind it.
fn footers_and_commands() -> Vec<u8> {
    bytes(|out| {
        section::write_footer(out, 1);
        Command::Ping(1).write(out);
    })
}

/// The longest names of the most blocks.
pub fn many() -> Vec<String> {
    (0..4096).map(|number| format!("{number:0255}")).collect()
}

/// A zero page of `ram` that names its block.
pub fn first_page() -> Vec<u8> {
    zero_page("ram")
}

/// The first page of a block, zero.
pub fn zero_page(block: &str) -> Vec<u8> {
    let name = [&[block.len() as u8], block.as_bytes()].concat();
    [&2_u64.to_be_bytes()[..], &name, &[0]].concat()
}

/// A block list of as many blocks as are accepted.
fn lists() -> Vec<u8> {
    bytes(|out| block_list(&many(), 4096, None, out))
}

pub fn handshake(channel: u8) -> Vec<u8> {
    bytes(|out| Handshake { uuid: [0; 16], channel }.write(out))
}

/// A packet of all pages that it can hold.
fn packet(method: Method, content: &[u8]) -> Vec<u8> {
    let packet = Packet {
        sync: false,
        method,
        pages_alloc: 128,
        payload_length: content.len() as u32,
        number: 0,
        block: name("ram"),
        normal: (0..128).map(|page| page * 4096).collect(),
        zero: Vec::new(),
    };
    bytes(|out| {
        packet.write(4096, out);
        out.extend(content);
    })
}

fn pages() -> Vec<u8> {
    let mut state = 1_u64;
    let word = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) as u8
    });
    word.take(128 * 4096).collect()
}

fn packets() -> Vec<u8> {
    packet(Method::None, &pages())
}

/// A packet whose compressed stream needs a window of 128 MiB.
fn bomb() -> Vec<u8> {
    use zstd::stream::raw::{CParameter, Encoder, InBuffer, Operation as _, OutBuffer};
    let mut zstd = Encoder::new(1).unwrap();
    zstd.set_parameter(CParameter::WindowLog(27)).unwrap();
    let pages = pages();
    let mut out = vec![0; 2 << 20];
    let (mut input, mut output) = (InBuffer::around(&pages), OutBuffer::around(&mut out[..]));
    while input.pos() < pages.len() {
        zstd.run(&mut input, &mut output).unwrap();
    }
    while zstd.flush(&mut output).unwrap() > 0 {}
    let length = output.pos();
    packet(Method::Zstd, &out[..length])
}

/// A message of COLO.
fn message(number: u32) -> Vec<u8> {
    number.to_be_bytes().to_vec()
}

fn end_of_ram() -> Vec<u8> {
    [bytes(|out| section::write_end(out, 2)), end_of_body(2), b"\0".to_vec()].concat()
}

/// A guest that becomes a secondary.
fn colo() -> Vec<u8> {
    let running = GlobalState { run_state: RunState::Running, suspended: false };
    let state = device(3, "globalstate", 0, &running.section().body);
    let begun = [begin(), commands(&[Command::EnableColo]), ram(16 << 20), end_of_body(2)];
    let described = bytes(|out| section::write_description(out, "{}"));
    [begun.concat(), state, b"\0".to_vec(), described].concat()
}
