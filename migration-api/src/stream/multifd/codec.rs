//! The content of multifd packets: the pages one after the other, as they are or compressed.
//!
//! A compressor lives as long as its channel and is only flushed at the end of a packet, so a packet can be decompressed only after
//! all before it on its channel.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use zstd::stream::raw::{self, InBuffer, Operation, OutBuffer};

use super::MultifdError;
use super::error::Codec;
use crate::stream::compress::bound;
use crate::sys::host::HostRange;

/// How the content of packets is compressed; both sides must agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Not at all.
    None,
    /// By zlib.
    Zlib,
    /// By zstd.
    Zstd,
}

impl Method {
    /// The method's bits in a packet's flags.
    pub fn flag(self) -> u32 {
        match self {
            Self::None => 0,
            Self::Zlib => 0x2,
            Self::Zstd => 0x4,
        }
    }

    /// The most bytes that pages of `content` bytes become: incompressible data grows a little, and a flush takes a few bytes.
    pub(super) fn longest(self, content: u32) -> u32 {
        match self {
            Self::None => content,
            // At their fastest level, some libraries give a byte nine bits whatever it is.
            Self::Zlib => content + content / 8 + 1024,
            Self::Zstd => content + content / 64 + 1024,
        }
    }

    pub(super) fn of_flag(flag: u32) -> Option<Self> {
        [Self::None, Self::Zlib, Self::Zstd].into_iter().find(|method| method.flag() == flag)
    }
}

fn library(error: impl ToString) -> MultifdError {
    MultifdError::Content(Codec::Library(error.to_string()))
}

/// The sender's side of a channel.
pub struct Encoder(Sender);

enum Sender {
    Plain,
    Zlib(Compress),
    Zstd(raw::Encoder<'static>),
}

impl Encoder {
    /// An encoder for one channel. `level` is that of multifd-zlib-level or multifd-zstd-level.
    pub fn new(method: Method, level: u32) -> Result<Self, MultifdError> {
        Ok(Self(match method {
            Method::None => Sender::Plain,
            Method::Zlib => Sender::Zlib(Compress::new(Compression::new(level.min(9)), true)),
            Method::Zstd => Sender::Zstd(raw::Encoder::new(level.min(22) as i32).map_err(library)?),
        }))
    }

    /// Appends what the next page of a packet gives so far. The page must not change meanwhile, so that of a running guest is copied
    /// before.
    pub fn page(&mut self, page: &[u8], out: &mut Vec<u8>) -> Result<(), MultifdError> {
        match &mut self.0 {
            Sender::Plain => out.extend_from_slice(page),
            Sender::Zlib(zlib) => deflate(zlib, page, FlushCompress::None, out)?,
            Sender::Zstd(zstd) => {
                let mut input = InBuffer::around(page);
                while input.pos() < page.len() {
                    zstd_step(out, |room| zstd.run(&mut input, room))?;
                }
            }
        }
        Ok(())
    }

