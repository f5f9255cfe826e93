//! Options of a reader of the main channel.

use std::fmt;

use crate::error::ErrorKind;
use crate::limits::Limits;
use crate::ram::{BlockTable, Rules};
use crate::section::{BodyLength, SectionHeader};

/// Returns true if the reader has to stop a long computation, such as the division of a package.
pub type Interrupt = Box<dyn Fn() -> bool + Send>;

/// Decides on a device section: refuses it, or tells the length of its body.
pub type AdmitDevice = Box<dyn Fn(&SectionHeader) -> Result<BodyLength, ErrorKind> + Send>;

/// Options of a [`Reader`](super::Reader): properties of the stream that it does not contain, and
/// properties of this side.
pub struct Options {
    /// A configuration follows the header: machine property `send-configuration`.
    pub configuration: bool,
    /// Sections have footers: machine property `send-section-footer`.
    pub footers: bool,
    /// A description follows EOF: not with machine property `suppress-vmdesc`.
    pub description: bool,
    /// Settings that affect RAM records.
    pub rules: Rules,
    /// The RAM blocks of this side.
    pub blocks: BlockTable,
    /// Decides on device sections. By default, admits all without a length.
    pub admit: AdmitDevice,
    /// Limits on the data that the reader keeps.
    pub limits: Limits,
    /// Called regularly during long computations. An interrupted reader fails with
    /// [`ErrorKind::Closed`].
    pub interrupt: Interrupt,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            configuration: true,
            footers: true,
            description: true,
            rules: Rules::default(),
            blocks: BlockTable::default(),
            admit: Box::new(|_| Ok(BodyLength::Unknown)),
            limits: Limits::default(),
            interrupt: Box::new(|| false),
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
