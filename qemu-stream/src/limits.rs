//! Limits on the data that the source of a stream can make a destination keep.

/// The memory in bytes that a device section counts for beyond its name and its body.
pub const SECTION_COST: u64 = 256;

/// The most elements into which a package, or the rest of a stream, is divided.
pub(crate) const MAX_ELEMENTS: usize = 1 << 17;

/// Limits on the data that the source of a stream can make a destination keep beside the guest's
/// RAM.
///
/// With the defaults, a destination with two multifd channels stays below 64 MiB beyond the guest's
/// RAM, the process itself included, whatever its source sends. Each further multifd channel may
/// add [`window`](Self::window) and 2 MiB, and postcopy one host page for each connection if RAM is
/// in huge pages. A COLO secondary also keeps a second copy of the guest's RAM.
///
/// Nothing is allocated in advance: memory grows with the bytes that arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// All device sections of a stream, or of a COLO checkpoint, together, in bytes: the bodies,
    /// the names, and [`SECTION_COST`] for each section.
    pub devices: u64,
    /// The nested stream of a package, in bytes.
    pub package: u64,
    /// The description of the devices, in bytes.
    pub description: u64,
    /// The window of a zstd stream on a multifd channel, in bytes: a power of two, at least 1 KiB.
    /// 8 MiB are enough for the levels up to 19 of multifd-zstd-level.
    pub window: u64,
    /// The number of dirty bitmaps in a stream.
    pub bitmaps: usize,
    /// The number of log lines that the content of a stream can cause. Further lines are counted.
    pub log_lines: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            devices: 16 << 20,
            package: 16 << 20,
            description: 4 << 20,
            window: 8 << 20,
            bitmaps: 1024,
            log_lines: 100,
        }
    }
}
