//! The destination: the pages asked for in postcopy, and the barrier of multifd channels.

pub mod multifd;
pub mod postcopy;

#[path = "../../../src/destination/page_set.rs"]
mod page_set;

use crate::stream::multifd::MultifdError;

/// Stands for the engine's reasons.
#[derive(Debug, PartialEq)]
pub(crate) enum Failure {
    Multifd(MultifdError),
    Own,
}

impl From<MultifdError> for Failure {
    fn from(error: MultifdError) -> Self {
        Self::Multifd(error)
    }
}
