//! Streams of QEMU: read completely, rebuilt to the recorded memory, and written again byte by byte.

use std::fs;
use std::path::Path;

use migration_api::stream::multifd::Method;
use migration_api::stream::ram::{BlockTable, Record};
use migration_api::stream::return_path::ReturnPathReader;
use migration_api::stream::{ErrorKind, Event, Options, Reader};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::feed::{feed, feed_all};
use crate::image::{Channel, Image};
use crate::rewrite::Rewriter;
use crate::shared;

struct Capture {
    description: Value,
    files: Vec<(String, bool, Vec<u8>)>,
}

impl Capture {
    fn load(path: &Path) -> Self {
        let description: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        let files = description["files"].as_array().unwrap().iter().map(|file| {
            let packed = fs::read(path.with_file_name(file["name"].as_str().unwrap())).unwrap();
            let mut bytes = Vec::new();
            lzma_rs::xz_decompress(&mut &packed[..], &mut bytes).unwrap();
            let role = file["role"].as_str().unwrap().to_owned();
            (role, file["truncated"] == true, bytes)
        });
        Self { files: files.collect(), description }
    }

    fn has(&self, capability: &str) -> bool {
        self.description["capabilities"][capability] == true
    }

    fn role(&self, role: &str) -> impl Iterator<Item = &[u8]> {
        self.files.iter().filter(move |file| file.0 == role).map(|file| &file.2[..])
    }

    fn is_described(&self) -> bool {
        let arguments = self.description["command_line"].as_array().unwrap();
        !arguments.iter().any(|argument| argument == "suppress-vmdesc=on")
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

    /// Reads the main channels, and checks that they are written as they were read.
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
        for (role, truncated, bytes) in &self.files {
            match &role[..] {
                "main" => {}
                "main-recover" => {
                    reader.reconnect();
                    rewriter = Rewriter::new(true);
                }
                _ => continue,
            }
            if *truncated {
                let rest = feed(&mut reader, bytes, piece, |reader, event| see(reader, event, &mut rewriter));
                // With pages left to the caller, the cut shows at the page.
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
            feed_all(&mut reader, bytes, piece, |reader, event| see(reader, event, &mut rewriter)).unwrap();
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

fn check(path: &Path) {
    let capture = Capture::load(path);
    if capture.has("mapped-ram") {
        let bytes = capture.role("main").next().unwrap();
        let offset = capture.description["files"][0]["offset"].as_u64().unwrap_or(0) as usize;
        let error = feed_all(&mut Reader::new(Options::default()), &bytes[offset..], 4096, |_, _| Ok(()));
        assert!(error.unwrap_err().to_string().starts_with("Received unknown capability mapped-ram"));
        return;
    }
    for piece in [997, 64 << 10] {
        let (reader, image) = capture.read(piece);
        for block in capture.description["ram_blocks"].as_array().unwrap() {
            let id =
                reader.blocks().find(block["name"].as_str().unwrap()).expect("the block is in the stream");
            let digest = Sha256::digest(&image.blocks()[id.index()]);
            let hash: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(hash, block["sha256"].as_str().unwrap(), "{}", block["name"]);
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
    let mut failed = Vec::new();
    for entry in fs::read_dir(shared::folder("captures")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "json") {
            println!("{}", path.display());
            if std::panic::catch_unwind(|| check(&path)).is_err() {
                failed.push(path);
            }
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}
