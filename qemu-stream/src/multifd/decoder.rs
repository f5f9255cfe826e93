//! Decodes the payload of packets.

use std::fmt;

use flate2::{Decompress, FlushDecompress, Status};
use zstd::zstd_safe::zstd_sys::ZSTD_ErrorCode;
use zstd::zstd_safe::{self, DCtx, DParameter, InBuffer, OutBuffer, WriteBuf};

use super::error::{PayloadError, library};
use super::raw_frame::PageHead;
use super::{Method, MultifdError};
use crate::limits::Limits;

/// Decodes the packets of a channel.
pub struct Decoder(DecoderKind);

enum DecoderKind {
    Plain,
    Zlib(Decompress),
    Zstd(Zstd),
}

struct Zstd {
    context: DCtx<'static>,
    /// Largest accepted window, in bytes.
    window: u64,
    /// The stream so far ends with a frame.
    between_frames: bool,
}

impl Zstd {
    fn new(window: u64) -> Result<Self, MultifdError> {
        let log = window.max(1).ilog2().clamp(10, 31);
        let mut context = DCtx::create();
        let set = context.set_parameter(DParameter::WindowLogMax(log));
        set.map_err(|code| library(zstd_safe::get_error_name(code)))?;
        Ok(Self { context, window: 1 << log, between_frames: true })
    }

    /// Decodes some bytes.
    fn step<C: WriteBuf + ?Sized>(
        &mut self,
        input: &mut InBuffer<'_>,
        output: &mut OutBuffer<'_, C>,
    ) -> Result<(), MultifdError> {
        const WINDOW: usize = ZSTD_ErrorCode::ZSTD_error_frameParameter_windowTooLarge as usize;
        let before = (input.pos(), output.pos());
        let rest = self.context.decompress_stream(output, input).map_err(|code| {
            // The library returns errors as negative numbers.
            match code.wrapping_neg() {
                WINDOW => MultifdError::Content(PayloadError::Window { max: self.window }),
                _ => library(zstd_safe::get_error_name(code)),
            }
        })?;
        // Without progress, the result is only the size of the next head.
        if (input.pos(), output.pos()) != before {
            self.between_frames = rest == 0;
        }
        Ok(())
    }
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
            Method::Zstd => DecoderKind::Zstd(Zstd::new(window)?),
        }))
    }

    /// Returns the bytes that precede each page in the next payload of `length` bytes, if all its
    /// `pages` of `page_size` bytes come as they are. With zstd, another encoding of that length is
    /// possible: if other bytes precede a page, or for any other payload, call
    /// [`packet`](Self::packet).
    pub fn page_head(&self, length: u32, pages: usize, page_size: u64) -> Option<PageHead> {
        match &self.0 {
            DecoderKind::Plain => Some(PageHead::NONE),
            DecoderKind::Zstd(zstd) if zstd.between_frames => {
                let head = PageHead::frame(page_size);
                let each = head.as_bytes().len() as u64 + page_size;
                (u64::from(length) == pages as u64 * each).then_some(head)
            }
            DecoderKind::Zlib(_) | DecoderKind::Zstd(_) => None,
        }
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
            zstd.step(&mut input, &mut output)?;
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
                zstd.step(&mut input, &mut output)?;
                Ok((input.pos(), output.pos()))
            }
        }
    }
}
