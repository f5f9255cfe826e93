//! The payloads' types as one writes them by hand with serde: internally tagged enums, flattened bases.
//!
//! Of the block drivers only four are here; every other type has all its members.

use serde::{Deserialize, Serialize};
use serde_json::Value;

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

#[derive(Debug, Serialize, Deserialize)]
pub struct SchemaInfo {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    features: Option<Vec<String>>,
    #[serde(flatten)]
    meta: SchemaMeta,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "meta-type", rename_all = "kebab-case", rename_all_fields = "kebab-case")]
enum SchemaMeta {
    Builtin {
        json_type: JsonType,
    },
    Enum {
        members: Vec<EnumMember>,
        values: Vec<String>,
    },
    Array {
        element_type: String,
    },
    Object {
        members: Vec<ObjectMember>,
        #[serde(skip_serializing_if = "Option::is_none")]
        tag: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        variants: Option<Vec<ObjectVariant>>,
    },
    Alternate {
        members: Vec<AlternateMember>,
    },
    Command {
        arg_type: String,
        ret_type: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        allow_oob: Option<bool>,
    },
    Event {
        arg_type: String,
    },
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum JsonType {
    String,
    Number,
    Int,
    Boolean,
    Null,
    Object,
    Array,
    Value,
}

#[derive(Debug, Serialize, Deserialize)]
struct EnumMember {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    features: Option<Vec<String>>,
}

#[derive(Debug, Serialize, Deserialize)]
struct ObjectMember {
    name: String,
    r#type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    default: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    features: Option<Vec<String>>,
}

#[derive(Debug, Serialize, Deserialize)]
struct ObjectVariant {
    case: String,
    r#type: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct AlternateMember {
    r#type: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct BlockdevOptions {
    #[serde(skip_serializing_if = "Option::is_none")]
    node_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    discard: Option<Discard>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache: Option<CacheOptions>,
    #[serde(skip_serializing_if = "Option::is_none")]
    active: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    read_only: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auto_read_only: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    force_share: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detect_zeroes: Option<DetectZeroes>,
    #[serde(flatten)]
    driver: Driver,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Discard {
    Ignore,
    Unmap,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum DetectZeroes {
    Off,
    On,
    Unmap,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct CacheOptions {
    #[serde(skip_serializing_if = "Option::is_none")]
    direct: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    no_flush: Option<bool>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "driver", rename_all = "kebab-case")]
enum Driver {
    File(Box<FileOptions>),
    Nbd(Box<NbdOptions>),
    Qcow2(Box<Qcow2Options>),
    Raw(Box<RawOptions>),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct FileOptions {
    filename: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pr_manager: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    locking: Option<OnOffAuto>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aio: Option<Aio>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aio_max_batch: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    drop_cache: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    x_check_cache_dropped: Option<bool>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum OnOffAuto {
    Auto,
    On,
    Off,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Aio {
    Threads,
    Native,
    IoUring,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct NbdOptions {
    server: SocketAddress,
    #[serde(skip_serializing_if = "Option::is_none")]
    export: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tls_creds: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tls_hostname: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    x_dirty_bitmap: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reconnect_delay: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    open_timeout: Option<u32>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Qcow2Options {
    file: BlockdevRef,
    #[serde(skip_serializing_if = "Option::is_none")]
    backing: Option<BlockdevRefOrNull>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lazy_refcounts: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pass_discard_request: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pass_discard_snapshot: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pass_discard_other: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    discard_no_unref: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    overlap_check: Option<OverlapChecks>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_size: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    l2_cache_size: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    l2_cache_entry_size: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refcount_cache_size: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_clean_interval: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encrypt: Option<Encryption>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data_file: Option<BlockdevRef>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum BlockdevRef {
    Definition(Box<BlockdevOptions>),
    Reference(String),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum BlockdevRefOrNull {
    Definition(Box<BlockdevOptions>),
    Reference(String),
    Null,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum OverlapChecks {
    Flags(Box<OverlapFlags>),
    Mode(OverlapMode),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct OverlapFlags {
    #[serde(skip_serializing_if = "Option::is_none")]
    template: Option<OverlapMode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    main_header: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    active_l1: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    active_l2: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refcount_table: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refcount_block: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    snapshot_table: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    inactive_l1: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    inactive_l2: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bitmap_directory: Option<bool>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum OverlapMode {
    None,
    Constant,
    Cached,
    All,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "format", rename_all = "kebab-case", rename_all_fields = "kebab-case")]
enum Encryption {
    Aes {
        #[serde(skip_serializing_if = "Option::is_none")]
        key_secret: Option<String>,
    },
    Luks {
        #[serde(skip_serializing_if = "Option::is_none")]
        key_secret: Option<String>,
    },
}

#[derive(Debug, Serialize, Deserialize)]
struct RawOptions {
    file: BlockdevRef,
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<i64>,
}
