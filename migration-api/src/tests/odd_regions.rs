//! A RAM block of three regions of odd sizes, whose borders lie within words of dirty bits and
//! within packets of multifd.

use vm_memory::{Bytes, GuestAddress, GuestMemoryRegion, GuestRegionMmap, MemoryRegionAddress};

use super::*;
use crate::api::MultiFDCompression;
use crate::guest::{BlockId, DeviceSection, DirtyBits, Identity, RamBlock, StopMode};

struct Odd(Vec<Arc<GuestRegionMmap<()>>>);

impl Odd {
    /// Makes regions of these sizes in pages, with content if it is a source.
    fn new(sizes: &[usize], filled: bool) -> Arc<Self> {
        let region =
            |pages: &usize| GuestRegionMmap::from_range(GuestAddress(0), pages << 12, None);
        let regions: Vec<Arc<GuestRegionMmap<()>>> =
            sizes.iter().map(|pages| Arc::new(region(pages).unwrap())).collect();
        let odd = Arc::new(Self(regions));
        if filled {
            let memory = odd.ram()[0].memory.clone();
            for page in (0..memory.size() >> 12).filter(|page| page % 5 != 0) {
                let bytes: Vec<u8> =
                    (0..4096).map(|at| (((page + 1) * at) >> 4) as u8 | 1).collect();
                memory.write(page << 12, &bytes);
            }
        }
        odd
    }

    fn bytes(&self) -> Vec<u8> {
        let regions = self.0.iter().map(|region| {
            let mut bytes = vec![0; region.len() as usize];
            region.read_slice(&mut bytes, MemoryRegionAddress(0)).unwrap();
            bytes
        });
        regions.collect::<Vec<_>>().concat()
    }
}

impl Guest for Odd {
    fn identity(&self) -> Identity {
        Identity::new("odd-1")
    }
    fn ram(&self) -> Vec<RamBlock> {
        vec![RamBlock::joined("ram", &self.0)]
    }
    fn pause(&self, _: StopMode) -> guest::Result<()> {
        Ok(())
    }
    fn resume(&self) -> guest::Result<()> {
        Ok(())
    }
    fn start_log(&self) -> guest::Result<()> {
        Ok(())
    }
    fn sync_log(&self, _: BlockId, dirty: &mut DirtyBits<'_>) -> guest::Result<()> {
        // Some pages on each side of a border, in every pass.
        (60..70).for_each(|page| dirty.mark(page << 12));
        Ok(())
    }
    fn save(&self) -> guest::Result<Vec<DeviceSection>> {
        Ok(Vec::new())
    }
    fn load(&self, _: Vec<DeviceSection>) -> guest::Result<()> {
        Ok(())
    }
}

#[test]
fn blocks_of_odd_regions_arrive_in_every_way() {
    use Capability::{Multifd, PostcopyRam, ReleaseRam, ReturnPath, Xbzrle};
    let ways: [&[Capability]; 9] = [
        &[],
        &[ReturnPath, Multifd],
        &[ReturnPath, Multifd, Capability::ZeroCopySend],
        &[Xbzrle],
        &[PostcopyRam, ReturnPath],
        &[PostcopyRam, ReturnPath, ReleaseRam],
        &[PostcopyRam, ReturnPath, Capability::PostcopyPreempt],
        &[Capability::XIgnoreShared],
        #[cfg(feature = "legacy-compress")]
        &[Capability::Compress],
        #[cfg(not(feature = "legacy-compress"))]
        &[ReturnPath],
    ];
    for way in ways {
        for multifd_compression in [MultiFDCompression::None, MultiFDCompression::Zstd] {
            let plain = multifd_compression == MultiFDCompression::None;
            if !plain && (!way.contains(&Multifd) || way.contains(&Capability::ZeroCopySend)) {
                continue;
            }
            let postcopy = way.contains(&PostcopyRam);
            let on = Capabilities::default().with(Capability::Events, true);
            let on = way.iter().fold(on, |set, &capability| set.with(capability, true));
            let parameters = Parameters { multifd_compression, ..Parameters::default() };
            let slow =
                Parameters { max_bandwidth: 1 << 18, downtime_limit: 1, ..parameters.clone() };
            let build = |guest: Arc<Odd>, incoming, parameters| {
                let engine = Engine::builder(guest).incoming(incoming);
                let engine = engine.capabilities(on).parameters(parameters).build();
                let notices = Mutex::new(engine.events());
                // The machine is not the guest: the host only holds the engine and its notices.
                Host { engine, machine: machine(&[], true), notices }
            };
            let (here, there) = (Odd::new(&[65, 1, 259], true), Odd::new(&[3, 321, 1], false));
            let source =
                build(here.clone(), false, if postcopy { slow } else { parameters.clone() });
            let target = build(there.clone(), true, parameters.clone());
            let before = here.bytes();
            source.engine.cont().unwrap();
            source.engine.migrate(&target.listen()).unwrap();
            if postcopy {
                source.until(Status::Active);
                source.engine.switch_to_postcopy().unwrap();
            }
            source.until(Status::Completed);
            target.until(Status::Completed);
            assert!(there.bytes() == before, "{way:?}");
        }
    }
}
