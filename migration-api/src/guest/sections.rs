//! Device sections: opaque bytes with a name and a version. Defines the one section that every
//! machine has, `globalstate`.

use std::ops::RangeInclusive;

use crate::api::RunState;

/// The migrated state of one device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceSection {
    /// The name, 1 to 255 bytes.
    pub name: String,
    /// Distinguishes devices of the same name.
    pub instance: u32,
    /// The version of the body's format.
    pub version: u32,
    /// The body.
    pub body: Vec<u8>,
}

impl DeviceSection {
    /// The state of the first instance of a device.
    pub fn new(name: impl Into<String>, version: u32, body: Vec<u8>) -> Self {
        Self { name: name.into(), instance: 0, version, body }
    }

    /// Sets the instance, where several devices have the same name.
    #[must_use]
    pub fn instance(self, instance: u32) -> Self {
        Self { instance, ..self }
    }
}

/// The format of a device section. A destination needs it to read the section, and has to have the
/// same kind and, if [fixed](Self::Fixed), the same length as the source. Otherwise it reads a
/// wrong number of bytes, and the migration fails behind the section, often with the text `Missing
/// section footer for NAME`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Layout {
    /// The body has a length that both sides know, as every device of QEMU has.
    Fixed {
        /// The versions that can be loaded.
        versions: RangeInclusive<u32>,
        /// The length of the body in bytes.
        length: usize,
    },
    /// The body has any length up to a limit, such as JSON. The engine writes the length before it,
    /// so the other side has to be this engine.
    UpTo {
        /// The versions that can be loaded.
        versions: RangeInclusive<u32>,
        /// The longest body in bytes. The engine's [`Limits`](crate::stream::Limits) apply, too.
        limit: usize,
    },
}

impl Layout {
    /// A body of this length, in versions up to `version`.
    pub const fn fixed(version: u32, length: usize) -> Self {
        Self::Fixed { versions: 0..=version, length }
    }

    /// A body of up to `limit` bytes, in these versions.
    pub const fn up_to(versions: RangeInclusive<u32>, limit: usize) -> Self {
        Self::UpTo { versions, limit }
    }

    /// A body of any length and version.
    pub const fn any() -> Self {
        Self::up_to(0..=u32::MAX, usize::MAX)
    }

    /// Returns the versions that can be loaded.
    pub fn versions(&self) -> &RangeInclusive<u32> {
        match self {
            Self::Fixed { versions, .. } | Self::UpTo { versions, .. } => versions,
        }
    }
}

/// A device section with an invalid body.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("error while loading state for instance 0x{instance:x} of device '{name}': {reason}")]
pub struct SectionError {
    /// The section's name.
    pub name: String,
    /// The section's instance id.
    pub instance: u32,
    /// The problem.
    pub reason: String,
}

/// The section `globalstate`: the machine's run state at the start of its migration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GlobalState {
    /// The run state.
    pub run_state: RunState,
    /// The guest was suspended, in addition to its run state.
    pub suspended: bool,
}

impl GlobalState {
    /// The section's name.
    pub const NAME: &str = "globalstate";
    /// Layout of the body: name length, name, two flags, padding.
    pub const LAYOUT: Layout = Layout::fixed(Self::VERSION, Self::LENGTH);
    const VERSION: u32 = 1;
    const LENGTH: usize = 104;
    /// Length of the run state's name field in bytes.
    const NAME_SPACE: usize = 32;

    /// Encodes the section.
    pub fn section(self) -> DeviceSection {
        let name = self.run_state.as_str();
        let mut body = vec![0; Self::LENGTH];
        body[..4].copy_from_slice(&(name.len() as u32 + 1).to_be_bytes());
        body[4..4 + name.len()].copy_from_slice(name.as_bytes());
        body[4 + Self::NAME_SPACE] = 1;
        body[5 + Self::NAME_SPACE] = u8::from(self.suspended);
        DeviceSection { name: Self::NAME.into(), instance: 0, version: Self::VERSION, body }
    }

    /// Parses a body.
    ///
    /// # Errors
    /// The body has the wrong length, or names an unknown run state.
    pub fn read(body: &[u8]) -> Result<Self, SectionError> {
        let wrong = |reason: String| SectionError { name: Self::NAME.into(), instance: 0, reason };
        if body.len() != Self::LENGTH {
            return Err(wrong(format!("{} bytes instead of {}", body.len(), Self::LENGTH)));
        }
        let name =
            body[4..4 + Self::NAME_SPACE].split(|&byte| byte == 0).next().unwrap_or_default();
        let name = String::from_utf8_lossy(name);
        let run_state =
            name.parse().map_err(|_| wrong(format!("Unknown received state {name}")))?;
        Ok(Self { run_state, suspended: body[5 + Self::NAME_SPACE] != 0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn global_state_travels() {
        let sent = GlobalState { run_state: RunState::FinishMigrate, suspended: true };
        let section = sent.section();
        assert_eq!(section.body.len(), 104);
        assert_eq!(&section.body[..8], b"\0\0\0\x0ffini");
        assert_eq!(GlobalState::read(&section.body).unwrap(), sent);
    }

    #[test]
    fn an_unknown_run_state_is_refused() {
        let mut section = GlobalState { run_state: RunState::Running, suspended: false }.section();
        section.body[4] = b'x';
        let error = GlobalState::read(&section.body).unwrap_err();
        assert!(error.to_string().ends_with("Unknown received state xunning"), "{error}");
        assert!(GlobalState::read(&[]).is_err());
    }
}
