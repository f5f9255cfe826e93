//! Feeds a stream to a reader in pieces, as a connection would.

use qemu_stream::ram::Record;
use qemu_stream::{Error, Event, Reader};

/// Feeds `bytes` to the reader, `piece` more bytes at a time, and passes its events to `see`.
/// Content that is left to the caller is passed as a page.
///
/// Returns the bytes that the reader did not consume.
pub fn feed<'a>(
    reader: &mut Reader,
    bytes: &'a [u8],
    piece: usize,
    mut see: impl FnMut(&Reader, Event<'_>) -> Result<(), Error>,
) -> Result<&'a [u8], Error> {
    let page_size = 4096;
    let (mut at, mut end) = (0, 0);
    loop {
        let step = reader.step(&bytes[at..end])?;
        at += step.used;
        match step.event {
            Some(Event::Record(Record::PageAhead { block, offset })) => {
                let Some(data) = bytes.get(at..at + page_size) else {
                    return Err(reader.fault(qemu_stream::ErrorKind::Closed));
                };
                at += page_size;
                end = end.max(at);
                see(reader, Event::Record(Record::Page { block, offset, data }))?;
            }
            Some(event) => see(reader, event)?,
            None if end == bytes.len() => return Ok(&bytes[at..]),
            None => end = (end + piece).min(bytes.len()),
        }
    }
}

/// Like [`feed`], with the connection closed after the stream.
pub fn feed_all(
    reader: &mut Reader,
    bytes: &[u8],
    piece: usize,
    mut see: impl FnMut(&Reader, Event<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    let rest = feed(reader, bytes, piece, &mut see)?;
    reader.finish(rest)?;
    feed(reader, b"", piece, see)?;
    Ok(())
}
