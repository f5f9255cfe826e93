//! The payload of multifd packets: the pages in order, uncompressed or compressed.
//!
//! A compressor is used for a whole channel, and is only flushed at the end of a packet. So a
//! packet can be decompressed only after all earlier ones on its channel.

use std::fmt;

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use zstd::stream::raw::{self, DParameter, InBuffer, Operation, OutBuffer};
use zstd::zstd_safe::WriteBuf;

use super::MultifdError;
use super::error::PayloadError;
use crate::compress::bound;
use crate::limits::Limits;

/// Compression of packets, which must be equal on both sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// None.
    None,
    /// zlib.
    Zlib,
    /// zstd.
    Zstd,
}

impl Method {
    /// Returns the method's bits in a packet's flags.
    pub fn flag(self) -> u32 {
        match self {
            Self::None => 0,
            Self::Zlib => 0x2,
            Self::Zstd => 0x4,
        }
    }

    /// Returns the largest payload for pages of `content` bytes. Incompressible data grows a
    /// little, and a flush takes a few bytes.
    pub(super) fn longest(self, content: u32) -> u32 {
        match self {
            Self::None => content,
            // At their fastest level, some libraries encode every byte in nine bits.
            Self::Zlib => content + content / 8 + 1024,
            Self::Zstd => content + content / 64 + 1024,
        }
    }

    pub(super) fn of_flag(flag: u32) -> Option<Self> {
        [Self::None, Self::Zlib, Self::Zstd].into_iter().find(|method| method.flag() == flag)
    }
}

fn library(error: impl ToString) -> MultifdError {
    MultifdError::Content(PayloadError::Library(error.to_string()))
}

/// Encodes the packets of a channel.
pub struct Encoder(EncoderKind);

enum EncoderKind {
    Plain,
    Zlib(Compress),
    Zstd(raw::Encoder<'static>),
}

impl fmt::Debug for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let method = match &self.0 {
            EncoderKind::Plain => Method::None,
            EncoderKind::Zlib(_) => Method::Zlib,
            EncoderKind::Zstd(_) => Method::Zstd,
        };
        f.debug_tuple("Encoder").field(&method).finish()
    }
}

impl Encoder {
    /// Creates an encoder for one channel. `level` is that of `multifd-zlib-level` or
    /// `multifd-zstd-level`.
    pub fn new(method: Method, level: u32) -> Result<Self, MultifdError> {
        Ok(Self(match method {
            Method::None => EncoderKind::Plain,
            Method::Zlib => EncoderKind::Zlib(Compress::new(Compression::new(level.min(9)), true)),
            Method::Zstd => {
                EncoderKind::Zstd(raw::Encoder::new(level.min(22) as i32).map_err(library)?)
            }
        }))
    }

    /// Appends the output for the next page of a packet so far. The page must not change meanwhile,
    /// so a running guest's page has to be copied first.
    pub fn page(&mut self, page: &[u8], out: &mut Vec<u8>) -> Result<(), MultifdError> {
        match &mut self.0 {
            EncoderKind::Plain => out.extend_from_slice(page),
            EncoderKind::Zlib(zlib) => deflate(zlib, page, FlushCompress::None, out)?,
            EncoderKind::Zstd(zstd) => {
                let mut input = InBuffer::around(page);
                while input.pos() < page.len() {
                    zstd_step(out, |room| zstd.run(&mut input, room))?;
                }
            }
        }
        Ok(())
    }

    /// Appends the rest of the output. The packet, which has at least one page, is complete then.
    pub fn flush(&mut self, out: &mut Vec<u8>) -> Result<(), MultifdError> {
        match &mut self.0 {
            EncoderKind::Plain => {}
            EncoderKind::Zlib(zlib) => deflate(zlib, &[], FlushCompress::Sync, out)?,
            EncoderKind::Zstd(zstd) => while zstd_step(out, |room| zstd.flush(room))? > 0 {},
        }
        Ok(())
    }
}

fn deflate(
    zlib: &mut Compress,
    page: &[u8],
    flush: FlushCompress,
    out: &mut Vec<u8>,
) -> Result<(), MultifdError> {
    let start = zlib.total_in();
    loop {
        out.reserve(bound(page.len()) + 64);
        let done = (zlib.total_in() - start) as usize;
        zlib.compress_vec(&page[done..], out, flush).map_err(library)?;
        // If room is left, the library has no more output.
        if zlib.total_in() - start == page.len() as u64 && out.len() < out.capacity() {
            return Ok(());
        }
    }
}

