//! Parameters: their defaults.

use crate::api::{MigMode, MultiFDCompression};

/// Every parameter's present value. Sizes are in bytes, bandwidths in bytes per second, times in milliseconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameters {
    /// Before the first self-announcement.
    pub announce_initial: u64,
    /// The longest pause between two announcements.
    pub announce_max: u64,
    /// How many announcements.
    pub announce_rounds: u64,
    /// By how much the pause grows.
    pub announce_step: u64,
    /// Level of compressed pages.
    pub compress_level: u8,
    /// Threads that compress.
    pub compress_threads: u8,
    /// Whether pages wait for a free thread.
    pub compress_wait_thread: bool,
    /// Threads that decompress.
    pub decompress_threads: u8,
    /// How many per cent of what is sent may be dirtied before the guest is throttled.
    pub throttle_trigger_threshold: u8,
    /// The first throttle, in per cent.
    pub cpu_throttle_initial: u8,
    /// By how much it grows, in per cent.
    pub cpu_throttle_increment: u8,
    /// Whether it grows slower near the end.
    pub cpu_throttle_tailslow: bool,
    /// The id of the TLS credentials; empty for none.
    pub tls_creds: String,
    /// The name that the destination's certificate must bear; empty for the host's.
    pub tls_hostname: String,
    /// The id of the object that decides on clients; empty for none.
    pub tls_authz: String,
    /// 0 is no limit.
    pub max_bandwidth: u64,
    /// What the switchover may count on; 0 is what was measured.
    pub avail_switchover_bandwidth: u64,
    /// The longest downtime wanted.
    pub downtime_limit: u64,
    /// Between two COLO checkpoints.
    pub x_checkpoint_delay: u32,
    /// Whether disks share their backing file.
    pub block_incremental: bool,
    /// Connections of multifd.
    pub multifd_channels: u8,
    /// The cache of xbzrle.
    pub xbzrle_cache_size: u64,
    /// The same as `max_bandwidth` once postcopy runs.
    pub max_postcopy_bandwidth: u64,
    /// The strongest throttle, in per cent.
    pub max_cpu_throttle: u8,
    /// How multifd compresses.
    pub multifd_compression: MultiFDCompression,
    /// The level of zlib.
    pub multifd_zlib_level: u8,
    /// The level of zstd.
    pub multifd_zstd_level: u8,
    /// Between two looks at the vCPUs' dirty limits.
    pub x_vcpu_dirty_limit_period: u64,
    /// What a vCPU may dirty, in MB/s.
    pub vcpu_dirty_limit: u64,
    /// How to migrate.
    pub mode: MigMode,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            announce_initial: 50,
            announce_max: 550,
            announce_rounds: 5,
            announce_step: 100,
            compress_level: 1,
            compress_threads: 8,
            compress_wait_thread: true,
            decompress_threads: 2,
            throttle_trigger_threshold: 50,
            cpu_throttle_initial: 20,
            cpu_throttle_increment: 10,
            cpu_throttle_tailslow: false,
            tls_creds: String::new(),
            tls_hostname: String::new(),
            tls_authz: String::new(),
            max_bandwidth: 128 << 20,
            avail_switchover_bandwidth: 0,
            downtime_limit: 300,
            x_checkpoint_delay: 20_000,
            block_incremental: false,
            multifd_channels: 2,
            xbzrle_cache_size: 64 << 20,
            max_postcopy_bandwidth: 0,
            max_cpu_throttle: 99,
            multifd_compression: MultiFDCompression::None,
            multifd_zlib_level: 1,
            multifd_zstd_level: 1,
            x_vcpu_dirty_limit_period: 1000,
            vcpu_dirty_limit: 1,
            mode: MigMode::Normal,
        }
    }
}
