//! Encodes the payload of packets.

use std::fmt;

use flate2::{Compress, Compression, FlushCompress};
use zstd::zstd_safe::zstd_sys::ZSTD_EndDirective as Directive;
use zstd::zstd_safe::{self, CCtx, CParameter, InBuffer, OutBuffer};

use super::error::library;
use super::raw_frame::PageHead;
use super::trial::{self, Trial};
use super::{Method, MultifdError};
use crate::compress::bound;
use crate::limits::Limits;

/// Encodes the packets of a channel.
///
/// ```
/// use qemu_stream::multifd::{Encoder, Method};
///
/// let mut encoder = Encoder::new(Method::Zstd, 1, 4096)?;
/// let mut payload = Vec::new();
/// encoder.page(&[0; 4096], &mut payload)?;
/// encoder.last_page(&[1; 4096], &mut payload)?;
/// assert!(payload.len() < 100);
/// # Ok::<(), qemu_stream::multifd::MultifdError>(())
/// ```
pub struct Encoder {
    codec: Codec,
    page_size: u64,
    packet: Progress,
}

/// The zstd level from which on a decompressor would need more memory than [`Limits`] allow.
const LARGE_WINDOWS: u32 = 20;

enum Codec {
    Plain,
    Zlib(Compress),
    Zstd { context: CCtx<'static>, trial: Trial },
}

/// The packet so far.
#[derive(Default)]
struct Progress {
    /// The bytes that precede each page, if pages are not compressed.
    head: Option<PageHead>,
    /// Bytes of compressed pages.
    content: usize,
    /// Bytes that they were compressed to.
    payload: usize,
}

impl fmt::Debug for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let method = match &self.codec {
            Codec::Plain => Method::None,
            Codec::Zlib(_) => Method::Zlib,
            Codec::Zstd { .. } => Method::Zstd,
        };
        f.debug_tuple("Encoder").field(&method).finish()
    }
}

impl Encoder {
    /// The least length of a sample for [`page_head`](Self::page_head), in bytes.
    pub const SAMPLE: usize = trial::SAMPLE;

    /// Creates an encoder for one channel. `level` is that of `multifd-zlib-level` or
    /// `multifd-zstd-level`. A page has `page_size` bytes, 256 to 64 Ki.
    pub fn new(method: Method, level: u32, page_size: u64) -> Result<Self, MultifdError> {
        let codec = match method {
            Method::None => Codec::Plain,
            Method::Zlib => Codec::Zlib(Compress::new(Compression::new(level.min(9)), true)),
            Method::Zstd => {
                let mut context = CCtx::create();
                let mut set = |parameter| context.set_parameter(parameter).map_err(unnamed);
                set(CParameter::CompressionLevel(level.min(22) as i32))?;
                if level >= LARGE_WINDOWS {
                    set(CParameter::WindowLog(Limits::default().window.ilog2()))?;
                }
                Codec::Zstd { context, trial: Trial::new(span(level)) }
            }
        };
        Ok(Self { codec, page_size, packet: Progress::default() })
    }

    /// Returns the bytes that precede each page of the next packet, if its pages go out as they
    /// are. A caller can then build the payload itself, without calling [`page`](Self::page) and
    /// [`last_page`](Self::last_page).
    ///
    /// Without compression, that is so for every packet. With zstd, it is so while packets hardly
    /// shrink, and as long as the result of `sample` looks random: at least
    /// [`SAMPLE`](Self::SAMPLE) bytes of the packet's pages. Call this before every packet, or
    /// never: then packets of zstd are always compressed.
    pub fn page_head(&mut self, sample: impl FnOnce() -> Vec<u8>) -> Option<PageHead> {
        self.packet.head = match &mut self.codec {
            Codec::Plain => Some(PageHead::NONE),
            Codec::Zlib(_) => None,
            Codec::Zstd { trial, .. } => {
                trial.skips(sample).then(|| PageHead::frame(self.page_size))
            }
        };
        self.packet.head
    }

    /// Appends the output for the next page of a packet so far. The page must not change meanwhile,
    /// so a running guest's page has to be copied first.
    pub fn page(&mut self, page: &[u8], out: &mut Vec<u8>) -> Result<(), MultifdError> {
        self.append(page, false, out)
    }

    /// Appends the output for the last page of a packet, and all output that was held back.
    pub fn last_page(&mut self, page: &[u8], out: &mut Vec<u8>) -> Result<(), MultifdError> {
        self.append(page, true, out)
    }

    fn append(&mut self, page: &[u8], last: bool, out: &mut Vec<u8>) -> Result<(), MultifdError> {
        let before = out.len();
        match (self.packet.head, &mut self.codec) {
            (Some(head), _) => {
                out.extend_from_slice(head.as_bytes());
                out.extend_from_slice(page);
            }
            (None, Codec::Plain) => out.extend_from_slice(page),
            (None, Codec::Zlib(zlib)) => {
                let flush = if last { FlushCompress::Sync } else { FlushCompress::None };
                deflate(zlib, page, flush, out)?;
            }
            (None, Codec::Zstd { context, trial }) => {
                let directive = match last {
                    false => Directive::ZSTD_e_continue,
                    true if trial.may_be_last() => Directive::ZSTD_e_end,
                    true => Directive::ZSTD_e_flush,
                };
                compress(context, page, directive, out)?;
                self.packet.content += page.len();
                self.packet.payload += out.len() - before;
                if last {
                    trial.compressed(self.packet.content, self.packet.payload);
                }
            }
        }
        if last {
            self.packet = Progress::default();
        }
        Ok(())
    }
}

/// Returns the number of full packets that the window of a zstd level spans.
fn span(level: u32) -> u32 {
    match level {
        // zstd's default, which is 3.
        0 => span(3),
        1 => 1,
        2 => 2,
        3..=8 => 4,
        9..=16 => 8,
        _ => 16,
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

fn compress(
    context: &mut CCtx<'_>,
    page: &[u8],
    directive: Directive,
    out: &mut Vec<u8>,
) -> Result<(), MultifdError> {
    /// The library compresses blocks of at most this size. With room for one it needs no buffer.
    const BLOCK: usize = 128 << 10;
    let mut input = InBuffer::around(page);
    loop {
        out.reserve(zstd_safe::compress_bound(BLOCK));
        let at = out.len();
        let mut room = OutBuffer::around_pos(out, at);
        let rest = context.compress_stream2(&mut room, &mut input, directive).map_err(unnamed)?;
        let is_out = rest == 0 || matches!(directive, Directive::ZSTD_e_continue);
        if input.pos() == page.len() && is_out {
            return Ok(());
        }
    }
}

/// Converts an error of zstd.
fn unnamed(code: usize) -> MultifdError {
    library(zstd_safe::get_error_name(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg_attr(miri, ignore = "zstd is C")]
    fn windows_span_as_many_packets_as_stated() {
        for level in 0..=22 {
            let mut encoder = Encoder::new(Method::Zstd, level, 4096).unwrap();
            let mut payload = Vec::new();
            encoder.page(&[1; 4096], &mut payload).unwrap();
            encoder.last_page(&[2; 4096], &mut payload).unwrap();
            // RFC 8878, section 3.1.1.1.2: the window's descriptor comes after magic and flags.
            let descriptor = u32::from(payload[5]);
            let base = 1 << (10 + (descriptor >> 3));
            let window = base + base / 8 * (descriptor & 7);
            assert_eq!(window, span(level) * (512 << 10), "{level}");
        }
    }
}
