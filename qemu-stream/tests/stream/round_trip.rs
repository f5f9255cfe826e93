//! Streams are read as they were written, and written as they were read.

use qemu_stream::ram::{BlockTable, Rules};
use qemu_stream::{BodyLength, Command, ErrorKind, Event, Options, Reader, SectionHeader, section};

use crate::feed::{feed, feed_all};
use crate::image::Image;
use crate::rewrite::Rewriter;
use crate::sample::{self, Sample};

pub fn options(sample: &Sample, pages_ahead: bool) -> Options {
    Options {
        footers: sample.footers,
        description: sample.description,
        blocks: sample::blocks(),
        rules: Rules { compress: sample.compress, pages_ahead, ..Rules::default() },
        ..Options::default()
    }
}

#[test]
fn streams_are_written_as_they_were_read() {
    for sample in sample::all() {
        for piece in [1, 13, 1000, 4096, sample.bytes.len()] {
            for ahead in [false, true] {
                let mut reader = Reader::new(options(&sample, ahead));
                let mut rewriter = Rewriter::new(sample.footers);
                let read = feed_all(&mut reader, &sample.bytes, piece, |reader, event| {
                    rewriter.event(reader.blocks(), &event);
                    Ok(())
                });
                read.unwrap_or_else(|error| {
                    panic!("{} in pieces of {piece}: {error}", sample.name)
                });
                assert!(rewriter.out == sample.bytes, "{} in pieces of {piece}", sample.name);
                assert!(reader.is_complete());
                assert_eq!(reader.position(), sample.bytes.len() as u64, "{}", sample.name);
            }
        }
    }
}

#[test]
fn a_relay_takes_the_blocks_it_is_sent() {
    for sample in sample::all().into_iter().filter(|sample| sample.name != "least") {
        let mut known = Image::default();
        let mut reader = Reader::new(options(&sample, false));
        feed_all(&mut reader, &sample.bytes, 4096, |reader, event| match &event {
            Event::Record(record) => known.apply(reader, record),
            _ => Ok(()),
        })
        .unwrap();

        let mut adopted = Image::default();
        let mut reader =
            Reader::new(Options { blocks: BlockTable::adopting(), ..options(&sample, false) });
        feed_all(&mut reader, &sample.bytes, 4096, |reader, event| match &event {
            Event::Record(record) => adopted.apply(reader, record),
            _ => Ok(()),
        })
        .unwrap();
        assert_eq!(reader.blocks().blocks(), sample::blocks().blocks());
        assert!(known.blocks() == adopted.blocks(), "{}", sample.name);
        assert_eq!(known.pages, adopted.pages);
    }
}

#[test]
fn known_lengths_give_devices_at_once() {
    let sample = sample::all().into_iter().find(|sample| sample.name == "precopy").unwrap();
    let admit = |header: &SectionHeader| {
        Ok(BodyLength::Known(match &*header.name {
            "timer" => 24,
            "globalstate" => 104,
            _ => 13,
        }))
    };
    let mut reader = Reader::new(Options { admit: Box::new(admit), ..options(&sample, false) });
    let mut rewriter = Rewriter::new(true);
    let mut events = 0;
    feed_all(&mut reader, &sample.bytes, 1, |reader, event| {
        rewriter.event(reader.blocks(), &event);
        if matches!(event, Event::Device(_)) {
            events += 1;
            assert!(
                (reader.position() as usize) < sample.bytes.len() - 300,
                "before the description"
            );
        }
        Ok(())
    })
    .unwrap();
    assert_eq!(events, 3);
    assert!(rewriter.out == sample.bytes);
}

#[test]
fn refused_devices() {
    for sample in
        sample::all().into_iter().filter(|sample| ["precopy", "postcopy"].contains(&sample.name))
    {
        for known in [BodyLength::Unknown, BodyLength::Known(24)] {
            let admit = move |header: &SectionHeader| {
                if &*header.name == "globalstate" {
                    let SectionHeader { name, instance, .. } = header.clone();
                    return Err(ErrorKind::UnknownSection { name, instance });
                }
                Ok(if &*header.name == "timer" { known } else { BodyLength::Unknown })
            };
            let mut reader =
                Reader::new(Options { admit: Box::new(admit), ..options(&sample, false) });
            let error = feed_all(&mut reader, &sample.bytes, 4096, |_, _| Ok(())).unwrap_err();
            let text = error.to_string();
            assert!(
                text.starts_with("Unknown savevm section or instance 'globalstate' 0."),
                "{text}"
            );
        }
    }
}

#[test]
fn a_paused_postcopy_goes_on_over_another_connection() {
    let sample = sample::all().into_iter().find(|sample| sample.name == "postcopy").unwrap();
    let mut reader = Reader::new(options(&sample, false));
    let mut image = Image::default();
    let mut apply = |reader: &Reader, event: Event<'_>| match &event {
        Event::Record(record) => image.apply(reader, record),
        _ => Ok(()),
    };
    // The cut is in the last page, which is discarded.
    let rest =
        feed(&mut reader, &sample.bytes[..sample.bytes.len() - 1000], 4096, &mut apply).unwrap();
    let error = reader.finish(rest).unwrap_err();
    assert_eq!(error.messages()[0], "error while loading state section id 2(ram)");

    reader.reconnect();
    let mut resumed = Vec::new();
    Command::RecvBitmap(sample::name("pc.ram")).write(&mut resumed);
    Command::PostcopyResume.write(&mut resumed);
    let tail = sample.bytes.len() - 4096 - 8 - 5 - 1;
    section::write_end(&mut resumed, 2);
    resumed.extend(0x3008_u64.to_be_bytes());
    resumed.extend(b"\x06pc.ram");
    resumed.extend(&sample.bytes[tail..]);
    feed_all(&mut reader, &resumed, 4096, &mut apply).unwrap();
    assert!(reader.is_complete());
    assert!(image.blocks()[0][0x3000..0x4000] == sample.bytes[tail..][..4096]);
}
