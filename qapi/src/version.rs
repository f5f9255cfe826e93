//! The version of a server, which its greeting tells.

use std::fmt;

/// The version in a greeting.
///
/// ```
/// let version = qapi::Version::new(10, 0, 2).with_package("Debian 1:10.0.2+ds-2");
/// assert_eq!(version.to_string(), "10.0.2 (Debian 1:10.0.2+ds-2)");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Version {
    /// The first number.
    pub major: u32,
    /// The second number.
    pub minor: u32,
    /// The third number.
    pub micro: u32,
    /// The text that the packager adds.
    pub package: String,
}

impl Version {
    /// A version without a package.
    pub fn new(major: u32, minor: u32, micro: u32) -> Version {
        Version { major, minor, micro, package: String::new() }
    }

    /// Sets the text that the packager adds.
    #[must_use]
    pub fn with_package(mut self, package: impl Into<String>) -> Version {
        self.package = package.into();
        self
    }
}

/// `10.0.2`, and the package in parentheses if there is one.
impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.micro)?;
        if self.package.is_empty() { Ok(()) } else { write!(f, " ({})", self.package) }
    }
}
