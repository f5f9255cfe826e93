//! The version of a server, which its greeting tells.

/// The version that a greeting tells.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Version {
    /// The first number.
    pub major: u32,
    /// The second number.
    pub minor: u32,
    /// The third number.
    pub micro: u32,
    /// What the packager adds.
    pub package: String,
}
