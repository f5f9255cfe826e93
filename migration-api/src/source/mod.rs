//! The source's half of a migration: one thread that owns the run and hands the guest back in any
//! case.

mod acknowledge;
mod activate;
mod background;
mod bits;
mod block;
#[cfg_attr(not(feature = "colo"), path = "no_colo.rs")]
mod colo;
#[cfg_attr(not(feature = "legacy-compress"), path = "no_compress.rs")]
mod compress;
mod converge;
mod drive;
mod encoder;
mod error;
mod ids;
mod iterate;
mod lifecycle;
mod multifd;
mod pace;
mod plain;
mod plan;
mod postcopy;
mod ram;
mod return_path;
mod run;
mod save;
mod sender;
mod session;
mod switchover;
mod xbzrle;

pub(crate) use background::{is_compatible, is_supported};
pub(crate) use drive::start;
pub(crate) use error::SourceError;
pub(crate) use plan::Plan;
pub(crate) use run::SourceRun;
pub(crate) use save::save;
