//! Checks the RAM that a guest reports.

use std::collections::HashSet;

use super::RamBlock;
use crate::page::PAGE;

/// The reason for which the RAM of a guest cannot be migrated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RamError {
    /// A size that is zero or not a multiple of the page size.
    #[error("size {size} of '{block}' is not a positive multiple of {page}")]
    Size {
        /// The RAM block.
        block: String,
        /// The size in bytes, of the block or of one of its regions.
        size: u64,
        /// The size of a page in bytes.
        page: u64,
    },
    /// The name of a RAM block is empty, longer than 255 bytes, or that of another block.
    #[error("RAM block name '{block}' is empty, too long or used twice")]
    BlockName {
        /// The name.
        block: String,
    },
    /// The page size of a RAM block is not a power of two of at least 4096.
    #[error("page size {page_size} of '{block}' is not a power of two of at least {PAGE}")]
    PageSize {
        /// The RAM block.
        block: String,
        /// The page size in bytes.
        page_size: u64,
    },
}

/// Checks the RAM of a guest before it is migrated in or out.
///
/// # Errors
/// A block's name is empty, longer than 255 bytes or used twice; its size is not a positive
/// multiple of 4096; its page size is not a power of two of at least 4096; or it is joined from
/// regions that are not whole pages of its page size.
pub fn check_ram(ram: &[RamBlock]) -> Result<(), RamError> {
    let mut names = HashSet::new();
    for RamBlock { name, page_size, memory, .. } in ram {
        let (block, size) = (name.clone(), memory.size());
        if !(1..=255).contains(&name.len()) || !names.insert(name.as_str()) {
            return Err(RamError::BlockName { block });
        }
        if size == 0 || !size.is_multiple_of(PAGE) {
            return Err(RamError::Size { block, size, page: PAGE });
        }
        if *page_size < PAGE || !page_size.is_power_of_two() {
            return Err(RamError::PageSize { block, page_size: *page_size });
        }
        let page = *page_size;
        let torn = memory.host_regions().map(|region| region.memory.size() as u64);
        // The last region ends with the block, whose size postcopy checks.
        let torn = torn.take_while({
            let mut at = 0;
            move |length| {
                at += length;
                at < size
            }
        });
        if let Some(size) = torn.into_iter().find(|length| !length.is_multiple_of(page)) {
            return Err(RamError::Size { block, size, page });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use vm_memory::{GuestAddress, GuestRegionMmap};

    use super::*;
    use crate::guest::Mapping;

    struct Sized(u64);

    impl Mapping for Sized {
        fn size(&self) -> u64 {
            self.0
        }

        fn read(&self, _offset: u64, _buffer: &mut [u8]) {}

        fn write(&self, _offset: u64, _bytes: &[u8]) {}
    }

    fn block(name: &str, size: u64, page_size: u64) -> RamBlock {
        RamBlock::new(name, &Arc::new(Sized(size))).page_size(page_size)
    }

    #[test]
    fn names_sizes_and_page_sizes_are_checked() {
        let text = |ram: &[RamBlock]| check_ram(ram).unwrap_err().to_string();
        let long = "x".repeat(256);
        assert!(check_ram(&[block("a", 8192, 4096), block("b", 2 << 20, 2 << 20)]).is_ok());
        let twice = "RAM block name 'a' is empty, too long or used twice";
        assert_eq!(text(&[block("a", 8192, 4096), block("a", 4096, 4096)]), twice);
        assert!(check_ram(&[block("", 8192, 4096)]).is_err());
        assert!(check_ram(&[block(&long, 8192, 4096)]).is_err());
        for size in [0, 1, 4095, 6000] {
            let expected = format!("size {size} of 'a' is not a positive multiple of 4096");
            assert_eq!(text(&[block("a", size, 4096)]), expected);
        }
        for page_size in [0, 1, 2048, 4097, 12288] {
            let expected =
                format!("page size {page_size} of 'a' is not a power of two of at least 4096");
            assert_eq!(text(&[block("a", 12288, page_size)]), expected);
        }
    }

    #[test]
    fn a_page_lies_in_one_region() {
        let region = |pages: usize| {
            Arc::new(GuestRegionMmap::<()>::from_range(GuestAddress(0), pages << 12, None).unwrap())
        };
        let (four, two, one) = (region(4), region(2), region(1));
        let check = |page_size, regions: [&Arc<_>; 3]| {
            check_ram(&[RamBlock::joined("a", regions).page_size(page_size)])
        };
        assert_eq!(check(8192, [&four, &two, &two]), Ok(()));
        assert_eq!(check(4096, [&four, &one, &two]), Ok(()));
        let torn = RamError::Size { block: "a".into(), size: 4096, page: 8192 };
        assert_eq!(check(8192, [&four, &one, &one]), Err(torn));
    }
}
