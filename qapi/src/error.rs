//! Errors as QMP has them: a class and a description.

use std::fmt;
use std::str::FromStr;

/// The class of an error, which programs may act on.
///
/// ```
/// use qapi::ErrorClass;
///
/// assert_eq!("DeviceNotFound".parse(), Ok(ErrorClass::DeviceNotFound));
/// // QMP's own fallback for a class that a client does not know.
/// let class: ErrorClass = "NovelClass".parse().unwrap_or_default();
/// assert_eq!(class, ErrorClass::GenericError);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum ErrorClass {
    /// Most errors.
    #[default]
    GenericError,
    /// The command does not exist, or is not available now.
    CommandNotFound,
    /// The device is in a state that does not allow the command.
    DeviceNotActive,
    /// The device does not exist.
    DeviceNotFound,
    /// KVM lacks a capability.
    KvmMissingCap,
}

impl ErrorClass {
    /// All classes.
    const ALL: [ErrorClass; 5] = [
        ErrorClass::GenericError,
        ErrorClass::CommandNotFound,
        ErrorClass::DeviceNotActive,
        ErrorClass::DeviceNotFound,
        ErrorClass::KvmMissingCap,
    ];

    /// The class's name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            ErrorClass::GenericError => "GenericError",
            ErrorClass::CommandNotFound => "CommandNotFound",
            ErrorClass::DeviceNotActive => "DeviceNotActive",
            ErrorClass::DeviceNotFound => "DeviceNotFound",
            ErrorClass::KvmMissingCap => "KVMMissingCap",
        }
    }
}

/// Parses the name on the wire.
impl FromStr for ErrorClass {
    type Err = UnknownValue;

    fn from_str(name: &str) -> Result<ErrorClass, UnknownValue> {
        let found = ErrorClass::ALL.into_iter().find(|class| class.as_str() == name);
        found.ok_or_else(|| UnknownValue { enumeration: "QapiErrorClass", value: name.to_owned() })
    }
}

impl fmt::Display for ErrorClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The error in a reply: a class for programs, a description for people.
///
/// ```
/// use qapi::{ErrorClass, QmpError};
///
/// let error = QmpError::new(ErrorClass::DeviceNotFound, "Device 'disk0' not found");
/// assert_eq!(error.to_string(), "Device 'disk0' not found");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct QmpError {
    /// The class.
    pub class: ErrorClass,
    /// The description; its wording may change between releases.
    pub desc: String,
}

impl QmpError {
    /// An error of a class.
    pub fn new(class: ErrorClass, desc: impl Into<String>) -> QmpError {
        QmpError { class, desc: desc.into() }
    }

    /// An error of class `GenericError`.
    pub fn generic(desc: impl Into<String>) -> QmpError {
        QmpError::new(ErrorClass::GenericError, desc)
    }

    /// The error for a command that does not exist.
    pub fn command_not_found(name: &str) -> QmpError {
        QmpError::new(ErrorClass::CommandNotFound, format!("The command {name} has not been found"))
    }
}

impl fmt::Display for QmpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.desc)
    }
}

impl std::error::Error for QmpError {}

impl From<crate::json::JsonError> for QmpError {
    fn from(error: crate::json::JsonError) -> QmpError {
        QmpError::generic(error.to_string())
    }
}

/// An error of parsing a value of an enumeration: the enumeration lacks it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownValue {
    /// The enumeration.
    pub enumeration: &'static str,
    /// The value.
    pub value: String,
}

impl fmt::Display for UnknownValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} has no value '{}'", self.enumeration, self.value)
    }
}

impl std::error::Error for UnknownValue {}
