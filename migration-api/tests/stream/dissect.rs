//! Streams that we write, accounted for by an independent dissector.

use std::path::Path;
use std::process::Command;

use migration_api::stream::multifd::{Encoder, Handshake, Method, Packet};
use migration_api::stream::return_path::Message;

use crate::random::Random;
use crate::{sample, shared};

fn dissect(option: &str, bytes: &[u8], what: &str) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("stream");
    std::fs::write(&file, bytes).unwrap();
    let tool = shared::folder("tools/dissect.py");
    let output = Command::new("python3").arg(&tool).arg(option).arg(Path::new(&file)).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.contains("every byte accounted for"),
        "{what}: {text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn main_channels() {
    // The dissector knows neither streams without footers nor compressed pages.
    for sample in sample::all().into_iter().filter(|sample| sample.footers && !sample.compress) {
        dissect("--main", &sample.bytes, sample.name);
    }
}

#[test]
fn multifd_channels() {
    for method in [Method::None, Method::Zlib, Method::Zstd] {
        let mut random = Random::new(4);
        let mut encoder = Encoder::new(method, 1).unwrap();
        let mut out = Vec::new();
        Handshake { uuid: [3; 16], channel: 1 }.write(&mut out);
        for number in 0..6 {
            Packet::sync(number).write(4096, &mut out);
            let pages: Vec<Vec<u8>> = (0..random.below(9))
                .map(|_| (0..4096).map(|_| random.next() as u8 & 0x73).collect())
                .collect();
            let mut content = Vec::new();
            encoder.encode(pages.iter().map(|page| &page[..]), &mut content).unwrap();
            let packet = Packet {
                sync: false,
                method,
                pages_alloc: 128,
                payload_length: content.len() as u32,
                number,
                block: sample::name("pc.ram"),
                normal: (0..pages.len() as u64).map(|page| page << 12).collect(),
                zero: vec![0x10_0000],
            };
            packet.write(4096, &mut out);
            out.extend(content);
        }
        dissect("--multifd", &out, &format!("{method:?}"));
    }
}

#[test]
fn return_path() {
    let mut out = Vec::new();
    let block = sample::name("pc.ram");
    for message in [
        Message::SwitchoverAck,
        Message::Pong(1),
        Message::ReqPages { block: Some(block.clone()), start: 0, length: 4096 },
        Message::ReqPages { block: None, start: 4096, length: 4096 },
        Message::RecvBitmap { block, bitmap: vec![0xf0; 64] },
        Message::ResumeAck,
        Message::Shut(0),
    ] {
        message.write(&mut out);
    }
    dissect("--rp", &out, "return path");
}
