//! Built-in guests, for tests and for programs that need no VMM of their own.
//!
//! [`Machine`] has mapped memory and a vCPU thread that runs a [`Workload`]. [`Relay`] accepts the
//! machine of any source, keeps it, and can be migrated on.

mod backing;
mod config;
mod error;
#[cfg(all(feature = "kvm", target_arch = "x86_64"))]
mod kvm;
mod log;
mod machine;
mod primaries;
mod relay;
mod vcpu;
mod workload;

pub use backing::Backing;
pub use config::MachineConfig;
pub use error::MachineError;
#[cfg(all(feature = "kvm", target_arch = "x86_64"))]
pub use kvm::{KvmConfig, KvmError, KvmGuest, Task};
pub use machine::Machine;
pub use relay::Relay;
pub use workload::{Fill, Rate, Workload, WorkloadError};
