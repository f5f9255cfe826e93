//! The destination: the pages asked for in postcopy, and the barrier of multifd channels.

pub mod multifd;
pub mod postcopy;

/// Stands for the engine's errors.
mod failure {
    use crate::stream::multifd::MultifdError;

    #[derive(Debug, PartialEq)]
    pub(crate) enum LoadFailure {
        Multifd(MultifdError),
        Own,
    }

    impl From<MultifdError> for LoadFailure {
        fn from(error: MultifdError) -> Self {
            Self::Multifd(error)
        }
    }
}
