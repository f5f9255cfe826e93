//! The header of a multifd packet: its pages, and the length of its payload.

use super::{MAGIC, Method, MultifdError, VERSION};
use crate::name::Name;
use crate::ram::{BlockId, BlockTable};
use crate::wire::{Fields, Parsed, put_u32, put_u64};

/// Largest size of the pages of a packet in bytes.
const PACKET_BYTES: u64 = 512 << 10;
/// Length of the header without the offsets.
const FIXED_LENGTH: usize = 320;
const NAME_LENGTH: usize = 256;

const SYNC: u32 = 0x01;
const DEVICE_STATE: u32 = 0x40;

/// Returns the largest number of pages in a packet, for pages of `page_size` bytes.
pub fn pages_per_packet(page_size: u64) -> u32 {
    (PACKET_BYTES / page_size.max(1)) as u32
}

/// Returns the length of the header in bytes. It has a field for every possible page.
pub fn header_length(page_size: u64) -> usize {
    FIXED_LENGTH + 8 * pages_per_packet(page_size) as usize
}

/// The header of a packet, without its payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// The channel waits for the mark on the main channel after this packet.
    pub sync: bool,
    /// Compression of the payload; none in a packet without pages.
    pub method: Method,
    /// The number of pages that the sender has room for: [`pages_per_packet`], or 0 in a SYNC
    /// packet of 9.0 and newer.
    pub pages_alloc: u32,
    /// The length of the payload, in bytes.
    pub payload_length: u32,
    /// The number of this packet, counted over all channels.
    pub number: u64,
    /// The block of all pages; empty if there is none.
    pub block: Name,
    /// The offsets of the pages in the payload, in its order.
    pub normal: Vec<u64>,
    /// The offsets of zero pages. None up to 8.2, which sends zero pages on the main channel.
    pub zero: Vec<u64>,
}

impl Packet {
    /// Returns the packet of 9.0 and newer that only synchronises.
    pub fn sync(number: u64) -> Self {
        Self {
            sync: true,
            method: Method::None,
            pages_alloc: 0,
            payload_length: 0,
            number,
            block: Name::empty(),
            normal: Vec::new(),
            zero: Vec::new(),
        }
    }

    /// Appends the header, after which `payload_length` bytes have to follow. Leaves out pages
    /// beyond [`pages_per_packet`].
    pub fn write(&self, page_size: u64, out: &mut Vec<u8>) {
        let (start, length) = (out.len(), header_length(page_size));
        put_u32(out, MAGIC);
        put_u32(out, VERSION);
        put_u32(out, if self.sync { SYNC } else { 0 } | self.method.flag());
        put_u32(out, self.pages_alloc);
        put_u32(out, self.normal.len() as u32);
        put_u32(out, self.payload_length);
        put_u64(out, self.number);
        put_u32(out, self.zero.len() as u32);
        out.resize(start + FIXED_LENGTH - NAME_LENGTH, 0);
        out.extend_from_slice(self.block.as_bytes());
        out.resize(start + FIXED_LENGTH, 0);
        for offset in self.normal.iter().chain(&self.zero) {
            put_u64(out, *offset);
        }
        out.resize(start + length, 0);
    }

    /// Finds the packet's block, and checks that all pages lie in it. Returns `None` if there are
    /// no pages.
    pub fn check(
        &self,
        blocks: &BlockTable,
        page_size: u64,
    ) -> Result<Option<BlockId>, MultifdError> {
        if self.normal.is_empty() && self.zero.is_empty() {
            return Ok(None);
        }
        let id = blocks
            .find(&self.block)
            .ok_or_else(|| MultifdError::UnknownBlock(self.block.clone()))?;
        let block = blocks.get(id);
        if block.is_some_and(|block| block.shared_address.is_some()) {
            return Err(MultifdError::IgnoredBlock(self.block.clone()));
        }
        let length = block.map_or(0, |block| block.length);
        for offset in self.normal.iter().chain(&self.zero) {
            if offset.checked_add(page_size).is_none_or(|end| end > length) {
                return Err(MultifdError::Offset { received: *offset, length });
            }
        }
        Ok(Some(id))
    }

