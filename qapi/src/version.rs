//! The version of a server, which its greeting tells.

use std::fmt;

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

/// `10.0.2`, and the package in parentheses if there is one.
impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.micro)?;
        if self.package.is_empty() { Ok(()) } else { write!(f, " ({})", self.package) }
    }
}
