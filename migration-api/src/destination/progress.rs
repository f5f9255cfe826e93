//! The progress of a stream, as far as its end depends on it.

use super::failure::LoadFailure;

/// The part of the stream that has arrived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum StreamProgress {
    /// No RAM: a stream that ends here does not make a guest run.
    #[default]
    Begun,
    /// RAM, or the list of its blocks.
    Memory,
    /// The description, which is the last element.
    Described,
}

/// The guest's role once it is loaded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum GuestRole {
    /// It continues here alone.
    #[default]
    Alone,
    /// It follows the source as a COLO secondary.
    Secondary,
}

impl StreamProgress {
    /// Records that a page or a RAM block has arrived.
    pub(super) fn memory(&mut self) {
        if let Self::Begun = self {
            *self = Self::Memory;
        }
    }

    /// Records that the description has arrived. Without RAM, it makes no difference.
    pub(super) fn describe(&mut self) {
        if let Self::Memory = self {
            *self = Self::Described;
        }
    }

    /// Checks that the guest may be completed.
    ///
    /// # Errors
    /// RAM is missing.
    pub(super) fn check(self) -> Result<(), LoadFailure> {
        match self {
            Self::Begun => Err(LoadFailure::Incomplete("any RAM")),
            Self::Memory | Self::Described => Ok(()),
        }
    }

    /// Returns true if nothing follows.
    pub(super) fn is_described(self) -> bool {
        self == Self::Described
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_has_its_effect_in_every_state() {
        use StreamProgress::{Begun, Described, Memory};
        // The state after RAM and after the description.
        let table = [
            (Begun, Memory, Begun),
            (Memory, Memory, Described),
            (Described, Described, Described),
        ];
        for (state, filled, described) in table {
            let mut progress = state;
            progress.memory();
            assert_eq!(progress, filled);
            progress = state;
            progress.describe();
            assert_eq!(progress, described, "{state:?}");
            assert_eq!(state.check().is_ok(), state != Begun);
            assert_eq!(state.is_described(), state == Described);
        }
        assert_eq!(StreamProgress::default(), Begun);
    }
}
