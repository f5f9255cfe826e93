//! Pages as they are, straight from guest memory.

use super::Failure;
use super::encoder::{Body, Context, Encoder, Run};
use super::pace::CHUNK;

/// Sends zero pages by name and all others whole.
pub(super) struct Plain;

impl Encoder for Plain {
    fn encode(&mut self, run: Run, cx: &mut Context<'_>) -> Result<u64, Failure> {
        let before = cx.gathered.len();
        for offset in run.offsets() {
            // The guest goes on writing: a page that is no longer what it was found to be is in the dirty log, and comes again.
            if cx.is_zero(run.block, offset) {
                cx.zero(run.block, offset);
            } else {
                cx.page(run.block, offset);
            }
        }
        Ok(cx.gathered.len() - before)
    }

    fn chunk(&self) -> u64 {
        CHUNK
    }

    fn synced(&mut self, _last: bool) {}

    fn out_of_step(&self) -> bool {
        false
    }

    fn end(&mut self, _body: Body, _cx: &mut Context<'_>) -> Result<(), Failure> {
        Ok(())
    }
}
