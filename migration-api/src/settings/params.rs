//! Migration parameters: defaults, changes and checks.

use crate::api::{
    BitmapMigrationNodeAlias, MigMode, MigrateSetParameters, MigrationParameters,
    MultiFDCompression, StrOrNull,
};
use crate::stream::multifd::Method;

/// The values of all parameters. Sizes are in bytes, bandwidths in bytes per second, times in
/// milliseconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameters {
    /// Time before the first self-announcement.
    pub announce_initial: u64,
    /// Longest pause between two announcements.
    pub announce_max: u64,
    /// Number of announcements.
    pub announce_rounds: u64,
    /// Increment of the pause.
    pub announce_step: u64,
    /// Compression level for capability `compress`.
    pub compress_level: u8,
    /// Number of compressing threads.
    pub compress_threads: u8,
    /// Wait for a free thread instead of sending pages uncompressed.
    pub compress_wait_thread: bool,
    /// Number of decompressing threads.
    pub decompress_threads: u8,
    /// Bytes dirtied, in per cent of the bytes sent, above which the guest is throttled.
    pub throttle_trigger_threshold: u8,
    /// The first throttle, in per cent.
    pub cpu_throttle_initial: u8,
    /// Increment of the throttle, in per cent.
    pub cpu_throttle_increment: u8,
    /// Raise the throttle more slowly near the end.
    pub cpu_throttle_tailslow: bool,
    /// Id of the TLS credentials; empty for none.
    pub tls_creds: String,
    /// Name that the destination's certificate must hold; empty for the host name of the address.
    pub tls_hostname: String,
    /// Id of the object that authorizes clients; empty for none.
    pub tls_authz: String,
    /// Bandwidth limit; 0 is no limit.
    pub max_bandwidth: u64,
    /// Bandwidth available to the switchover; 0 is the measured bandwidth.
    pub avail_switchover_bandwidth: u64,
    /// Longest allowed downtime.
    pub downtime_limit: u64,
    /// Time between two COLO checkpoints.
    pub x_checkpoint_delay: u32,
    /// Disks share their backing file.
    pub block_incremental: bool,
    /// Number of multifd channels.
    pub multifd_channels: u8,
    /// Size of the XBZRLE cache.
    pub xbzrle_cache_size: u64,
    /// Bandwidth limit of background pages in postcopy; 0 is no limit.
    pub max_postcopy_bandwidth: u64,
    /// Highest throttle, in per cent.
    pub max_cpu_throttle: u8,
    /// Compression of multifd.
    pub multifd_compression: MultiFDCompression,
    /// Level of zlib compression.
    pub multifd_zlib_level: u8,
    /// Level of zstd compression.
    pub multifd_zstd_level: u8,
    /// Interval at which the vCPUs' dirty limits are adjusted.
    pub x_vcpu_dirty_limit_period: u64,
    /// Dirty limit of each vCPU, in MB/s.
    pub vcpu_dirty_limit: u64,
    /// The bitmaps to migrate, and their aliases; `None` for all under their own names.
    pub block_bitmap_mapping: Option<Vec<BitmapMigrationNodeAlias>>,
    /// The migration mode.
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
            block_bitmap_mapping: None,
            mode: MigMode::Normal,
        }
    }
}

impl From<MultiFDCompression> for Method {
    fn from(compression: MultiFDCompression) -> Self {
        match compression {
            MultiFDCompression::None => Self::None,
            MultiFDCompression::Zlib => Self::Zlib,
            MultiFDCompression::Zstd => Self::Zstd,
        }
    }
}

/// Visits the members that both types have under one name and that need no conversion.
macro_rules! each_plain {
    ($visit:ident!($($first:tt)*)) => {
        $visit!($($first)*
            announce_initial,
            announce_max,
            announce_rounds,
            announce_step,
            compress_level,
            compress_threads,
            compress_wait_thread,
            decompress_threads,
            throttle_trigger_threshold,
            cpu_throttle_initial,
            cpu_throttle_increment,
            cpu_throttle_tailslow,
            max_bandwidth,
            avail_switchover_bandwidth,
            downtime_limit,
            x_checkpoint_delay,
            block_incremental,
            multifd_channels,
            xbzrle_cache_size,
            max_postcopy_bandwidth,
            max_cpu_throttle,
            multifd_compression,
            multifd_zlib_level,
            multifd_zstd_level,
            x_vcpu_dirty_limit_period,
            vcpu_dirty_limit,
            mode
        )
    };
}

macro_rules! overlay {
    ($to:ident $from:ident $($name:ident),*) => {
        $(if let Some(value) = $from.$name {
            $to.$name = value;
        })*
    };
}

macro_rules! show {
    ($from:ident $shown:ident $($name:ident),*) => {
        $($shown.$name = Some($from.$name);)*
    };
}

impl Parameters {
    /// Applies the values that a QMP request names.
    pub fn apply(&mut self, request: MigrateSetParameters) {
        let new = self;
        each_plain!(overlay!(new request));
        let named = [
            (&mut new.tls_creds, request.tls_creds),
            (&mut new.tls_hostname, request.tls_hostname),
            (&mut new.tls_authz, request.tls_authz),
        ];
        for (to, from) in named {
            match from {
                Some(StrOrNull::S(text)) => *to = text,
                Some(StrOrNull::N(_)) => to.clear(),
                None => {}
            }
        }
        if let Some(mapping) = request.block_bitmap_mapping {
            new.block_bitmap_mapping = Some(mapping);
        }
    }

    /// Returns the parameters in the form of the QMP reply.
    pub fn show(&self) -> MigrationParameters {
        let mut shown = MigrationParameters {
            tls_creds: Some(self.tls_creds.clone()),
            tls_hostname: Some(self.tls_hostname.clone()),
            tls_authz: Some(self.tls_authz.clone()),
            block_bitmap_mapping: self.block_bitmap_mapping.clone(),
            ..MigrationParameters::default()
        };
        each_plain!(show!(self shown));
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_changes_what_it_names() {
        let request = MigrateSetParameters {
            max_bandwidth: Some(u64::MAX),
            tls_creds: Some(StrOrNull::S("t0".into())),
            mode: Some(MigMode::CprReboot),
            ..MigrateSetParameters::default()
        };
        let mut changed = Parameters::default();
        changed.apply(request);
        let expected = Parameters {
            max_bandwidth: u64::MAX,
            tls_creds: "t0".into(),
            mode: MigMode::CprReboot,
            ..Parameters::default()
        };
        assert_eq!(changed, expected);
        let null = MigrateSetParameters {
            tls_creds: Some(StrOrNull::N(qapi::Null)),
            ..Default::default()
        };
        changed.apply(null);
        assert_eq!(changed, Parameters { tls_creds: String::new(), ..expected });
    }

    #[test]
    fn every_parameter_is_shown_but_a_mapping_that_was_never_set() {
        let shown = Parameters::default().show();
        let text = qapi::to_text(&shown);
        for &parameter in crate::api::MigrationParameter::VALUES {
            let there = text.contains(&format!("\"{parameter}\""));
            assert_eq!(there, parameter.as_str() != "block-bitmap-mapping", "{parameter}");
        }
        let set = Parameters { block_bitmap_mapping: Some(Vec::new()), ..Parameters::default() };
        assert_eq!(set.show().block_bitmap_mapping, Some(Vec::new()));
    }
}
