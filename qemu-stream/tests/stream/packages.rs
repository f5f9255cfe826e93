//! Packages and the rest of a stream, which a reader keeps until they are complete.

use qemu_stream::command::Advise;
use qemu_stream::{
    Command, Configuration, Device, Error, ErrorKind, Event, Limits, Options, Reader,
    SectionHeader, section,
};

use crate::feed::{feed, feed_all};
use crate::sample::name;

/// Makes a stream up to the place of its first device section.
fn start() -> Vec<u8> {
    let mut out = Vec::new();
    section::write_header(&mut out);
    Configuration::new(name("none")).write(&mut out);
    out
}

/// Makes a device section, whose id is the length of its name.
fn device(text: &str, body: &[u8]) -> Device {
    let header = SectionHeader { id: text.len() as u32, name: name(text), instance: 0, version: 4 };
    Device { header, body: body.to_vec() }
}

/// Makes a stream with a package. Returns it with the offset of the package.
fn packaged(content: &[u8]) -> (Vec<u8>, u64) {
    let mut out = start();
    let advise = Advise { block_page_sizes: 0, target_page_size: 4096 };
    Command::PostcopyAdvise(Some(advise)).write(&mut out);
    Command::Packaged(content.len() as u32).write(&mut out);
    let at = out.len() as u64;
    out.extend(content);
    (out, at)
}

/// Returns the names of the device sections.
fn read(bytes: &[u8], piece: usize) -> Result<Vec<String>, Error> {
    let mut reader = Reader::new(Options { description: false, ..Options::default() });
    let mut devices = Vec::new();
    feed_all(&mut reader, bytes, piece, |_, event| {
        if let Event::Device(device) = event {
            devices.push(device.header.name.to_string());
        }
        Ok(())
    })?;
    Ok(devices)
}

#[test]
fn the_offset_of_a_bad_package_is_its_start_however_it_comes() {
    let mut content = Vec::new();
    device("timer", b"state").write(true, &mut content);
    // The package does not end with POSTCOPY_RUN.
    let (bytes, at) = packaged(&content);
    for piece in [1, 5, 64, usize::MAX] {
        let error = read(&bytes, piece.min(bytes.len())).unwrap_err();
        assert_eq!(error.offset(), at, "pieces of {piece}: {error}");
        assert!(error.to_string().starts_with("The package of 29 bytes cannot be"), "{error}");
    }
}

#[test]
fn the_division_of_a_package_can_be_interrupted() {
    let mut content = Vec::new();
    Command::PostcopyListen.write(&mut content);
    Command::PostcopyRun.write(&mut content);
    let (bytes, _) = packaged(&content);
    let interrupted = |interrupt: bool| {
        let options = Options { interrupt: Box::new(move || interrupt), ..Options::default() };
        feed(&mut Reader::new(options), &bytes, 64, |_, _| Ok(())).map(drop)
    };
    interrupted(false).unwrap();
    assert_eq!(*interrupted(true).unwrap_err().kind(), ErrorKind::Closed);
}

#[test]
fn a_description_above_its_limit_does_not_end_a_tail() {
    let json = r#"{"devices": [{"name": "a", "instance_id": 0, "fields": [{"size": 1}]}]}"#;
    let mut bytes = start();
    device("a", b"x").write(true, &mut bytes);
    section::write_eof(&mut bytes);
    section::write_description(&mut bytes, json);
    let ends = |description: usize| {
        let limits = Limits { description: description as u64, ..Limits::default() };
        let mut reader = Reader::new(Options { limits, ..Options::default() });
        feed(&mut reader, &bytes, 64, |_, _| Ok(())).unwrap();
        reader.is_complete()
    };
    assert_eq!([json.len() - 1, json.len()].map(ends), [false, true]);
}

#[test]
fn a_section_of_pages_is_not_a_device() {
    for text in ["ram", "dirty-bitmap"] {
        let version = if text == "ram" { 4 } else { 1 };
        let mut hidden = device(text, b"\0\0\0\0\0\0\0\x10");
        hidden.header.version = version;
        let refusal = format!("Unexpected section '{text}'");

        let mut content = Vec::new();
        device("timer", b"state").write(true, &mut content);
        hidden.write(true, &mut content);
        Command::PostcopyRun.write(&mut content);
        let (bytes, _) = packaged(&content);
        let error = read(&bytes, 64).unwrap_err();
        assert!(error.to_string().starts_with(&refusal), "package: {error}");

        let mut bytes = start();
        device("timer", b"state").write(true, &mut bytes);
        hidden.write(true, &mut bytes);
        section::write_eof(&mut bytes);
        let error = read(&bytes, 64).unwrap_err();
        assert!(error.to_string().starts_with(&refusal), "tail: {error}");
    }
}

#[test]
fn other_sections_of_a_package_are_devices() {
    let mut content = Vec::new();
    device("timer", b"state").write(true, &mut content);
    device("ram2", b"state").write(true, &mut content);
    Command::PostcopyRun.write(&mut content);
    let (mut bytes, _) = packaged(&content);
    section::write_eof(&mut bytes);
    assert_eq!(read(&bytes, 64).unwrap(), ["timer", "ram2"]);
}
