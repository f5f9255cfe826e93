//! The error numbers with which QEMU fails a load.

use std::fmt;

use super::kind::ErrorKind;

/// Error numbers with which QEMU fails a load. `Display` is their text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Errno {
    /// `EINVAL`
    InvalidArgument,
    /// `ENOTSUP`
    NotSupported,
    /// `ENOENT`
    NoSuchFile,
    /// `ERANGE`
    OutOfRange,
    /// `EPERM`
    NotPermitted,
    /// `EIO`
    InputOutput,
    /// `EAGAIN`
    Unavailable,
}

impl Errno {
    /// Returns the number on Linux, as `asm-generic/errno.h` defines it.
    pub fn code(self) -> i32 {
        match self {
            Self::InvalidArgument => 22,
            Self::NotSupported => 95,
            Self::NoSuchFile => 2,
            Self::OutOfRange => 34,
            Self::NotPermitted => 1,
            Self::InputOutput => 5,
            Self::Unavailable => 11,
        }
    }
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InvalidArgument => "Invalid argument",
            Self::NotSupported => "Operation not supported",
            Self::NoSuchFile => "No such file or directory",
            Self::OutOfRange => "Numerical result out of range",
            Self::NotPermitted => "Operation not permitted",
            Self::InputOutput => "Input/output error",
            Self::Unavailable => "Resource temporarily unavailable",
        })
    }
}

impl ErrorKind {
    /// Returns the error number with which QEMU fails the load.
    pub fn errno(&self) -> Errno {
        match self {
            Self::Closed => Errno::InputOutput,
            Self::ObsoleteVersion | Self::UnsupportedVersion => Errno::NotSupported,
            Self::UnknownSubsection(_) => Errno::NoSuchFile,
            Self::CommandLength { .. } => Errno::OutOfRange,
            Self::NoReturnPath { .. }
            | Self::PostcopyState { .. }
            | Self::AdvisePageSizes { .. }
            | Self::AdviseTargetPageSize { .. } => Errno::NotPermitted,
            Self::PackageCut { .. } => Errno::Unavailable,
            _ => Errno::InvalidArgument,
        }
    }
}
