//! Tests of the payload: what is encoded is decoded, by this side and as QEMU does it.

use zstd::zstd_safe::{DCtx, InBuffer, OutBuffer};

use super::*;
use crate::random::Random;

const METHODS: [Method; 3] = [Method::None, Method::Zlib, Method::Zstd];

fn pages(random: &mut Random, count: usize, mask: u8) -> Vec<Vec<u8>> {
    (0..count).map(|_| (0..4096).map(|_| random.next() as u8 & mask).collect()).collect()
}

fn encode(encoder: &mut Encoder, pages: &[Vec<u8>]) -> Vec<u8> {
    let mut out = b"kept".to_vec();
    if let Some((last, pages)) = pages.split_last() {
        encoder.page_head(|| last[..512].to_vec());
        pages.iter().for_each(|page| encoder.page(page, &mut out).unwrap());
        encoder.last_page(last, &mut out).unwrap();
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
            let mut encoder = Encoder::new(method, level, 4096).unwrap();
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
            encode(&mut Encoder::new(method, 1, 4096).unwrap(), &pages(&mut Random::new(9), 3, 3));
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

/// Decodes a payload as QEMU does (10.0: `multifd_zstd_recv` in `migration/multifd-zstd.c`): page
/// by page, with errors for pages that a call without an error leaves incomplete. Input that is
/// left is lost.
fn decode_as_qemu(zstd: &mut DCtx<'_>, payload: &[u8], count: usize) -> Vec<Vec<u8>> {
    let mut input = InBuffer::around(payload);
    let pages = (0..count).map(|_| {
        let mut page = vec![0xee; 4096];
        let mut output = OutBuffer::around(&mut page[..]);
        while zstd.decompress_stream(&mut output, &mut input).unwrap() > 0
            && input.pos() < payload.len()
            && output.pos() < 4096
        {}
        assert_eq!(output.pos(), 4096, "at {} of {}", input.pos(), payload.len());
        page
    });
    let pages = pages.collect();
    assert_eq!(input.pos(), payload.len());
    pages
}

/// Makes a packet: of incompressible pages, which are sent as they are after a while, or, if it is
/// to be `mixed`, maybe of compressible ones, or of both.
fn packet(random: &mut Random, mixed: bool) -> Vec<Vec<u8>> {
    let count = [1, 2, 7, 32, 33, 128][random.below(6)];
    let mask = if mixed && random.below(8) == 0 { 3 } else { 0xff };
    let mut pages = pages(random, count, mask);
    if mixed && random.below(4) == 0 {
        pages[0] = vec![7; 4096];
    }
    pages
}

#[test]
#[cfg_attr(miri, ignore = "zstd is C")]
fn packets_sent_as_they_are_and_compressed_ones_are_one_stream() {
    let mut random = Random::new(11);
    for level in [1, 3, 20] {
        let mut encoder = Encoder::new(Method::Zstd, level, 4096).unwrap();
        let mut decoder = Decoder::new(Method::Zstd).unwrap();
        let mut qemu = DCtx::create();
        let (mut raw, mut encoded) = (0, 0);
        for at in 0..if level > 9 { 60 } else { 300 } {
            let sent = packet(&mut random, at % 50 < 15);
            let payload = encode(&mut encoder, &sent);
            let count = sent.len();
            assert!(payload.len() <= Method::Zstd.longest(count as u32 * 4096) as usize);
            assert!(decode_as_qemu(&mut qemu, &payload, count) == sent, "{level}: {count}");
            let head = decoder.page_head(payload.len() as u32, count, 4096);
            let parts = payload.chunks(4106).map(|part| part.split_at(part.len().min(10)));
            let as_it_is = |head: PageHead| {
                parts
                    .clone()
                    .zip(&sent)
                    .all(|((start, page), sent)| start == head.as_bytes() && page == &sent[..])
            };
            if head.is_some_and(as_it_is) {
                raw += 1;
                if random.below(2) == 0 {
                    // The caller has taken the pages itself.
                    continue;
                }
            } else {
                encoded += 1;
            }
            assert!(decode(&mut decoder, &payload, count).unwrap() == sent, "{level}: {count}");
        }
        assert!(raw > 10 && encoded > 10, "{level}: {raw} {encoded}");
    }
}

#[test]
#[cfg_attr(miri, ignore = "zstd is C")]
fn random_packets_that_repeat_within_the_window_shrink() {
    // Two packets by turns, in a window of four.
    let mut random = Random::new(4);
    let packets = [0, 1].map(|_| pages(&mut random, 128, 0xff));
    let mut encoder = Encoder::new(Method::Zstd, 3, 4096).unwrap();
    let lengths = (0..20).map(|at| encode(&mut encoder, &packets[at % 2]).len());
    let lengths: Vec<usize> = lengths.collect();
    assert!(lengths[2..].iter().all(|length| *length < 4096), "{lengths:?}");
}

#[test]
#[cfg_attr(miri, ignore = "zstd is C")]
fn a_page_is_expected_as_it_is_only_between_frames() {
    let mut random = Random::new(2);
    let mut decoder = Decoder::new(Method::Zstd).unwrap();
    let head = PageHead::frame(4096);
    assert_eq!(decoder.page_head(3 * 4106, 3, 4096), Some(head));
    assert_eq!(decoder.page_head(3 * 4106 + 1, 3, 4096), None);
    // A packet that is flushed leaves its frame open.
    let mut encoder = Encoder::new(Method::Zstd, 1, 4096).unwrap();
    let sent = pages(&mut random, 3, 0xff);
    assert_eq!(decode(&mut decoder, &encode(&mut encoder, &sent), 3).unwrap(), sent);
    assert_eq!(decoder.page_head(3 * 4106, 3, 4096), None);
    // The second one hardly shrinks, either, and ends the frame.
    assert_eq!(decode(&mut decoder, &encode(&mut encoder, &sent), 3).unwrap(), sent);
    assert_eq!(decoder.page_head(3 * 4106, 3, 4096), Some(head));
    assert_eq!(Decoder::new(Method::Zlib).unwrap().page_head(3 * 4106, 3, 4096), None);
    let plain = Decoder::new(Method::None).unwrap();
    assert_eq!(plain.page_head(3 * 4096, 3, 4096).unwrap().as_bytes(), b"");
}

#[test]
#[cfg_attr(miri, ignore = "zstd is C")]
fn a_frame_of_a_page_is_one_of_zstd_and_nothing_else() {
    for size in [256, 4096, 16 << 10, 64 << 10] {
        let page = pages(&mut Random::new(1), 16, 0xff).concat()[..size].to_vec();
        let frame = [PageHead::frame(size as u64).as_bytes(), &page].concat();
        assert_eq!(zstd::zstd_safe::find_frame_compressed_size(&frame), Ok(frame.len()));
        let content = zstd::zstd_safe::get_frame_content_size(&frame).unwrap();
        assert_eq!(content, Some(size as u64));
        assert_eq!(zstd::stream::decode_all(&frame[..]).unwrap(), page);
    }
}

#[test]
#[cfg_attr(miri, ignore = "zstd is C")]
fn a_window_beyond_the_limit_is_an_error_that_names_the_limit() {
    let sent = pages(&mut Random::new(1), 128, 0xff);
    let payload = encode(&mut Encoder::new(Method::Zstd, 19, 4096).unwrap(), &sent);
    let mut decoder = Decoder::with_window(Method::Zstd, 8 << 20).unwrap();
    assert_eq!(decode(&mut decoder, &payload, 128).unwrap(), sent);
    let mut decoder = Decoder::with_window(Method::Zstd, (8 << 20) - 1).unwrap();
    assert_eq!(
        decode(&mut decoder, &payload, 128),
        Err(MultifdError::Content(PayloadError::Window { max: 4 << 20 }))
    );
}
