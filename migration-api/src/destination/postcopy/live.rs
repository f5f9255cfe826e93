//! Guest memory in use while its pages arrive: requests pages on access, and fills arriving pages
//! atomically.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::requests::{Page, RequestState, Requests};
use super::waits::Waits;
use crate::destination::failure::LoadFailure;
use crate::destination::memory::{Memory, pages};
use crate::destination::return_path::{ReturnPath, Wanted};
use crate::guest::{Guest, HostPart};
use crate::stats::Blocktime;
use crate::stream::Name;
use crate::stream::ram::BlockTable;
use crate::sys::host::HostRange;
use crate::sys::userfault::{Fault, Features, Userfault, Watch};

/// PageContent for pages.
#[derive(Clone, Copy, Debug)]
pub(super) enum PageContent<'a> {
    /// These bytes.
    Bytes(&'a [u8]),
    /// This many zeroes.
    Zeroes(u64),
}

impl<'a> PageContent<'a> {
    fn length(self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Zeroes(length) => length,
        }
    }

    fn after(self, done: u64) -> Self {
        match self {
            Self::Bytes(bytes) => Self::Bytes(bytes.get(done as usize..).unwrap_or_default()),
            Self::Zeroes(length) => Self::Zeroes(length.saturating_sub(done)),
        }
    }
}

/// All of a guest's memory, registered with userfaultfd. Dropping it unregisters it: blocked
/// threads then read zeroes.
pub(super) struct LiveMemory {
    memory: Arc<[Memory]>,
    blocks: Vec<LiveBlock>,
    userfault: Userfault,
    requests: Requests,
    waits: Waits,
    return_path: Arc<ReturnPath>,
    /// No page is missing any more.
    complete: AtomicBool,
}

struct LiveBlock {
    name: Name,
    regions: Vec<LiveRegion>,
}

/// A region of a block.
struct LiveRegion {
    /// The offset in the block at which it begins.
    start: u64,
    address: usize,
    size: usize,
    /// The kernel supports zero pages on it.
    zero_page: bool,
}

impl LiveMemory {
    /// Registers all blocks. From now on, missing pages are requested over `return_path`.
    ///
    /// # Errors
    /// The host does not allow it.
    pub(super) fn watch(
        memory: Arc<[Memory]>,
        table: &BlockTable,
        guest: Arc<dyn Guest>,
        return_path: Arc<ReturnPath>,
    ) -> io::Result<Self> {
        let wanted =
            Features::THREAD_ID.with(Features::MISSING_SHMEM).with(Features::MISSING_HUGETLBFS);
        let by = guest.memory_access().reported();
        let userfault = Userfault::new(by, Userfault::supported(by)?.both(wanted))?;
        let mut blocks = Vec::new();
        for (memory, block) in memory.iter().zip(table.blocks()) {
            if !memory.mapping().has_host() {
                return Err(io::ErrorKind::Unsupported.into());
            }
            let regions = memory.mapping().host_regions().map(|region| {
                let zero_page = userfault.register(region.memory, Watch::Missing)?;
                let (address, size) = (region.memory.address(), region.memory.size());
                Ok(LiveRegion { start: region.start, address, size, zero_page })
            });
            let regions = regions.collect::<io::Result<_>>()?;
            blocks.push(LiveBlock { name: block.name.clone(), regions });
        }
        let (requests, waits) = (Requests::default(), Waits::new(guest));
        Ok(Self {
            memory,
            blocks,
            userfault,
            requests,
            waits,
            return_path,
            complete: AtomicBool::new(false),
        })
    }

    /// Returns a block's name.
    pub(super) fn name(&self, block: usize) -> &Name {
        &self.blocks[block].name
    }

    /// Returns the size in bytes of a block's host pages.
    pub(super) fn page_size(&self, block: usize) -> u64 {
        self.memory[block].page_size()
    }

    /// Returns the requested pages.
    pub(super) fn requests(&self) -> &Requests {
        &self.requests
    }

    /// Returns the times that vCPUs waited.
    pub(super) fn blocktime(&self) -> Blocktime {
        self.waits.so_far()
    }

    /// Returns the number of target pages that have not arrived.
    pub(super) fn missing(&self) -> u64 {
        let missing = self.memory.iter().map(|memory| {
            let all = pages(0, memory.mapping().size()).end;
            memory.received().map_or(0, |received| all.saturating_sub(received.len()))
        });
        missing.sum()
    }

    /// Unregisters all memory, which wakes all blocked threads. Missing pages read as zeroes.
    pub(super) fn let_go(&self) {
        self.complete.store(true, Ordering::SeqCst);
        for region in self.memory.iter().flat_map(|memory| memory.mapping().host_regions()) {
            // Fails only for memory that is not registered.
            let _ = self.userfault.unregister(region.memory);
        }
        self.waits.end_all();
    }

    /// Returns true after [`let_go`](Self::let_go).
    pub(super) fn is_complete(&self) -> bool {
        self.complete.load(Ordering::SeqCst)
    }

    fn has(&self, (block, offset): Page) -> bool {
        self.memory[block]
            .received()
            .is_some_and(|received| received.contains(pages(offset, 1).start))
    }