fn zstd_step(
    out: &mut Vec<u8>,
    step: impl FnOnce(&mut OutBuffer<'_, Vec<u8>>) -> std::io::Result<usize>,
) -> Result<usize, MultifdError> {
    /// The library compresses blocks of at most this size. With room for one it needs no buffer.
    const BLOCK: usize = 128 << 10;
    out.reserve(zstd::zstd_safe::compress_bound(BLOCK));
    let at = out.len();
    step(&mut OutBuffer::around_pos(out, at)).map_err(library)
}

/// Decodes the packets of a channel.
pub struct Decoder(DecoderKind);

enum DecoderKind {
    Plain,
    Zlib(Decompress),
    Zstd(raw::Decoder<'static>),
}

impl fmt::Debug for Decoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Decoder").field(&self.0.method()).finish()
    }
}

impl DecoderKind {
    fn method(&self) -> Method {
        match self {
            Self::Plain => Method::None,
            Self::Zlib(_) => Method::Zlib,
            Self::Zstd(_) => Method::Zstd,
        }
    }
}

impl Decoder {
    /// Creates a decoder for one channel, with the default limit on the window.
    pub fn new(method: Method) -> Result<Self, MultifdError> {
        Self::with_window(method, Limits::default().window)
    }

    /// Creates a decoder for one channel. Refuses a zstd stream that needs a window of more than
    /// `window` bytes.
    pub fn with_window(method: Method, window: u64) -> Result<Self, MultifdError> {
        Ok(Self(match method {
            Method::None => DecoderKind::Plain,
            Method::Zlib => DecoderKind::Zlib(Decompress::new(true)),
            Method::Zstd => {
                let mut zstd = raw::Decoder::new().map_err(library)?;
                let log = window.max(1).ilog2().clamp(10, 31);
                zstd.set_parameter(DParameter::WindowLogMax(log)).map_err(library)?;
                DecoderKind::Zstd(zstd)
            }
        }))
    }

    /// Returns the pages of a packet with this `payload`. Read all of them and call
    /// [`PacketPages::end`] before the next packet.
    pub fn packet<'a>(&'a mut self, payload: &'a [u8]) -> PacketPages<'a> {
        PacketPages { receiver: &mut self.0, rest: payload }
    }
}

/// The pages of one packet.
#[must_use = "the next packet can be decoded only after this one"]
pub struct PacketPages<'a> {
    receiver: &'a mut DecoderKind,
    rest: &'a [u8],
}

impl fmt::Debug for PacketPages<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PacketPages")
            .field("method", &self.receiver.method())
            .field("rest", &self.rest.len())
            .finish()
    }
}

