//! `block-core.json`: bitmaps that can be migrated.

use qapi::{Context, QmpError};

use super::qmp_error;
use crate::api::{BlockDirtyBitmap, BlockDirtyBitmapAdd, server};
use crate::block::Bitmap;
use crate::engine::Engine;

impl server::BlockCoreCommands for Engine {
    fn block_dirty_bitmap_add(
        &self,
        _cx: &Context<'_>,
        arguments: BlockDirtyBitmapAdd,
    ) -> Result<(), QmpError> {
        let bitmap = Bitmap {
            granularity: arguments.granularity.unwrap_or(Bitmap::DEFAULT_GRANULARITY),
            enabled: !arguments.disabled.unwrap_or(false),
            persistent: arguments.persistent.unwrap_or(false),
        };
        self.add_bitmap(&arguments.node, &arguments.name, bitmap).map_err(qmp_error)
    }

    fn block_dirty_bitmap_remove(
        &self,
        _cx: &Context<'_>,
        arguments: BlockDirtyBitmap,
    ) -> Result<(), QmpError> {
        self.remove_bitmap(&arguments.node, &arguments.name).map_err(qmp_error)
    }
}
