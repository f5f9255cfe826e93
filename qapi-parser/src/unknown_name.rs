//! The error of parsing one of a fixed set of names.

use std::fmt;

/// A text that is not one of the expected names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownName {
    kind: &'static str,
    name: String,
    expected: Vec<&'static str>,
}

impl UnknownName {
    /// Finds `name` among `all`, whose members are called a `kind`.
    pub(crate) fn find<T: Copy>(
        kind: &'static str,
        name: &str,
        all: &[T],
        name_of: impl Fn(T) -> &'static str,
    ) -> Result<T, UnknownName> {
        all.iter().copied().find(|item| name_of(*item) == name).ok_or_else(|| UnknownName {
            kind,
            name: name.to_owned(),
            expected: all.iter().map(|item| name_of(*item)).collect(),
        })
    }
}

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let UnknownName { kind, name, expected } = self;
        write!(f, "unknown {kind} '{name}'; expected one of {}", expected.join(", "))
    }
}

impl std::error::Error for UnknownName {}
