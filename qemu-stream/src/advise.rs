//! The page sizes in a POSTCOPY_ADVISE, and their comparison with those of this side.

use crate::error::ErrorKind;
use crate::ram::BlockTable;

/// The page sizes in a POSTCOPY_ADVISE, which must be equal on both sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advise {
    /// The page sizes of all RAM blocks, or-ed together.
    pub block_page_sizes: u64,
    /// The target's page size.
    pub target_page_size: u64,
}

impl Advise {
    /// Returns the page sizes of this side. `target_page_size` is in bytes.
    pub fn of(blocks: &BlockTable, target_page_size: u64) -> Self {
        let block_page_sizes =
            blocks.blocks().iter().fold(0, |sizes, block| sizes | block.page_size);
        Self { block_page_sizes, target_page_size }
    }

    /// Compares this side's page sizes, `self`, with those of a POSTCOPY_ADVISE, as QEMU does.
    pub fn check(&self, received: Option<Advise>, postcopy_ram: bool) -> Result<(), ErrorKind> {
        if received.is_some() != postcopy_ram {
            return Err(ErrorKind::AdvisePostcopy { enabled: postcopy_ram });
        }
        let Some(received) = received else { return Ok(()) };
        if received.block_page_sizes != self.block_page_sizes {
            let (received, local) = (received.block_page_sizes, self.block_page_sizes);
            return Err(ErrorKind::AdvisePageSizes { received, local });
        }
        if received.target_page_size != self.target_page_size {
            let (received, local) = (received.target_page_size, self.target_page_size);
            return Err(ErrorKind::AdviseTargetPageSize { received, local });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ram::Block;

    #[test]
    fn advise_is_compared() {
        let block =
            |name: &str, page_size| Block::fixed(name.try_into().unwrap(), 0x20_0000, page_size);
        let local =
            Advise::of(&BlockTable::new(vec![block("a", 0x1000), block("b", 0x20_0000)]), 4096);
        assert_eq!(local, Advise { block_page_sizes: 0x20_1000, target_page_size: 4096 });
        assert_eq!(local.check(Some(local), true), Ok(()));
        assert_eq!(local.check(None, false), Ok(()));
        let text = |received, on| local.check(received, on).unwrap_err().to_string();
        assert_eq!(text(None, true), "RAM postcopy is enabled but have 0 byte advise");
        assert_eq!(text(Some(local), false), "RAM postcopy is disabled but have 16 byte advise");
        assert_eq!(
            text(Some(Advise { block_page_sizes: 0x1000, ..local }), true),
            "Postcopy needs matching RAM page sizes (s=1000 d=201000)"
        );
        assert_eq!(
            text(Some(Advise { target_page_size: 16384, ..local }), true),
            "Postcopy needs matching target page sizes (s=16384 d=4096)"
        );
    }
}
