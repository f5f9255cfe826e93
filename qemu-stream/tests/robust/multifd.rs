//! Properties of a multifd channel: a packet that was read and is written again reads the same, and
//! holds what it announces. Pages that come as they are decode to themselves.

use qemu_stream::multifd::{ChannelEvent, ChannelReader, Decoder, Method, pages_per_packet};
use qemu_stream::ram::{Block, BlockTable};

const PAGE: usize = 4096;

/// Checks it for a channel; the first byte chooses the method.
pub fn check(bytes: &[u8]) {
    let [choice, channel @ ..] = bytes else { return };
    let method = [Method::None, Method::Zlib, Method::Zstd][usize::from(choice % 3)];
    let name = "pc.ram".try_into().expect("a short name");
    let blocks = BlockTable::new(vec![Block::fixed(name, 0x8000, 4096)]);
    let mut reader = ChannelReader::new(PAGE as u64, method);
    let mut decoder = Decoder::new(method).expect("a decoder");
    let mut at = 0;
    loop {
        let wanted = reader.wanted();
        let rest = &channel[at..];
        // Nothing is read before all of it is there, and nothing beyond it.
        let cut = reader.step(&rest[..rest.len().min(wanted - 1)]);
        assert!(matches!(cut, Ok(step) if step.used == 0 && step.event.is_none()));
        let Ok(step) = reader.step(rest) else { return };
        let Some(event) = step.event else { break };
        assert_eq!(step.used, wanted);
        at += wanted;
        match event {
            ChannelEvent::Handshake(handshake) => {
                let mut out = Vec::new();
                handshake.write(&mut out);
                let again = ChannelReader::new(PAGE as u64, method).step(&out);
                assert_eq!(again.expect("our own").event, Some(ChannelEvent::Handshake(handshake)));
            }
            ChannelEvent::Packet(packet) => {
                assert!(packet.normal.len() + packet.zero.len() <= pages_per_packet(4096) as usize);
                let mut out = Vec::new();
                packet.write(PAGE as u64, &mut out);
                let mut again = ChannelReader::new(PAGE as u64, method);
                let _ = again.step(&channel[..64]).expect("a handshake, as before");
                let event = again.step(&out).expect("our own").event;
                assert_eq!(event, Some(ChannelEvent::Packet(packet.clone())));
                if let Ok(Some(_)) = packet.check(&blocks, PAGE as u64) {
                    assert!(packet.normal.iter().all(|offset| *offset <= 0x7000));
                }
                let Some(payload) = channel[at..].get(..packet.payload_length as usize) else {
                    return;
                };
                at += payload.len();
                let expected = as_they_are(&decoder, payload, packet.normal.len());
                let mut pages = decoder.packet(payload);
                let mut content = vec![[0; PAGE]; packet.normal.len()];
                let read = content.iter_mut().try_for_each(|page| pages.read(page));
                let read = read.and_then(|()| pages.end());
                if let Some(expected) = expected {
                    assert!(read.is_ok() && expected == content, "{read:?}");
                }
                if read.is_err() {
                    return;
                }
            }
        }
    }
    assert_eq!(reader.finish(&channel[at..]).is_ok(), at == channel.len() && at > 0);
}

/// Returns the pages of a payload that holds them as they are.
fn as_they_are<'a>(decoder: &Decoder, payload: &'a [u8], count: usize) -> Option<Vec<&'a [u8]>> {
    let head = decoder.page_head(payload.len() as u32, count, PAGE as u64)?;
    let parts = payload.chunks(head.as_bytes().len() + PAGE);
    let pages: Option<Vec<_>> = parts.map(|part| part.strip_prefix(head.as_bytes())).collect();
    pages.filter(|pages| pages.len() == count && pages.iter().all(|page| page.len() == PAGE))
}
