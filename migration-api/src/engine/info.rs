//! The reply to `query-migrate`.

use crate::page::PAGE;
use std::time::Duration;

use crate::api::{
    self, InetSocketAddress, MigrationCapability as Capability, MigrationInfo, MigrationStats,
    MigrationStatus as Status, SocketAddress, UnixSocketAddress, VsockSocketAddress,
    XBZRLECacheStats,
};
use crate::core::State;
use crate::engine::Engine;
use crate::stats::{CompressionStats, Stats, XbzrleStats};
use crate::transport::Bound;

impl Engine {
    /// Returns the state of the outgoing migration, or of the incoming one if there was no outgoing
    /// one.
    pub fn info(&self) -> MigrationInfo {
        let blockers = self.core.guest.blockers();
        let reasons: Vec<String> = blockers.into_iter().map(|blocker| blocker.reason).collect();
        let effect = self.core.dirty_limits.effect();
        let state = self.core.state();
        let outgoing = state.outgoing.machine.status();
        let mut info = match outgoing {
            Status::None => incoming(&state),
            _ => outgoing_info(&state, outgoing),
        };
        info.error_desc = state.outgoing.error.clone();
        if info.ram.is_some()
            && state.capabilities.has(Capability::DirtyLimit)
            && let Some(effect) = effect
        {
            info.dirty_limit_throttle_time_per_round = Some(effect.throttle_time);
            info.dirty_limit_ring_full_time = Some(effect.ring_full_time);
        }
        info.blocked_reasons = (!reasons.is_empty()).then_some(reasons);
        info
    }
}

fn incoming(state: &State) -> MigrationInfo {
    let status = state.incoming.machine.status();
    let addresses: Vec<SocketAddress> = state.incoming.bound.iter().map(shown).collect();
    let blocktime = state.incoming.blocktime.as_ref().filter(|_| status == Status::Completed);
    let millis = |time: &Duration| u32::try_from(time.as_millis()).unwrap_or(u32::MAX);
    MigrationInfo {
        status: (status != Status::None).then_some(status),
        socket_address: (!addresses.is_empty()).then_some(addresses),
        postcopy_blocktime: blocktime.map(|time| millis(&time.all)),
        postcopy_vcpu_blocktime: blocktime.map(|time| time.vcpus.iter().map(millis).collect()),
        ..MigrationInfo::default()
    }
}

fn shown(bound: &Bound) -> SocketAddress {
    match bound {
        Bound::Inet(address) => SocketAddress::Inet(InetSocketAddress {
            ipv4: address.is_ipv4().then_some(true),
            ipv6: address.is_ipv6().then_some(true),
            ..InetSocketAddress::new(address.ip().to_string(), address.port().to_string())
        }),
        Bound::Unix(address) => SocketAddress::Unix(UnixSocketAddress {
            r#abstract: address.is_abstract.then_some(true),
            tight: address.is_abstract.then_some(address.tight),
            ..UnixSocketAddress::new(&address.path)
        }),
        Bound::Vsock { cid, port } => {
            SocketAddress::Vsock(VsockSocketAddress::new(cid.to_string(), port.to_string()))
        }
    }
}

fn outgoing_info(state: &State, status: Status) -> MigrationInfo {
    let mut info = MigrationInfo { status: Some(status), ..MigrationInfo::default() };
    let postcopy =
        matches!(status, Status::PostcopyActive | Status::PostcopyPaused | Status::PostcopyRecover);
    let moving = matches!(
        status,
        Status::Active | Status::Device | Status::PreSwitchover | Status::Cancelling
    );
    if !(moving || postcopy || status == Status::Completed) {
        return info;
    }
    let Some(run) = &state.outgoing.run else { return info };
    let millis = |time: Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    let times = *run.stats().times();
    info.total_time = Some(millis(times.total()));
    info.setup_time = Some(millis(times.setup));
    if moving {
        info.expected_downtime = Some(run.stats().expected_downtime.get() as i64);
    } else {
        info.downtime = Some(millis(times.downtime));
    }
    info.ram = Some(ram(run.stats()));
    let throttle = run.stats().throttle.get();
    info.cpu_throttle_percentage = (throttle > 0).then_some(throttle as i64);
    if state.capabilities.has(Capability::Xbzrle) {
        info.xbzrle_cache = Some(xbzrle(state.parameters.xbzrle_cache_size, &run.stats().xbzrle));
    }
    if state.capabilities.has(Capability::Compress) {
        info.compression = Some(compression(&run.stats().compression));
    }
    info
}

fn xbzrle(cache_size: u64, stats: &XbzrleStats) -> XBZRLECacheStats {
    let rates = stats.rates();
    XBZRLECacheStats {
        cache_size,
        bytes: stats.bytes.get() as i64,
        pages: stats.pages.get() as i64,
        cache_miss: stats.misses.get() as i64,
        cache_miss_rate: rates.misses,
        encoding_rate: rates.encoding,
        overflow: stats.overflows.get() as i64,
    }
}

fn compression(stats: &CompressionStats) -> api::CompressionStats {
    let rates = stats.rates();
    api::CompressionStats {
        pages: stats.pages.get() as i64,
        busy: stats.busy.get() as i64,
        busy_rate: rates.busy,
        compressed_size: stats.bytes.get() as i64,
        compression_rate: rates.compression,
    }
}

fn ram(stats: &Stats) -> MigrationStats {
    MigrationStats {
        transferred: stats.transferred.get() as i64,
        remaining: stats.remaining.get() as i64,
        total: stats.total.get() as i64,
        duplicate: stats.duplicate.get() as i64,
        skipped: 0,
        normal: stats.normal.get() as i64,
        normal_bytes: (stats.normal.get() * PAGE) as i64,
        dirty_pages_rate: stats.dirty_pages_rate.get() as i64,
        mbps: stats.kilobits.get() as f64 / 1000.0,
        dirty_sync_count: stats.dirty_sync_count.get() as i64,
        postcopy_requests: stats.postcopy_requests.get() as i64,
        page_size: PAGE as i64,
        multifd_bytes: stats.multifd_bytes.get(),
        pages_per_second: stats.pages_per_second.get(),
        precopy_bytes: stats.precopy_bytes.get(),
        downtime_bytes: stats.downtime_bytes.get(),
        postcopy_bytes: stats.postcopy_bytes.get(),
        dirty_sync_missed_zero_copy: stats.missed_zero_copy.get(),
    }
}
