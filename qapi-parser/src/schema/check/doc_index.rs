//! Looks up the entries of documentation blocks.

use std::collections::HashMap;

use crate::doc::{DocBlock, DocMember};

/// A documentation block with its entries by name.
#[derive(Debug)]
pub(super) struct DocIndex<'a> {
    pub(super) block: &'a DocBlock,
    pub(super) members: HashMap<&'a str, &'a DocMember>,
    pub(super) features: HashMap<&'a str, &'a DocMember>,
}

impl<'a> DocIndex<'a> {
    pub(super) fn new(block: &'a DocBlock) -> Self {
        let by_name = |entries: &'a [DocMember]| {
            entries.iter().map(|entry| (entry.name.text.as_str(), entry)).collect()
        };
        DocIndex { block, members: by_name(&block.members), features: by_name(&block.features) }
    }
}
