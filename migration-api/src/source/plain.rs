//! Uncompressed pages, sent directly from guest memory.

use super::encoder::{Body, Context, Encoder, PageRun};
use super::error::SourceError;
use super::pace::CHUNK;

/// Sends zero pages as such and all others in full.
pub(super) struct Plain;

impl Encoder for Plain {
    fn encode(&mut self, run: PageRun, cx: &mut Context<'_>) -> Result<u64, SourceError> {
        let before = cx.gathered.len();
        cx.block(run.block).memory.touch(run.offsets());
        run.offsets().for_each(|offset| cx.either(run.block, offset));
        Ok(cx.gathered.len() - before)
    }

    fn chunk(&self) -> u64 {
        CHUNK
    }

    fn synced(&mut self, _last: bool) {}

    fn needs_step(&self) -> bool {
        false
    }

    fn end(&mut self, _body: Body, _cx: &mut Context<'_>) -> Result<(), SourceError> {
        Ok(())
    }
}
