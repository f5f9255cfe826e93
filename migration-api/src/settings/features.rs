//! Features of this package that commands and capabilities need.

use crate::api::MigrationCapability;

/// A feature of this package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Feature {
    /// Capability `x-colo` and its commands.
    Colo,
    /// Capability `compress`.
    LegacyCompress,
    /// The commands `snapshot-save`, `snapshot-load` and `snapshot-delete`.
    Snapshot,
}

impl Feature {
    /// Returns the feature that a capability needs, unless it always works.
    pub fn of(capability: MigrationCapability) -> Option<Self> {
        match capability {
            MigrationCapability::XColo => Some(Self::Colo),
            MigrationCapability::Compress => Some(Self::LegacyCompress),
            _ => None,
        }
    }

    /// Returns the feature's name in the package's manifest.
    pub fn name(self) -> &'static str {
        match self {
            Self::Colo => "colo",
            Self::LegacyCompress => "legacy-compress",
            Self::Snapshot => "snapshot",
        }
    }

    fn noun(self) -> &'static str {
        match self {
            Self::Colo => "COLO is",
            Self::LegacyCompress => "Compression of single pages is",
            Self::Snapshot => "Snapshots are",
        }
    }

    /// Returns true if this engine was built with the feature.
    pub fn is_built_in(self) -> bool {
        match self {
            Self::Colo => cfg!(feature = "colo"),
            Self::LegacyCompress => cfg!(feature = "legacy-compress"),
            Self::Snapshot => cfg!(feature = "snapshot"),
        }
    }
}

/// Error of an engine that was built without a feature. `Display` is the text for the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} not available: this engine was built without feature '{}'", self.0.noun(), self.0.name())]
pub struct NotBuilt(pub Feature);