    /// Takes pending faults, and requests their pages.
    ///
    /// # Errors
    /// The first error of the kernel. The next call handles threads that could not be woken again.
    pub(super) fn serve(&self) -> io::Result<()> {
        let mut served = Ok(());
        for fault in self.userfault.faults()? {
            let Some(page) = self.page(fault.address) else { continue };
            if let Err(error) = self.fault(fault, page) {
                // A thread that is woken accesses the same page again, and is reported again.
                let woken = self.host_page(page).map_or(Ok(()), |range| self.userfault.wake(range));
                served = served.and(Err::<(), _>(error)).and(woken);
            }
        }
        served
    }

    /// Returns the host page that contains an address.
    fn page(&self, address: usize) -> Option<Page> {
        let within = |region: &&LiveRegion| {
            (region.address..region.address + region.size).contains(&address)
        };
        self.blocks.iter().enumerate().find_map(|(block, live)| {
            let region = live.regions.iter().find(within)?;
            let offset = region.start + (address - region.address) as u64;
            Some((block, offset & !(self.page_size(block) - 1)))
        })
    }

    fn host_page(&self, (block, offset): Page) -> Option<HostRange<'_>> {
        self.memory[block].mapping().host_range(offset, self.page_size(block))
    }

    fn fault(&self, fault: Fault, page: Page) -> io::Result<()> {
        self.waits.begin(fault.thread, page);
        match self.requests.open(page, || self.has(page)) {
            RequestState::New => {
                // The reader of the connection notices its end. The request is repeated over the
                // next one.
                let _ = self.return_path.ask(self.wanted(page));
            }
            RequestState::Asked => {}
            RequestState::There => self.release(page)?,
        }
        Ok(())
    }

    /// Wakes the threads that wait for a page that has arrived: as a zero page before the memory
    /// was registered, when it needed no filling, or just now.
    fn release(&self, (block, offset): Page) -> io::Result<()> {
        let length = self.page_size(block);
        self.waits.end(block, offset..offset + length);
        match self.fill(block, offset, PageContent::Zeroes(length)) {
            (_, Err(error)) if error.raw_os_error() != Some(libc::EEXIST) => Err(error),
            (_, Err(_)) => {
                self.host_page((block, offset)).map_or(Ok(()), |range| self.userfault.wake(range))
            }
            (_, Ok(())) => Ok(()),
        }
    }

    fn wanted(&self, (block, start): Page) -> Wanted {
        let name = self.blocks[block].name.clone();
        // A host page has 1 GiB at most.
        Wanted { block, name, start, length: self.page_size(block) as u32 }
    }

    /// Lists the requested pages that have not arrived.
    pub(super) fn all_wanted(&self) -> Vec<Wanted> {
        self.requests.all().into_iter().map(|page| self.wanted(page)).collect()
    }

    /// Fills whole host pages that have arrived. Leaves pages alone that are present: they arrived
    /// before, and the guest uses them.
    ///
    /// # Errors
    /// Memory is not available, or the guest accessed pages before they arrived.
    pub(super) fn place(
        &self,
        block: usize,
        offset: u64,
        content: PageContent<'_>,
    ) -> Result<(), LoadFailure> {
        let mut done = 0;
        while done < content.length() {
            let (at, rest) = (offset + done, content.after(done));
            // Record this first: the waiting threads continue as soon as the page is present.
            let ended = if self.requests.any() {
                self.waits.end(block, at..at + rest.length())
            } else {
                Vec::new()
            };
            let (filled, outcome) = self.fill(block, at, rest);
            self.arrived(block, at, filled);
            done += filled;
            match outcome {
                Ok(()) => {}
                Err(error)
                    if error.raw_os_error() == Some(libc::EEXIST)
                        && self.has((block, offset + done)) =>
                {
                    done += self.page_size(block);
                }
                Err(error) => {
                    self.waits.again(ended.into_iter().filter(|(_, (_, at))| *at >= offset + done));
                    let (block, offset) = (self.blocks[block].name.clone(), offset + done);
                    return Err(LoadFailure::Page { block, offset, error });
                }
            }
        }
        Ok(())
    }

    fn arrived(&self, block: usize, offset: u64, length: u64) {
        if let Some(received) = self.memory[block].received() {
            received.insert(pages(offset, length));
        }
        let range = offset..offset + length;
        if self.requests.close(block, range.clone()) {
            self.waits.end(block, range);
        }
    }

    /// Fills missing pages, up to the end of a region. Returns the number of bytes filled, and the
    /// error that stopped it.
    fn fill(&self, block: usize, offset: u64, content: PageContent<'_>) -> (u64, io::Result<()>) {
        let part = self.memory[block].mapping().host_parts(offset, content.length()).next();
        let Some(HostPart { region, range, .. }) = part else {
            return (0, Err(io::ErrorKind::InvalidInput.into()));
        };
        let length = range.length();
        let zero_page = self.blocks[block]
            .regions
            .iter()
            .any(|live| live.start == region.start && live.zero_page);
        let (filled, outcome) = match content {
            PageContent::Bytes(bytes) => self.userfault.copy(range, &bytes[..length]),
            PageContent::Zeroes(_) if zero_page => self.userfault.zero(range),
            PageContent::Zeroes(_) => self.userfault.copy(range, &vec![0; length]),
        };
        (filled as u64, outcome)
    }
}

impl AsFd for LiveMemory {
    /// Readable while faults are pending, until they are [served](Self::serve).
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.userfault.as_fd()
    }
}
