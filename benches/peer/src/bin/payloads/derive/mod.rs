//! The payloads' types as one writes them by hand with serde: internally tagged enums, flattened bases.
//!
//! Of the block drivers only four are here; every other type has all its members.

mod block;
mod introspection;

use serde::{Deserialize, Serialize};

pub use block::BlockdevOptions;
pub use introspection::SchemaInfo;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct MigrationInfo {
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<MigrationStatus>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ram: Option<MigrationStats>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vfio: Option<VfioStats>,
    #[serde(skip_serializing_if = "Option::is_none")]
    xbzrle_cache: Option<XbzrleCacheStats>,
    #[serde(skip_serializing_if = "Option::is_none")]
    total_time: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected_downtime: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    downtime: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    setup_time: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cpu_throttle_percentage: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_desc: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    blocked_reasons: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    postcopy_blocktime: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    postcopy_vcpu_blocktime: Option<Vec<u32>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    socket_address: Option<Vec<SocketAddress>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dirty_limit_throttle_time_per_round: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dirty_limit_ring_full_time: Option<u64>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum MigrationStatus {
    None,
    Setup,
    Cancelling,
    Cancelled,
    Active,
    PostcopyActive,
    PostcopyPaused,
    PostcopyRecoverSetup,
    PostcopyRecover,
    Completed,
    Failed,
    Colo,
    PreSwitchover,
    Device,
    WaitUnplug,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct MigrationStats {
    transferred: i64,
    remaining: i64,
    total: i64,
    duplicate: i64,
    normal: i64,
    normal_bytes: i64,
    dirty_pages_rate: i64,
    mbps: f64,
    dirty_sync_count: i64,
    postcopy_requests: i64,
    page_size: i64,
    multifd_bytes: u64,
    pages_per_second: u64,
    precopy_bytes: u64,
    downtime_bytes: u64,
    postcopy_bytes: u64,
    dirty_sync_missed_zero_copy: u64,
}

#[derive(Debug, Serialize, Deserialize)]
struct VfioStats {
    transferred: i64,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct XbzrleCacheStats {
    cache_size: u64,
    bytes: i64,
    pages: i64,
    cache_miss: i64,
    cache_miss_rate: f64,
    encoding_rate: f64,
    overflow: i64,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
enum SocketAddress {
    Inet(InetSocketAddress),
    Unix(UnixSocketAddress),
    Vsock { cid: String, port: String },
    Fd { str: String },
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct InetSocketAddress {
    host: String,
    port: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    numeric: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ipv4: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ipv6: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    keep_alive: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mptcp: Option<bool>,
}

#[derive(Debug, Serialize, Deserialize)]
struct UnixSocketAddress {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    r#abstract: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tight: Option<bool>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Migrate {
    #[serde(skip_serializing_if = "Option::is_none")]
    uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    channels: Option<Vec<MigrationChannel>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detach: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resume: Option<bool>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct MigrationChannel {
    channel_type: MigrationChannelType,
    addr: MigrationAddress,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum MigrationChannelType {
    Main,
    Cpr,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "transport", rename_all = "kebab-case")]
enum MigrationAddress {
    Socket(SocketAddress),
    Exec { args: Vec<String> },
    Rdma(InetSocketAddress),
    File { filename: String, offset: u64 },
}
