//! What a reader of the main channel is told before it starts.

use std::fmt;

use crate::stream::error::ErrorKind;
use crate::stream::ram::{BlockTable, Rules};
use crate::stream::section::SectionHeader;

/// Decides on a device section: `Err` refuses it, `Ok(Some(length))` says that its body has this length in bytes, and `Ok(None)`
/// leaves its length to be found out from what follows.
pub type AdmitDevice = Box<dyn Fn(&SectionHeader) -> Result<Option<u64>, ErrorKind> + Send>;

/// What both sides must agree on without the stream saying it, and what this side has.
pub struct Options {
    /// Whether a configuration follows the header: machine property `send-configuration`.
    pub configuration: bool,
    /// Sections have footers: machine property `send-section-footer`.
    pub footers: bool,
    /// A description follows EOF: not with machine property `suppress-vmdesc`.
    pub description: bool,
    /// Settings that affect RAM records.
    pub rules: Rules,
    /// The RAM blocks of this side.
    pub blocks: BlockTable,
    /// Decides on device sections. By default, all are admitted and no length is known.
    pub admit: AdmitDevice,
    /// How much is accepted.
    pub limits: Limits,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            configuration: true,
            footers: true,
            description: true,
            rules: Rules::default(),
            blocks: BlockTable::default(),
            admit: Box::new(|_| Ok(None)),
            limits: Limits::default(),
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("configuration", &self.configuration)
            .field("footers", &self.footers)
            .field("description", &self.description)
            .field("rules", &self.rules)
            .field("blocks", &self.blocks)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// The most memory that a reader takes for what a stream announces, in bytes. It is taken as the bytes come, not in advance.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The device sections together where none has a known length; otherwise each of them.
    pub devices: u64,
    /// The nested stream of a package.
    pub package: u64,
    /// The description.
    pub description: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { devices: 256 << 20, package: 256 << 20, description: 16 << 20 }
    }
}