    pub(super) fn parse(
        fields: &mut Fields<'_>,
        page_size: u64,
        agreed: Method,
    ) -> Parsed<Result<Self, MultifdError>> {
        let mut header = Fields::new(fields.take(header_length(page_size))?);
        let (magic, version, flags) = (header.u32()?, header.u32()?, header.u32()?);
        let (pages_alloc, normal, payload_length) = (header.u32()?, header.u32()?, header.u32()?);
        let (number, zero) = (header.u64()?, header.u32()?);
        header.take(FIXED_LENGTH - NAME_LENGTH - header.used())?;
        let name = header.take(NAME_LENGTH)?;
        if magic != MAGIC {
            return Ok(Err(MultifdError::Magic { received: magic, expected: MAGIC }));
        }
        if version != VERSION {
            return Ok(Err(MultifdError::Version { received: version, expected: VERSION }));
        }
        if flags & DEVICE_STATE != 0 {
            return Ok(Err(MultifdError::DeviceState));
        }
        let has_pages = normal > 0 || zero > 0;
        let Some(method) =
            Method::of_flag(flags & !SYNC).filter(|method| !has_pages || *method == agreed)
        else {
            return Ok(Err(MultifdError::Method { received: flags, expected: agreed.flag() }));
        };
        let max = pages_per_packet(page_size);
        if normal.checked_add(zero).is_none_or(|pages| pages > max) {
            return Ok(Err(MultifdError::Pages { normal, zero, max }));
        }
        let content = normal * page_size as u32;
        let fits = match method {
            Method::None => payload_length == content,
            Method::Zlib | Method::Zstd => {
                payload_length <= method.longest(content) && (payload_length > 0 || content == 0)
            }
        };
        if !fits {
            return Ok(Err(MultifdError::PayloadLength {
                received: payload_length,
                expected: content,
            }));
        }
        let name = name
            .iter()
            .position(|byte| *byte == 0)
            .and_then(|end| std::str::from_utf8(&name[..end]).ok());
        let Some(block) = name.and_then(|name| Name::try_from(name).ok()) else {
            return Ok(Err(MultifdError::BlockName));
        };
        let mut offsets =
            |count: u32| (0..count).map(|_| header.u64()).collect::<Parsed<Vec<u64>>>();
        let (normal, zero) = (offsets(normal)?, offsets(zero)?);
        Ok(Ok(Self {
            sync: flags & SYNC != 0,
            method,
            pages_alloc,
            payload_length,
            number,
            block,
            normal,
            zero,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ram::Block;
    use crate::random::Random;

    fn packet() -> Packet {
        Packet {
            sync: false,
            method: Method::None,
            pages_alloc: 128,
            payload_length: 8192,
            number: 5,
            block: "ram".try_into().unwrap(),
            normal: vec![0x1000, 0x3000],
            zero: vec![0x2000],
        }
    }

    fn bytes(packet: &Packet) -> Vec<u8> {
        let mut out = Vec::new();
        packet.write(4096, &mut out);
        out
    }

    fn parse(bytes: &[u8], agreed: Method) -> Result<Packet, MultifdError> {
        Packet::parse(&mut Fields::new(bytes), 4096, agreed).unwrap()
    }

    #[test]
    fn layout() {
        let out = bytes(&packet());
        assert_eq!(out.len(), 1344);
        assert_eq!(header_length(65536), 384);
        assert_eq!(
            out[..36],
            *b"\x11\x22\x33\x44\0\0\0\x01\0\0\0\0\0\0\0\x80\0\0\0\x02\0\0\x20\0\0\0\0\0\0\0\0\x05\0\0\0\x01"
        );
        assert_eq!(out[36..64], [0; 28]);
        assert_eq!(&out[64..68], b"ram\0");
        assert_eq!(out[320..344], *b"\0\0\0\0\0\0\x10\0\0\0\0\0\0\0\x30\0\0\0\0\0\0\0\x20\0");
        assert_eq!(out[344..], [0; 1000]);

        let sync = bytes(&Packet::sync(9));
        assert_eq!((sync[11], &sync[12..24], sync[31]), (1, &[0; 12][..], 9));
    }

    #[test]
    fn both_generations_read_back() {
        let mut random = Random::new(77);
        for _ in 0..if cfg!(miri) { 5 } else { 500 } {
            let normal: Vec<u64> = (0..random.below(65)).map(|_| random.next()).collect();
            let zero: Vec<u64> = (0..random.below(64)).map(|_| random.next()).collect();
            let method = [Method::None, Method::Zlib, Method::Zstd][random.below(3)];
            let content = normal.len() as u32 * 4096;
            let packet = Packet {
                // Up to 8.2, a SYNC packet may have pages and has the usual `pages_alloc`.
                sync: random.below(2) == 0,
                method,
                pages_alloc: 128,
                payload_length: if method == Method::None { content } else { content / 3 },
                number: random.next(),
                normal,
                zero,
                ..packet()
            };
            assert_eq!(parse(&bytes(&packet), method), Ok(packet));
        }
        assert_eq!(parse(&bytes(&Packet::sync(1)), Method::Zstd), Ok(Packet::sync(1)));
    }

    #[test]
    fn faults() {
        let text = |change: &dyn Fn(&mut Vec<u8>), agreed| {
            let mut bytes = bytes(&packet());
            change(&mut bytes);
            parse(&bytes, agreed).unwrap_err().to_string()
        };
        assert_eq!(
            text(&|b| b[3] = 0x45, Method::None),
            "multifd: received packet magic 11223345 expected 11223344"
        );
        assert_eq!(
            text(&|b| b[7] = 2, Method::None),
            "multifd: received packet version 2 expected 1"
        );
        assert_eq!(text(&|_| {}, Method::Zlib), "multifd: flags received 0 flags expected 2");
        assert_eq!(
            text(&|b| b[11] = 0x20, Method::None),
            "multifd: flags received 20 flags expected 0"
        );
        assert!(text(&|b| b[11] = 0x40, Method::None).contains("device state"));
        assert!(
            text(&|b| b[19] = 128, Method::None)
                .contains("128 normal and 1 zero pages, maximum 128")
        );
        assert!(text(&|b| b[32..36].fill(0xff), Method::None).contains("4294967295 zero pages"));
        assert_eq!(
            text(&|b| b[20] = 1, Method::None),
            "multifd: packet size received 16785408 size expected 8192"
        );
        let empty = |b: &mut Vec<u8>| (b[11], b[22]) = (4, 0);
        assert_eq!(
            text(&empty, Method::Zstd),
            "multifd: packet size received 0 size expected 8192"
        );
        assert_eq!(
            text(&|b| b[64..320].fill(b'x'), Method::None),
            "multifd: malformed ram block name"
        );
    }

    #[test]
    fn pages_lie_in_their_block() {
        let table = |name: &str, length| {
            BlockTable::new(vec![Block::fixed(name.try_into().unwrap(), length, 4096)])
        };
        let fits = table("ram", 0x4000);
        assert_eq!(packet().check(&fits, 4096), Ok(fits.find("ram")));
        assert_eq!(Packet::sync(0).check(&fits, 4096), Ok(None));
        assert_eq!(
            packet().check(&table("mem", 0x4000), 4096).unwrap_err().to_string(),
            "multifd: unknown ram block ram"
        );
        assert_eq!(
            packet().check(&table("ram", 0x3000), 4096).unwrap_err().to_string(),
            "multifd: offset too long 12288 (max 3000)"
        );
        let wrapped = Packet { normal: vec![u64::MAX - 10], ..packet() };
        assert!(wrapped.check(&fits, 4096).is_err());
    }
}
