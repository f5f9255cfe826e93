//! Damaged streams: each gives an error value, without memory allocated for sizes that the stream
//! only announces.

use qemu_stream::multifd::{Method, Packet};
use qemu_stream::ram::{Block, BlockTable, Record, RecordReader, Rules};
use qemu_stream::return_path::ReturnPathReader;
use qemu_stream::{
    BodyLength, Errno, Error, ErrorKind, Event, Limits, Options, Reader, SectionHeader,
};

use crate::feed::feed_all;
use crate::image::{Channel, Image};
use crate::mutate::mutate;
use crate::random::Random;
use crate::round_trip::options;
use crate::sample::{self, Sample};

fn load(bytes: &[u8], options: Options) -> Result<usize, Error> {
    let mut image = Image::default();
    let mut events = 0;
    feed_all(&mut Reader::new(options), bytes, 4096, |reader, event| {
        events += 1;
        match &event {
            // Without a block list there is no memory to put pages into.
            Event::Record(record) if !image.blocks().is_empty() || !is_page(record) => {
                image.apply(reader, record)
            }
            _ => Ok(()),
        }
    })?;
    Ok(events)
}

fn is_page(record: &Record<'_>) -> bool {
    matches!(
        record,
        Record::Zero { .. }
            | Record::Page { .. }
            | Record::Xbzrle { .. }
            | Record::Compressed { .. }
    )
}

/// Returns true if a cut after the EOF leaves a complete stream.
fn may_be_complete(sample: &Sample, error: &Result<usize, Error>) -> bool {
    error.is_ok() && (sample.description || sample.name == "no description")
}

#[test]
#[cfg_attr(miri, ignore = "takes hours")]
fn truncations() {
    for sample in sample::all() {
        let mut random = Random::new(1);
        // Every position near both ends, where the fields are, and some in between.
        let length = sample.bytes.len();
        let ends = (0..length.min(250)).chain(length.saturating_sub(400)..length);
        let between = (0..30).map(|_| random.below(length));
        for end in ends.chain(between) {
            let loaded = load(&sample.bytes[..end], options(&sample, end % 2 == 0));
            match loaded {
                Ok(_) => assert!(may_be_complete(&sample, &loaded), "{} cut at {end}", sample.name),
                Err(error) => {
                    let expected = matches!(
                        error.errno(),
                        Errno::InputOutput
                            | Errno::InvalidArgument
                            | Errno::NotSupported
                            | Errno::Unavailable
                    );
                    assert!(expected, "{} cut at {end}: {error}", sample.name);
                    assert!(error.offset() <= end as u64);
                }
            }
        }
    }
}

#[test]
fn a_cut_is_reported_in_qemus_words() {
    let sample = sample::all().into_iter().find(|sample| sample.name == "precopy").unwrap();
    let messages =
        |end: usize| load(&sample.bytes[..end], options(&sample, false)).unwrap_err().messages();
    assert_eq!(
        messages(0),
        ["Not a migration stream", "load of migration failed: Invalid argument"]
    );
    assert_eq!(
        messages(5),
        [
            "Unsupported migration stream version",
            "load of migration failed: Operation not supported"
        ]
    );
    assert_eq!(
        messages(8),
        ["Configuration section missing", "load of migration failed: Invalid argument"]
    );
    assert_eq!(messages(16), ["load of migration failed: Input/output error"]);
    let page = sample.bytes.windows(8).position(|bytes| bytes == 0x1008_u64.to_be_bytes()).unwrap();
    assert_eq!(
        messages(page + 100),
        [
            "error while loading state section id 2(ram)",
            "load of migration failed: Input/output error"
        ]
    );
}

#[test]
#[cfg_attr(miri, ignore = "takes hours")]
fn mutations() {
    let mut random = Random::new(0xdecade);
    let (mut refused, mut accepted) = (0, 0);
    for sample in sample::all() {
        let fields = sample.bytes.len().min(300);
        for round in 0..400 {
            let mut bytes = sample.bytes.clone();
            for _ in 0..1 + random.below(3) {
                let within = if round % 2 == 0 { fields } else { bytes.len() };
                let at = random.below(within);
                mutate(&mut random, &mut bytes, at);
            }
            let (devices, package, description) = (1 << 20, 1 << 20, 1 << 20);
            let limits = Limits { devices, package, description, ..Limits::default() };
            match load(&bytes, Options { limits, ..options(&sample, round % 3 == 0) }) {
                Ok(_) => accepted += 1,
                Err(error) => {
                    refused += 1;
                    assert!(error.offset() <= bytes.len() as u64);
                    assert!(!error.messages().is_empty() && !error.to_string().is_empty());
                }
            }
        }
    }
    assert!(refused > 1000 && accepted > 100, "{refused} refused, {accepted} accepted");
}

