//! Names of blocks, sections and machines, and the spelling of UUIDs.

use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// A name of at most 255 bytes, the limit of its length byte. Cloning is cheap.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(Arc<str>);

/// Error for a name of more than 255 bytes, which cannot be encoded.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("a name of {length} bytes does not fit into the stream, the most is 255")]
pub struct NameTooLong {
    /// The length of the refused name in bytes.
    pub length: usize,
}

impl Name {
    pub(crate) fn empty() -> Self {
        Self("".into())
    }
}

impl TryFrom<&str> for Name {
    type Error = NameTooLong;

    fn try_from(name: &str) -> Result<Self, NameTooLong> {
        if name.len() > usize::from(u8::MAX) {
            return Err(NameTooLong { length: name.len() });
        }
        Ok(Self(name.into()))
    }
}

impl Deref for Name {
    type Target = str;

    #[inline]
    fn deref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        self
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_at_most_255_bytes() {
        assert!(Name::try_from("x".repeat(255).as_str()).is_ok());
        let error = Name::try_from("x".repeat(256).as_str()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "a name of 256 bytes does not fit into the stream, the most is 255"
        );
    }
}
