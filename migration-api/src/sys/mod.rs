//! The kernel's interfaces that no safe library covers: the one room with `unsafe`, each file with its reasons.

pub(crate) mod advice;
pub(crate) mod inherited;
