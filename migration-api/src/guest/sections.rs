//! Device sections: opaque bytes with a name and a version. Defines the one section that every
//! machine has, `globalstate`.

use super::GuestError;
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

/// The format of a device section, which a destination needs to read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The newest version that can be loaded.
    pub version: u32,
    /// The length of the body in bytes.
    pub length: usize,
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
    pub const LAYOUT: Layout = Layout { version: 1, length: 104 };
    /// Length of the run state's name field in bytes.
    const NAME_SPACE: usize = 32;

    /// Encodes the section.
    pub fn section(self) -> DeviceSection {
        let name = self.run_state.as_str();
        let mut body = vec![0; Self::LAYOUT.length];
        body[..4].copy_from_slice(&(name.len() as u32 + 1).to_be_bytes());
        body[4..4 + name.len()].copy_from_slice(name.as_bytes());
        body[4 + Self::NAME_SPACE] = 1;
        body[5 + Self::NAME_SPACE] = u8::from(self.suspended);
        DeviceSection { name: Self::NAME.into(), instance: 0, version: Self::LAYOUT.version, body }
    }

    /// Parses a body.
    ///
    /// # Errors
    /// The body has the wrong length, or names an unknown run state.
    pub fn read(body: &[u8]) -> Result<Self, GuestError> {
        let wrong =
            |reason: String| GuestError::Section { name: Self::NAME.into(), instance: 0, reason };
        if body.len() != Self::LAYOUT.length {
            return Err(wrong(format!("{} bytes instead of {}", body.len(), Self::LAYOUT.length)));
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