#[test]
#[cfg_attr(miri, ignore = "zstd is C")]
fn mutated_multifd_channels() {
    let mut random = Random::new(0xc4a);
    let mut image = Image::default();
    let blocks = sample::blocks();
    image.allocate(&blocks);
    for method in [Method::None, Method::Zlib, Method::Zstd] {
        let channel = sample::channel(method, 0x73);
        Channel::load(&channel, method).unwrap().apply(1, &blocks, &mut image).unwrap();
        for _ in 0..400 {
            let mut bytes = channel.clone();
            // In the handshake and the first header, or anywhere.
            let within = [64, 500, 64 + 2 * 1344, bytes.len()][random.below(4)];
            let at = random.below(within);
            mutate(&mut random, &mut bytes, at);
            if let Ok(channel) = Channel::load(&bytes, method) {
                for round in 0..channel.rounds.len() {
                    let _ = channel.apply(round, &blocks, &mut image);
                }
            }
        }
    }
}

#[test]
#[cfg_attr(miri, ignore = "takes hours")]
fn mutated_return_paths() {
    let mut random = Random::new(0x4e7);
    let path = sample::return_path();
    let mut refused = 0;
    for _ in 0..2000 {
        let mut bytes = path.clone();
        let at = random.below(bytes.len());
        mutate(&mut random, &mut bytes, at);
        let mut reader = ReturnPathReader::new(1 << 10);
        let mut at = 0;
        loop {
            match reader.step(&bytes[at..]) {
                Ok(step) => {
                    at += step.used;
                    if step.message.is_none() {
                        break;
                    }
                }
                Err(error) => {
                    assert!(!error.to_string().is_empty());
                    refused += 1;
                    break;
                }
            }
        }
    }
    assert!(refused > 200, "{refused}");
}

#[test]
fn announced_lengths_are_bounded() {
    let start = |element: &[u8]| [b"QEVM\0\0\0\x03\x07\0\0\0\x04none", element].concat();
    let text =
        |element: &[u8], options: Options| load(&start(element), options).unwrap_err().to_string();
    let package = b"\x08\0\x03\0\0\x08\0\x07\0\x04\xff\xff\xff\xff";
    let unadvised = text(&package[5..], Options::default());
    assert!(
        unadvised.starts_with("CMD_POSTCOPY_LISTEN in wrong postcopy state (0)"),
        "{unadvised}"
    );
    let package = text(package, Options::default());
    assert!(package.starts_with("package of 4294967295 is larger than"), "{package}");
    let description = text(b"\0\x06\xff\xff\xff\xff", Options::default());
    assert!(description.starts_with("description of 4294967295"), "{description}");
    let admit = |_: &SectionHeader| Ok(BodyLength::Known(u64::MAX));
    let device = b"\x04\0\0\0\x01\x01a\0\0\0\0\0\0\0\0";
    let device = text(device, Options { admit: Box::new(admit), ..Options::default() });
    assert!(device.starts_with("device section of 18446744073709551615"), "{device}");

    let limits = Limits { devices: 5000, ..Limits::default() };
    let mut endless = start(b"\x04\0\0\0\x01\x01a\0\0\0\0\0\0\0\0");
    endless.resize(20_000, 0x7e);
    let error = load(&endless, Options { limits, ..Options::default() }).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::TooLarge { what: "device state", .. }), "{error}");
}

#[test]
fn sections_that_fit_one_by_one_are_bounded_together() {
    let section = |instance: u8| {
        let head = [b"\x04\0\0\0\x01\x01a\0\0\0", &[instance][..], b"\0\0\0\0"].concat();
        [&head[..], &[7; 1000], b"\x7e\0\0\0\x01"].concat()
    };
    let several = |count: u8| {
        let mut bytes = b"QEVM\0\0\0\x03\x07\0\0\0\x04none".to_vec();
        bytes.extend((0..count).flat_map(section));
        bytes.push(0);
        let limits = Limits { devices: 5000, ..Limits::default() };
        let admit = Box::new(|_: &SectionHeader| Ok(BodyLength::Known(1000)));
        load(&bytes, Options { limits, admit, ..Options::default() })
    };
    assert!(several(3).is_ok());
    let error = several(4).unwrap_err();
    // The name and 256 bytes of each section count, too.
    let (what, size, max) = ("device state", 4 * 1257, 5000);
    assert_eq!(*error.kind(), ErrorKind::TooLarge { what, size, max });
}

