//! Recursion into nested values with a bounded use of the stack.
//!
//! Types contain themselves through a [`Box`] or a [`Vec`]. A message may nest 1024 deep
//! ([`MAX_NESTING`](crate::json::MAX_NESTING)), and without optimization each level of
//! `BlockdevOptions` takes more than 10 KiB of stack: all of them overflow the 2 MiB that a thread
//! has by default. After every [`LEVELS`] levels the rest is therefore read or written on a thread
//! of its own, which needs no C compiler and no `unsafe` code. Few messages nest that deep.

use std::io;
use std::panic::resume_unwind;
use std::thread::{Builder, scope};

/// The number of boxes and lists that share a stack.
const LEVELS: u32 = 32;
/// The size of each further stack.
const STACK: usize = 4 << 20;

/// Returns true if the value at this depth begins a further stack.
#[inline]
pub(super) fn begins_stack(depth: u32) -> bool {
    depth.is_multiple_of(LEVELS)
}

/// Runs on a stack of its own.
///
/// # Errors
/// If the system has no further thread.
#[cold]
pub(super) fn on_new_stack<T: Send>(run: impl FnOnce() -> T + Send) -> io::Result<T> {
    scope(|scope| {
        let thread = Builder::new().stack_size(STACK).spawn_scoped(scope, run)?;
        Ok(thread.join().unwrap_or_else(|panic| resume_unwind(panic)))
    })
}
