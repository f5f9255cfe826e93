//! The options of `blockdev-add`, with four of its drivers.

use serde::{Deserialize, Serialize};

use super::SocketAddress;

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
