//! Streams of QEMU: read completely, rebuilt to the recorded memory, and written again byte by
//! byte.

use qemu_stream::multifd::Method;
use qemu_stream::ram::{BlockTable, Record};
use qemu_stream::return_path::ReturnPathReader;
use qemu_stream::{ErrorKind, Event, Options, Reader};

use crate::capture::{Capture, each};
use crate::feed::{feed, feed_all};
use crate::image::{Channel, Image};
use crate::rewrite::Rewriter;

impl Capture {
    fn is_described(&self) -> bool {
        !self.command_line().any(|word| word == "suppress-vmdesc=on")
    }

    /// Returns the offset of the main stream in its file.
    fn offset(&self) -> usize {
        self.description["files"][0]["offset"].as_u64().unwrap_or(0) as usize
    }

    fn channels(&self) -> Vec<Channel> {
        let method = match self.description["parameters"]["multifd-compression"].as_str() {
            Some("zlib") => Method::Zlib,
            Some("zstd") => Method::Zstd,
            _ => Method::None,
        };
        let channels = self.role("multifd").zip(0..);
        let read = |(bytes, number)| {
            let mut written = Vec::new();
            let channel = Channel::relay(bytes, method, &mut written).unwrap();
            assert_eq!(channel.id, Some(number));
            assert!(written == bytes, "the channel is not written as it was read");
            channel
        };
        channels.map(read).collect()
    }

    /// Reads the main channels, and checks that writing them gives the same bytes.
    fn read(&self, piece: usize) -> (Reader, Image) {
        let mut options = Options {
            blocks: BlockTable::adopting(),
            description: self.is_described(),
            ..Options::default()
        };
        options.rules.pages_ahead = piece.is_multiple_of(2);
        let mut reader = Reader::new(options);
        let mut rewriter = Rewriter::new(true);
        let mut image = Image::default();
        let channels = self.channels();
        let mut round = 0;
        let mut see = |reader: &Reader, event: Event<'_>, rewriter: &mut Rewriter| {
            rewriter.event(reader.blocks(), &event);
            match &event {
                Event::Record(Record::MultifdFlush) => {
                    for channel in &channels {
                        channel.apply(round, reader.blocks(), &mut image).unwrap();
                    }
                    round += 1;
                    Ok(())
                }
                Event::Record(record) => image.apply(reader, record),
                _ => Ok(()),
            }
        };
        for file in &self.files {
            let bytes = &file.bytes;
            match &file.role[..] {
                "main" => {}
                "main-recover" => {
                    reader.reconnect();
                    rewriter = Rewriter::new(true);
                }
                _ => continue,
            }
            if file.truncated {
                let rest = feed(&mut reader, bytes, piece, |reader, event| {
                    see(reader, event, &mut rewriter)
                });
                // With pages left to the caller, a cut is reported at the page.
                let rest = match rest {
                    Ok(rest) => {
                        assert_eq!(reader.position() as usize + rest.len(), bytes.len());
                        reader.finish(rest).unwrap_err()
                    }
                    Err(error) => error,
                };
                assert_eq!(*rest.kind(), ErrorKind::Closed);
                assert!(bytes.starts_with(&rewriter.out));
                continue;
            }
            feed_all(&mut reader, bytes, piece, |reader, event| see(reader, event, &mut rewriter))
                .unwrap();
            assert_eq!(reader.position(), bytes.len() as u64, "every byte is accounted for");
            assert!(rewriter.out == *bytes, "the stream is not written as it was read");
        }
        for channel in &channels {
            assert_eq!(channel.rounds.len(), round + 1, "one SYNC packet for each mark");
            channel.apply(round, reader.blocks(), &mut image).unwrap();
        }
        (reader, image)
    }
}

fn check(capture: &Capture) {
    if capture.has("mapped-ram") {
        let bytes = capture.role("main").next().unwrap();
        let bytes = &bytes[capture.offset()..];
        let error = feed_all(&mut Reader::new(Options::default()), bytes, 4096, |_, _| Ok(()));
        assert!(
            error.unwrap_err().to_string().starts_with("Received unknown capability mapped-ram")
        );
        return;
    }
    for piece in [997, 64 << 10] {
        let (reader, image) = capture.read(piece);
        for name in capture.blocks() {
            let id = reader.blocks().find(name).expect("the block is in the stream");
            capture.check_memory(name, &image.blocks()[id.index()]);
        }
    }
    for bytes in capture.role("return-path") {
        let mut reader = ReturnPathReader::new(1 << 20);
        let (mut at, mut written) = (0, Vec::new());
        loop {
            let step = reader.step(&bytes[at..]).unwrap();
            at += step.used;
            let Some(message) = step.message else { break };
            message.write(&mut written);
        }
        assert_eq!(at, bytes.len());
        assert!(written == bytes, "the return path is not written as it was read");
    }
}

#[test]
fn every_capture_is_read_and_rebuilt() {
    each(check);
}