    /// Appends what is left of the pages: the packet, which has at least one, has its whole content now.
    pub fn flush(&mut self, out: &mut Vec<u8>) -> Result<(), MultifdError> {
        match &mut self.0 {
            Sender::Plain => {}
            Sender::Zlib(zlib) => deflate(zlib, &[], FlushCompress::Sync, out)?,
            Sender::Zstd(zstd) => while zstd_step(out, |room| zstd.flush(room))? > 0 {},
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
        // With room left over, the library has nothing more to say.
        if zlib.total_in() - start == page.len() as u64 && out.len() < out.capacity() {
            return Ok(());
        }
    }
}

fn zstd_step(
    out: &mut Vec<u8>,
    step: impl FnOnce(&mut OutBuffer<'_, Vec<u8>>) -> std::io::Result<usize>,
) -> Result<usize, MultifdError> {
    /// The most that the library compresses at once. With room for that it needs no buffer of its own.
    const BLOCK: usize = 128 << 10;
    out.reserve(zstd::zstd_safe::compress_bound(BLOCK));
    let at = out.len();
    step(&mut OutBuffer::around_pos(out, at)).map_err(library)
}

/// The receiver's side of a channel.
pub struct Decoder(Receiver);

enum Receiver {
    Plain,
    Zlib(Decompress),
    Zstd(raw::Decoder<'static>),
}

impl Decoder {
    /// A decoder for one channel.
    pub fn new(method: Method) -> Result<Self, MultifdError> {
        Ok(Self(match method {
            Method::None => Receiver::Plain,
            Method::Zlib => Receiver::Zlib(Decompress::new(true)),
            Method::Zstd => Receiver::Zstd(raw::Decoder::new().map_err(library)?),
        }))
    }

    /// The pages of a packet whose content is `payload`. All of them have to be read, and then [`Pages::end`] to be called, before
    /// the next packet.
    pub fn packet<'a>(&'a mut self, payload: &'a [u8]) -> Pages<'a> {
        Pages { receiver: &mut self.0, rest: payload }
    }
}

/// The pages of one packet.
pub struct Pages<'a> {
    receiver: &'a mut Receiver,
    rest: &'a [u8],
}

impl Pages<'_> {
    /// Reads the next page.
    pub fn read(&mut self, page: &mut [u8]) -> Result<(), MultifdError> {
        let mut filled = 0;
        while filled < page.len() {
            let (used, written) = self.some(&mut page[filled..])?;
            if used == 0 && written == 0 {
                return Err(MultifdError::Content(Codec::TooShort));
            }
            self.rest = &self.rest[used..];
            filled += written;
        }
        Ok(())
    }

    /// Reads the next pages to where they belong without a buffer on the way. `false` if this method of compression needs one.
    pub(crate) fn land(&mut self, mut place: HostRange<'_>) -> Result<bool, MultifdError> {
        let Receiver::Zstd(zstd) = &mut *self.receiver else { return Ok(false) };
        let length = place.length();
        let (mut input, mut output) = (InBuffer::around(self.rest), OutBuffer::around(&mut place));
        while output.pos() < length {
            let before = (input.pos(), output.pos());
            zstd.run(&mut input, &mut output).map_err(library)?;
            if (input.pos(), output.pos()) == before {
                return Err(MultifdError::Content(Codec::TooShort));
            }
        }
        self.rest = &self.rest[input.pos()..];
        Ok(true)
    }

    /// Checks that the content has no more than the pages that were read.
    pub fn end(mut self) -> Result<(), MultifdError> {
        let mut beyond = [0];
        loop {
            let (used, written) = match self.receiver {
                Receiver::Plain => (0, self.rest.len()),
                _ => self.some(&mut beyond)?,
            };
            self.rest = &self.rest[used..];
            if written > 0 || (used == 0 && !self.rest.is_empty()) {
                return Err(MultifdError::Content(Codec::TooLong));
            }
            if used == 0 {
                return Ok(());
            }
        }
    }

    /// Decodes some bytes. Gives how many were used and how many written.
    fn some(&mut self, out: &mut [u8]) -> Result<(usize, usize), MultifdError> {
        match self.receiver {
            Receiver::Plain => {
                let count = out.len().min(self.rest.len());
                out[..count].copy_from_slice(&self.rest[..count]);
                Ok((count, count))
            }
            Receiver::Zlib(zlib) => {
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
            Receiver::Zstd(zstd) => {
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
    use crate::stream::random::Random;

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
    fn content_must_be_exactly_the_pages() {
        for method in METHODS {
            let payload =
                encode(&mut Encoder::new(method, 1).unwrap(), &pages(&mut Random::new(9), 3, 3));
            let with =
                |payload: &[u8], count| decode(&mut Decoder::new(method).unwrap(), payload, count);
            assert!(with(&payload, 3).is_ok());
            assert_eq!(
                with(&payload, 4),
                Err(MultifdError::Content(Codec::TooShort)),
                "{method:?}"
            );
            assert_eq!(with(&payload, 2), Err(MultifdError::Content(Codec::TooLong)), "{method:?}");
            assert!(with(&payload[..payload.len() / 2], 3).is_err());
        }
        let mut decoder = Decoder::new(Method::Zlib).unwrap();
        assert!(matches!(
            decode(&mut decoder, b"garbage", 1),
            Err(MultifdError::Content(Codec::Library(_)))
        ));
    }
}
