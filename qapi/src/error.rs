//! Errors as QMP has them: a class and a description.

use std::fmt;

/// The class of an error: what a client may act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ErrorClass {
    /// Most errors.
    #[default]
    GenericError,
    /// The command is not known, not now or not any more.
    CommandNotFound,
    /// A device is not in a state to do it.
    DeviceNotActive,
    /// There is no such device.
    DeviceNotFound,
    /// The hypervisor lacks a feature of its kernel part.
    KvmMissingCap,
}

impl ErrorClass {
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

    /// The class of that name; a class unknown here is as good as the generic one.
    pub fn from_name(name: &str) -> ErrorClass {
        match name {
            "CommandNotFound" => ErrorClass::CommandNotFound,
            "DeviceNotActive" => ErrorClass::DeviceNotActive,
            "DeviceNotFound" => ErrorClass::DeviceNotFound,
            "KVMMissingCap" => ErrorClass::KvmMissingCap,
            _ => ErrorClass::GenericError,
        }
    }
}

impl fmt::Display for ErrorClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An error that a command answers with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QmpError {
    /// What a client may act on.
    pub class: ErrorClass,
    /// For people; not to be parsed.
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

    /// The error for a command that nobody implements.
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

/// A name that is no value of an enumeration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownValue {
    /// The enumeration.
    pub enumeration: &'static str,
    /// What was given.
    pub value: String,
}

impl fmt::Display for UnknownValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} has no value '{}'", self.enumeration, self.value)
    }
}

impl std::error::Error for UnknownValue {}