#[test]
fn faults_of_elements() {
    let messages = |element: &[u8]| {
        let bytes = [b"QEVM\0\0\0\x03\x07\0\0\0\x04none", element].concat();
        load(&bytes, Options::default()).unwrap_err().messages().remove(0)
    };
    assert_eq!(messages(b"\x2a"), "Unknown savevm section type 42");
    assert_eq!(messages(b"\x02\0\0\0\x63"), "Unknown savevm section 99");
    let start = |name: &[u8], instance: u8, version: u8| {
        let counted = [&[name.len() as u8], name].concat();
        messages(
            &[b"\x01\0\0\0\x02", &counted[..], &[0, 0, 0, instance, 0, 0, 0, version]].concat(),
        )
    };
    assert_eq!(start(b"ram", 0, 5), "savevm: unsupported version 5 for 'ram' v4");
    assert!(
        start(b"N", 0, 1).starts_with("Unknown savevm section or instance 'N' 0. Make sure that")
    );
    assert!(start(b"ram", 1, 4).starts_with("Unknown savevm section or instance 'ram' 1."));
    let ram = b"\x01\0\0\0\x02\x03ram\0\0\0\0\0\0\0\x04\0\0\0\0\0\0\0\x10";
    assert_eq!(messages(&[&ram[..], b"\x02"].concat()), "Missing section footer for ram");
    assert_eq!(
        messages(&[&ram[..], b"\x7e\0\0\0\x09"].concat()),
        "Mismatched section id in footer for ram - read 0x9 expected 0x2"
    );
}

#[test]
fn a_second_section_of_one_name_and_instance_is_refused() {
    let device = |instance: u8| {
        [b"\x04\0\0\0\x01\x01a\0\0\0", &[instance][..], b"\0\0\0\0x\x7e\0\0\0\x01"].concat()
    };
    let head = b"QEVM\0\0\0\x03\x07\0\0\0\x04none";
    // Of unknown length, the whole rest is divided first; ids that differ make the division clear.
    let named = |instance: u8, id: u8| {
        let mut bytes = device(instance);
        let last = bytes.len() - 1;
        (bytes[4], bytes[last]) = (id, id);
        bytes
    };
    for known in [Some(1), None] {
        let options = || Options {
            admit: Box::new(move |_| Ok(known.map_or(BodyLength::Unknown, BodyLength::Known))),
            ..Options::default()
        };
        let (first, second, again) = (named(0, 1), named(1, 2), named(0, 3));
        let twice = [&head[..], &first, &second, &again, b"\0"].concat();
        let error = load(&twice, options()).unwrap_err();
        let name = sample::name("a");
        assert_eq!(*error.kind(), ErrorKind::RepeatedSection { name, instance: 0 });
        let once = [&head[..], &first, &second, b"\0"].concat();
        assert!(load(&once, options()).is_ok());
    }
}

#[test]
fn a_second_start_of_an_iterable_section_is_refused() {
    let sections: [(&str, &[u8]); 2] = [
        ("ram", b"\x03ram\0\0\0\0\0\0\0\x04\0\0\0\0\0\0\0\x10"),
        ("dirty-bitmap", b"\x0cdirty-bitmap\0\0\0\0\0\0\0\x01\x01"),
    ];
    for (name, section) in sections {
        let started = |id: u8| [b"\x01\0\0\0", &[id][..], section, b"\x7e\0\0\0", &[id]].concat();
        let head = b"QEVM\0\0\0\x03\x07\0\0\0\x04none";
        let once = [&head[..], &started(2), b"\0"].concat();
        assert!(load(&once, Options::default()).is_ok(), "{name}");
        for again in [2, 3] {
            let twice = [&head[..], &started(2), &started(again), b"\0"].concat();
            let error = load(&twice, Options::default()).unwrap_err();
            let name = sample::name(name);
            assert_eq!(*error.kind(), ErrorKind::RepeatedSection { name, instance: 0 });
        }
    }
}

#[test]
fn pages_of_an_ignored_block_are_refused() {
    let shared = Block { shared_address: Some(0), ..Block::fixed(sample::name("ram"), 8192, 4096) };
    let mut blocks = BlockTable::new(vec![shared]);
    let rules = Rules { ignore_shared: true, ..Rules::default() };
    let mut page = b"\0\0\0\0\0\0\x10\x08\x03ram".to_vec();
    page.resize(page.len() + 4096, 7);
    let error = RecordReader::new(rules).step(&mut blocks, &page).unwrap_err();
    assert_eq!(error.to_string(), "block ram should not be migrated !\nIllegal RAM offset 1000");
    let mut plain = RecordReader::new(Rules::default());
    assert!(matches!(plain.step(&mut blocks, &page), Ok(Some((_, Record::Page { .. })))));
    let packet = Packet { block: sample::name("ram"), zero: vec![4096], ..Packet::sync(0) };
    let error = packet.check(&blocks, 4096).unwrap_err();
    assert_eq!(error.to_string(), "multifd: block ram should not be migrated");
}
