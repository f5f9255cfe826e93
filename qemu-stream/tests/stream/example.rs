//! The example `dissect`, on streams of each kind.

use qemu_stream::multifd::Method;
use qemu_stream::ram::{Block, BlockEntry, BlockTable, RamWriter};
use qemu_stream::{Command, Configuration, Device, SectionHeader, description, section};

#[allow(dead_code, reason = "a program")]
#[path = "../../examples/dissect.rs"]
mod dissect;

use dissect::Kind;

use crate::sample::{self, name};

/// Writes a stream with a page of each kind and a device.
fn stream() -> Vec<u8> {
    let mut out = Vec::new();
    section::write_header(&mut out);
    let configuration = Configuration::new(name("none"));
    configuration.write(&mut out);
    Command::Ping(7).write(&mut out);

    let blocks = BlockTable::new(vec![Block::fixed(name("pc.ram"), 0x4000, 4096)]);
    let block = blocks.find("pc.ram").unwrap();
    let mut ram = RamWriter::new();
    let header = SectionHeader { id: 2, name: name("ram"), instance: 0, version: 4 };
    header.write_start(&mut out);
    let entry = BlockEntry { block, length: 0x4000, page_size: None, address: None };
    ram.block_list(&mut out, &blocks, &[entry]);
    ram.eos(&mut out);
    section::write_footer(&mut out, 2);
    section::write_end(&mut out, 2);
    ram.zero(&mut out, &blocks, block, 0);
    ram.page(&mut out, &blocks, block, 0x1000);
    out.extend([5; 4096]);
    ram.xbzrle(&mut out, &blocks, block, 0x1000, &[0, 2, 8, 9]);
    ram.eos(&mut out);
    section::write_footer(&mut out, 2);

    let header = SectionHeader { id: 3, name: name("timer"), instance: 0, version: 2 };
    Device { header: header.clone(), body: vec![0xab; 24] }.write(true, &mut out);
    section::write_eof(&mut out);
    section::write_description(
        &mut out,
        &description::describe(4096, &configuration, [(&header, 24)]),
    );
    out
}

fn dissected(kind: Kind, bytes: &[u8]) -> String {
    let mut out = Vec::new();
    dissect::dissect(kind, bytes, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn a_stream_is_printed_element_by_element() {
    let expected = "\
0x00000000 header
0x00000008 configuration: machine 'none', capabilities []
0x00000011 command Ping(7)
0x0000001a start of section 2 'ram' version 4
0x0000002b list of RAM blocks of 0x4000 bytes in all
0x00000033 RAM block 'pc.ram' of 0x4000 bytes
0x0000004f end of section 2
           1 pages, 1 zero, 0 compressed, 1 as a difference of 2 bytes in all
0x00001088 device 'timer' instance 0 version 2: 24 bytes
0x000010b8 EOF
0x000010b9 description of 303 bytes
  timer
    data: abababababababababababababababab... (24 bytes)
0x000011ed end
";
    assert_eq!(dissected(Kind::Main, &stream()), expected);
}

#[test]
fn every_sample_is_printed() {
    // One lists no RAM blocks, and the dissector knows none.
    let known = |sample: &sample::Sample| sample.footers && sample.name != "least";
    for sample in sample::all().into_iter().filter(known) {
        let text = dissected(Kind::Main, &sample.bytes);
        let end = format!("{:#010x} end\n", sample.bytes.len());
        assert!(text.ends_with(&end), "{}: {text}", sample.name);
    }
    for method in [Method::None, Method::Zlib, Method::Zstd] {
        let bytes = sample::channel(method, 0x73);
        let text = dissected(Kind::Multifd(method), &bytes);
        assert_eq!(text.matches(" packet ").count(), 12, "{text}");
        assert!(text.ends_with(&format!("{:#010x} end\n", bytes.len())), "{text}");
    }
    let text = dissected(Kind::ReturnPath, &sample::return_path());
    assert!(text.contains("received pages of 'pc.ram': 256\n"), "{text}");
}

#[test]
fn a_cut_stream_is_an_error() {
    let bytes = stream();
    for end in [4, 0x20, 0x1088] {
        assert!(dissect::dissect(Kind::Main, &bytes[..end], &mut Vec::new()).is_err(), "{end}");
    }
}

#[cfg(feature = "corpus")]
#[test]
fn recorded_streams_are_printed() {
    use crate::capture::{Capture, each};

    fn check(capture: &Capture) {
        if capture.has("mapped-ram") {
            return;
        }
        for file in capture.files.iter().filter(|file| file.role == "main" && !file.truncated) {
            let text = dissected(Kind::Main, &file.bytes);
            assert!(text.contains(" EOF\n"), "{text}");
            assert!(text.ends_with(&format!("{:#010x} end\n", file.bytes.len())), "{text}");
        }
        for bytes in capture.role("return-path") {
            assert!(dissected(Kind::ReturnPath, bytes).ends_with(" end\n"));
        }
    }
    each(check);
}
