//! The error of a guest's methods.

use std::fmt;

use crate::unwind::catch_panic;

/// Result of a guest's method.
pub type Result<T> = std::result::Result<T, GuestError>;

/// Error of a guest's method. `?` converts every error type; [`new`](Self::new) makes one of a
/// text.
///
/// It does not implement [`std::error::Error`], because the conversion would be ambiguous then.
pub struct GuestError(Box<dyn std::error::Error + Send + Sync>);

impl GuestError {
    /// Makes an error of a text: lower case, without a full stop.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into().into())
    }

    /// Returns the embedder's error, if it is one of this type.
    pub fn downcast_ref<E: std::error::Error + 'static>(&self) -> Option<&E> {
        self.0.downcast_ref()
    }
}

impl<E: std::error::Error + Send + Sync + 'static> From<E> for GuestError {
    fn from(error: E) -> Self {
        Self(Box::new(error))
    }
}

impl fmt::Display for GuestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for GuestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// Calls the method of the guest that `name` names. A panic counts as an error.
pub(crate) fn answer<T>(name: &str, method: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_panic(method)
        .unwrap_or_else(|| Err(GuestError::new(format!("the guest panicked in `{name}`"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_is_converted_and_kept() {
        fn parse(text: &str) -> Result<u32> {
            Ok(text.parse()?)
        }
        let error = parse("x").unwrap_err();
        assert_eq!(error.to_string(), "invalid digit found in string");
        assert!(error.downcast_ref::<std::num::ParseIntError>().is_some());
        assert_eq!(format!("{:?}", GuestError::new("no such device")), "no such device");
    }
}
