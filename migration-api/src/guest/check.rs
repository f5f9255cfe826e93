//! Checks the RAM that a guest reports.

use std::collections::HashSet;

use super::{GuestError, RamBlock};
use crate::page::PAGE;

/// Checks the RAM of a guest before it is migrated in or out.
///
/// # Errors
/// A block's name is empty, longer than 255 bytes or used twice; its size is not a positive
/// multiple of 4096; or its page size is not a power of two of at least 4096.
pub fn check_ram(ram: &[RamBlock]) -> Result<(), GuestError> {
    let mut names = HashSet::new();
    for RamBlock { name, page_size, memory, .. } in ram {
        let (block, size) = (name.clone(), memory.size());
        if !(1..=255).contains(&name.len()) || !names.insert(name.as_str()) {
            return Err(GuestError::BlockName { block });
        }
        if size == 0 || !size.is_multiple_of(PAGE) {
            return Err(GuestError::Size { block, size, page: PAGE });
        }
        if *page_size < PAGE || !page_size.is_power_of_two() {
            return Err(GuestError::PageSize { block, page_size: *page_size });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

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
        RamBlock {
            name: name.into(),
            guest_address: 0,
            page_size,
            shared: false,
            blank: false,
            memory: Arc::new(Sized(size)),
        }
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
}
