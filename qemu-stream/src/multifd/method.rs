//! Compression of packets.

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