impl PacketPages<'_> {
    /// Reads the next page.
    pub fn read(&mut self, page: &mut [u8]) -> Result<(), MultifdError> {
        let mut filled = 0;
        while filled < page.len() {
            let (used, written) = self.some(&mut page[filled..])?;
            if used == 0 && written == 0 {
                return Err(MultifdError::Content(PayloadError::TooShort));
            }
            self.rest = &self.rest[used..];
            filled += written;
        }
        Ok(())
    }

    /// Fills `place` with the next pages. Returns `false`, and reads nothing, if this compression
    /// needs a buffer.
    ///
    /// zstd, which is C, writes to the address of `place`. So this reaches memory that Rust must
    /// have no references into, such as a guest's.
    pub fn read_in_place(&mut self, place: &mut impl WriteBuf) -> Result<bool, MultifdError> {
        let DecoderKind::Zstd(zstd) = &mut *self.receiver else { return Ok(false) };
        let length = place.capacity();
        let (mut input, mut output) = (InBuffer::around(self.rest), OutBuffer::around(place));
        while output.pos() < length {
            let before = (input.pos(), output.pos());
            zstd.run(&mut input, &mut output).map_err(library)?;
            if (input.pos(), output.pos()) == before {
                return Err(MultifdError::Content(PayloadError::TooShort));
            }
        }
        self.rest = &self.rest[input.pos()..];
        Ok(true)
    }

    /// Checks that no content is left.
    pub fn end(mut self) -> Result<(), MultifdError> {
        let mut beyond = [0];
        loop {
            let (used, written) = match self.receiver {
                DecoderKind::Plain => (0, self.rest.len()),
                _ => self.some(&mut beyond)?,
            };
            self.rest = &self.rest[used..];
            if written > 0 || (used == 0 && !self.rest.is_empty()) {
                return Err(MultifdError::Content(PayloadError::TooLong));
            }
            if used == 0 {
                return Ok(());
            }
        }
    }

    /// Decodes some bytes. Returns the numbers of bytes used and written.
    fn some(&mut self, out: &mut [u8]) -> Result<(usize, usize), MultifdError> {
        match self.receiver {
            DecoderKind::Plain => {
                let count = out.len().min(self.rest.len());
                out[..count].copy_from_slice(&self.rest[..count]);
                Ok((count, count))
            }
            DecoderKind::Zlib(zlib) => {
                let (before_in, before_out) = (zlib.total_in(), zlib.total_out());
                let status =
                    zlib.decompress(self.rest, out, FlushDecompress::Sync).map_err(library)?;
                if status == Status::StreamEnd {
                    return Err(library("the stream ends"));
                }
                Ok((
                    (zlib.total_in() - before_in) as usize,
                    (zlib.total_out() - before_out) as usize,
                ))
            }
            DecoderKind::Zstd(zstd) => {
                let mut input = InBuffer::around(self.rest);
                let mut output = OutBuffer::around(out);
                zstd.run(&mut input, &mut output).map_err(library)?;
                Ok((input.pos(), output.pos()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    const METHODS: [Method; 3] = [Method::None, Method::Zlib, Method::Zstd];

    fn pages(random: &mut Random, count: usize, mask: u8) -> Vec<Vec<u8>> {
        (0..count).map(|_| (0..4096).map(|_| random.next() as u8 & mask).collect()).collect()
    }

    fn encode(encoder: &mut Encoder, pages: &[Vec<u8>]) -> Vec<u8> {
        let mut out = b"kept".to_vec();
        pages.iter().for_each(|page| encoder.page(page, &mut out).unwrap());
        if !pages.is_empty() {
            encoder.flush(&mut out).unwrap();
        }
        assert_eq!(out[..4], *b"kept");
        out.split_off(4)
    }

    fn decode(
        decoder: &mut Decoder,
        payload: &[u8],
        count: usize,
    ) -> Result<Vec<Vec<u8>>, MultifdError> {
        let mut packet = decoder.packet(payload);
        let mut pages = vec![vec![0xee; 4096]; count];
        for page in &mut pages {
            packet.read(page)?;
        }
        packet.end()?;
        Ok(pages)
    }

    #[test]
    #[cfg_attr(miri, ignore = "zstd is C")]
    fn packets_of_a_channel_round_trip() {
        let mut random = Random::new(5);
        for method in METHODS {
            for level in [0, 1, 9] {
                let mut encoder = Encoder::new(method, level).unwrap();
                let mut decoder = Decoder::new(method).unwrap();
                for (count, mask) in [(1, 0xff), (128, 0xff), (0, 0), (7, 3), (128, 3), (128, 0)] {
                    let sent = pages(&mut random, count, mask);
                    let payload = encode(&mut encoder, &sent);
                    let most = method.longest(count as u32 * 4096) as usize;
                    assert!(payload.len() <= most, "{method:?} {level} {count}: {}", payload.len());
                    assert_eq!(payload.is_empty(), count == 0);
                    assert_eq!(
                        decode(&mut decoder, &payload, count).unwrap(),
                        sent,
                        "{method:?} {level}"
                    );
                }
            }
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "zstd is C")]
    fn content_must_be_exactly_the_pages() {
        for method in METHODS {
            let payload =
                encode(&mut Encoder::new(method, 1).unwrap(), &pages(&mut Random::new(9), 3, 3));
            let with =
                |payload: &[u8], count| decode(&mut Decoder::new(method).unwrap(), payload, count);
            assert!(with(&payload, 3).is_ok());
            assert_eq!(
                with(&payload, 4),
                Err(MultifdError::Content(PayloadError::TooShort)),
                "{method:?}"
            );
            assert_eq!(
                with(&payload, 2),
                Err(MultifdError::Content(PayloadError::TooLong)),
                "{method:?}"
            );
            assert!(with(&payload[..payload.len() / 2], 3).is_err());
        }
        let mut decoder = Decoder::new(Method::Zlib).unwrap();
        assert!(matches!(
            decode(&mut decoder, b"garbage", 1),
            Err(MultifdError::Content(PayloadError::Library(_)))
        ));
    }
}
