//! Kernel interfaces that no safe library covers. This is the only folder with `unsafe` code; each
//! block states its reason.

pub(crate) mod host;
pub(crate) mod inherited;
#[cfg(all(feature = "kvm", target_arch = "x86_64"))]
pub(crate) mod kvm;
pub(crate) mod userfault;
pub(crate) mod vectored;
pub(crate) mod zero_copy;
