//! A RAM block of several mapped regions, as around the hole below 4 GiB.

use std::fmt;
use std::sync::Arc;

use super::memory::{HostRegion, Mapping};

/// Several mappings as one: the first begins at offset 0, each other one where the one before it
/// ends.
pub struct JoinedRegions {
    /// The offsets at which the regions end, and the regions.
    regions: Vec<(u64, Arc<dyn Mapping>)>,
}

impl fmt::Debug for JoinedRegions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ends: Vec<u64> = self.regions.iter().map(|(end, _)| *end).collect();
        f.debug_struct("JoinedRegions").field("ends", &ends).finish_non_exhaustive()
    }
}

impl JoinedRegions {
    /// Joins regions in their order.
    pub fn new(regions: impl IntoIterator<Item = Arc<dyn Mapping>>) -> Self {
        let mut end = 0u64;
        let regions = regions.into_iter().map(|region| {
            end = end.saturating_add(region.size());
            (end, region)
        });
        Self { regions: regions.collect() }
    }

    /// Returns the region that contains an offset, and its start.
    fn find(&self, offset: u64) -> Option<(u64, &Arc<dyn Mapping>)> {
        let index = self.regions.partition_point(|(end, _)| *end <= offset);
        let (end, region) = self.regions.get(index)?;
        Some((end - region.size(), region))
    }

    /// Calls `act` for each region that a range touches: with the region, the offset in it, and the
    /// part of the range.
    fn split(
        &self,
        offset: u64,
        length: usize,
        mut act: impl FnMut(&dyn Mapping, u64, std::ops::Range<usize>),
    ) {
        let mut done = 0;
        while done < length
            && let Some(at) = offset.checked_add(done as u64)
            && let Some((start, region)) = self.find(at)
        {
            let left = region.size() - (at - start);
            let part = usize::try_from(left).unwrap_or(usize::MAX).min(length - done);
            act(&**region, at - start, done..done + part);
            done += part;
        }
    }
}

impl Mapping for JoinedRegions {
    fn size(&self) -> u64 {
        self.regions.last().map_or(0, |(end, _)| *end)
    }

    fn read(&self, offset: u64, buffer: &mut [u8]) {
        self.split(offset, buffer.len(), |region, at, part| region.read(at, &mut buffer[part]));
    }

    fn write(&self, offset: u64, bytes: &[u8]) {
        self.split(offset, bytes.len(), |region, at, part| region.write(at, &bytes[part]));
    }

    fn host(&self, offset: u64) -> Option<HostRegion<'_>> {
        let (start, region) = self.find(offset)?;
        let within = region.host(offset - start)?;
        Some(HostRegion { start: start + within.start, ..within })
    }

    fn guest_address(&self) -> u64 {
        self.regions.first().map_or(0, |(_, region)| region.guest_address())
    }
}

#[cfg(test)]
mod tests {
    use vm_memory::{GuestAddress, GuestRegionMmap};

    use super::*;

    fn region(at: u64, pages: usize) -> Arc<dyn Mapping> {
        Arc::new(GuestRegionMmap::<()>::from_range(GuestAddress(at), pages << 12, None).unwrap())
    }

    #[test]
    fn ranges_cross_the_borders_of_regions() {
        let joined =
            JoinedRegions::new([region(1 << 20, 2), region(1 << 32, 1), region(1 << 33, 3)]);
        let joined: Arc<dyn Mapping> = Arc::new(joined);
        assert_eq!((joined.size(), joined.guest_address()), (6 << 12, 1 << 20));
        let bytes: Vec<u8> = (0..4 << 12).map(|at| (at >> 8) as u8 + 1).collect();
        joined.write(1 << 12, &bytes);
        let mut back = vec![0; 6 << 12];
        joined.read(0, &mut back);
        assert_eq!(back[1 << 12..5 << 12], bytes);
        assert!(back[..1 << 12].iter().chain(&back[5 << 12..]).all(|&byte| byte == 0));
        let mut last = [0; 3];
        joined.read((2 << 12) - 1, &mut last);
        assert_eq!(last, [bytes[4095], bytes[4096], bytes[4097]]);
        let parts = |offset, length| {
            let parts = joined.host_parts(offset, length);
            parts.map(|part| (part.region.start, part.range.length())).collect::<Vec<_>>()
        };
        assert_eq!(parts(1 << 12, 3 << 12), [(0, 4096), (2 << 12, 4096), (3 << 12, 4096)]);
        assert_eq!(parts(5 << 12, u64::MAX), [(3 << 12, 4096)]);
        assert_eq!(parts(6 << 12, 1), []);
        assert!(joined.host_range(1 << 12, 4096).is_some());
        assert!(joined.host_range(1 << 12, 4097).is_none());
        let starts: Vec<u64> = joined.host_regions().map(|region| region.start).collect();
        assert_eq!(starts, [0, 2 << 12, 3 << 12]);
        assert!(joined.has_host());
        assert!(!joined.is_zero(0, 6 << 12) && joined.is_zero(5 << 12, 1 << 12));
        // Beyond the end.
        joined.write(6 << 12, &[1]);
        joined.read(u64::MAX, &mut [0]);
        assert_eq!(JoinedRegions::new([]).size(), 0);
    }
}
