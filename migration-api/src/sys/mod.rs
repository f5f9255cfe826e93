//! The kernel's interfaces that no safe library covers: the one room with `unsafe`, each file with its reasons.

#[allow(dead_code)]
pub(crate) mod host;
pub(crate) mod inherited;
#[allow(dead_code)]
pub(crate) mod userfault;
pub(crate) mod vectored;
