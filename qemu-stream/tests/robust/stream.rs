//! A property of the reader of the main channel: pieces of any size mean what the whole means.

use qemu_stream::ram::{Block, BlockTable, Record, Rules};
use qemu_stream::{BodyLength, Error, Event, Limits, Options, Reader};

const PAGE: usize = 4096;

/// Checks it for a stream; the first byte chooses the options, the second the size of the pieces.
pub fn check(bytes: &[u8]) {
    let [choice, size, stream @ ..] = bytes else { return };
    let whole = read(stream, *choice, usize::MAX, false);
    // Byte by byte, a long stream takes too long.
    let smallest = stream.len() / 2048 + 1;
    for size in [smallest, smallest + usize::from(*size)] {
        assert_eq!(read(stream, *choice, size, false), whole, "pieces of {size}");
    }
    // A page that the caller reads counts as read once it is announced, so only the events compare.
    let ahead = read(stream, *choice, smallest, true);
    match &whole.end {
        Ok(()) => assert_eq!(ahead, whole),
        Err(_) => assert!(whole.events.starts_with(&ahead.events) && ahead.end.is_err()),
    }
}

/// The events of a stream, and its end.
#[derive(Debug, PartialEq)]
struct Reading {
    events: Vec<String>,
    end: Result<(), String>,
}

fn options(choice: u8, pages_ahead: bool) -> Options {
    let name = |text: &str| text.try_into().expect("a short name");
    let blocks = match choice & 1 {
        0 => BlockTable::adopting(),
        _ => BlockTable::new(vec![
            Block::fixed(name("pc.ram"), 0x8000, 4096),
            Block::fixed(name("/rom@etc/acpi/tables"), 0x2000, 4096),
        ]),
    };
    let rules = Rules {
        pages_ahead,
        compress: choice & 2 != 0,
        postcopy_ram: choice & 4 != 0,
        ignore_shared: choice & 8 != 0,
        ..Rules::default()
    };
    let known = choice & 64 != 0;
    Options {
        footers: choice & 16 == 0,
        description: choice & 32 == 0,
        configuration: choice & 128 == 0,
        rules,
        blocks,
        admit: Box::new(move |header| {
            Ok(match known {
                true => BodyLength::Known(u64::from(header.version)),
                false => BodyLength::Unknown,
            })
        }),
        limits: Limits {
            devices: 1 << 16,
            package: 1 << 16,
            description: 1 << 16,
            ..Limits::default()
        },
        ..Options::default()
    }
}

fn read(stream: &[u8], choice: u8, size: usize, ahead: bool) -> Reading {
    let mut reader = Reader::new(options(choice, ahead));
    let mut events = Vec::new();
    let end = feed(&mut reader, stream, size, &mut events).map_err(|error| {
        assert!(error.offset() <= stream.len() as u64, "{error}");
        assert!(!error.messages().is_empty() && !error.to_string().is_empty());
        format!("{:?} {:?} {:x}", error.kind(), error.place(), error.offset())
    });
    Reading { events, end }
}

fn feed(
    reader: &mut Reader,
    stream: &[u8],
    size: usize,
    events: &mut Vec<String>,
) -> Result<(), Error> {
    let (mut at, mut end, mut closed) = (0, 0, false);
    loop {
        let step = reader.step(&stream[at..end])?;
        assert!(step.used <= end - at);
        at += step.used;
        match step.event {
            Some(Event::Record(Record::PageAhead { block, offset })) => {
                let Some(data) = stream.get(at..at + PAGE) else {
                    return Err(reader.fault(qemu_stream::ErrorKind::Closed));
                };
                at += PAGE;
                end = end.max(at);
                events.push(shown(&Event::Record(Record::Page { block, offset, data })));
            }
            Some(event) => events.push(shown(&event)),
            None if closed => return Ok(()),
            None if end == stream.len() => {
                reader.finish(&stream[at..])?;
                (at, closed) = (end, true);
            }
            None => end = end.saturating_add(size).min(stream.len()),
        }
    }
}

fn shown(event: &Event<'_>) -> String {
    match event {
        Event::Record(Record::Page { block, offset, data }) => {
            format!(
                "page {block:?} {offset:x} {:?}",
                data.iter().map(|b| u64::from(*b)).sum::<u64>()
            )
        }
        event => format!("{event:?}"),
    }
}
