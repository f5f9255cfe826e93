//! The kernel's interfaces that no safe library covers: the one room with `unsafe`, each file with its reasons.

pub(crate) mod host;
pub(crate) mod inherited;
#[cfg(all(feature = "kvm", target_arch = "x86_64"))]
pub(crate) mod kvm;
pub(crate) mod userfault;
pub(crate) mod vectored;
pub(crate) mod zero_copy;
