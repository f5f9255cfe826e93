//! Streams written by this library, parsed by an independent dissector.

use std::path::Path;
use std::process::Command;

use qemu_stream::multifd::Method;
use qemu_stream::ram::RamWriter;

use crate::{sample, shared};

fn dissect(option: &str, bytes: &[u8], what: &str) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("stream");
    std::fs::write(&file, bytes).unwrap();
    let tool = shared::folder("tools/dissect.py");
    let output =
        Command::new("python3").arg(&tool).arg(option).arg(Path::new(&file)).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.contains("every byte accounted for"),
        "{what}: {text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn main_channels() {
    // The dissector supports neither streams without footers nor compressed pages.
    for sample in sample::all().into_iter().filter(|sample| sample.footers && !sample.compress) {
        dissect("--main", &sample.bytes, sample.name);
    }
}

#[test]
fn multifd_channels() {
    for method in [Method::None, Method::Zlib, Method::Zstd] {
        dissect("--multifd", &sample::channel(method, 0x73), &format!("{method:?}"));
    }
}

#[test]
fn return_path() {
    dissect("--rp", &sample::return_path(), "return path");
}

#[test]
fn preempt_channel() {
    let blocks = sample::blocks();
    let (mut out, mut writer) = (Vec::new(), RamWriter::new());
    for (block, offset) in blocks.ids().zip([0, 0x1000]) {
        writer.page(&mut out, &blocks, block, offset);
        out.extend([0x11; 4096]);
        writer.zero(&mut out, &blocks, block, 0);
    }
    dissect("--preempt", &out, "preempt");
}
