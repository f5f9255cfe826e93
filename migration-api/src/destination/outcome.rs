//! The result of loading a stream.

use crate::guest::GlobalState;

/// A guest that is loaded completely.
#[derive(Clone, Copy, Debug)]
pub(super) enum Loaded {
    /// The guest may run, in the state that it had at the source if that was sent.
    Whole(Option<GlobalState>),
    /// The guest runs already.
    Running,
    /// The guest becomes a COLO secondary.
    Secondary(Option<GlobalState>),
}
