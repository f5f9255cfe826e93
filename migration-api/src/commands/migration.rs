//! `migration.json`: capabilities, parameters, outgoing and incoming migration.

use std::time::Duration;

use qapi::{Context, QmpError};

use super::qmp_error;
use crate::api::commands as arguments;
use crate::api::{
    COLOStatus, DirtyLimitInfo, DirtyRateInfo, DirtyRateMeasureMode, MigrateSetParameters,
    MigrationAddress, MigrationCapabilityStatus, MigrationChannel, MigrationInfo,
    MigrationParameters, MigrationThreadInfo, ReplicationStatus, SocketAddress, TimeUnit, server,
};
use crate::dirty_rate::DirtyRateRequest;
use crate::engine::Engine;
use crate::transport::{Address, InetAddress, UnixAddress};

/// The refusals of a list with more than one channel: of `migrate`, and of `migrate-incoming`.
const SEVERAL_OUT: &str = "Channel list has more than one main entry";
const SEVERAL_IN: &str = "Channel list must have only one entry, for type 'main'";

/// Returns the address that `uri` or `channels` gives; `several` refuses a list of more channels.
fn address(
    uri: Option<String>,
    channels: Option<Vec<MigrationChannel>>,
    several: &str,
) -> Result<Address, QmpError> {
    // QEMU cannot tell an empty list from none.
    match (uri, channels.filter(|channels| !channels.is_empty())) {
        (None, None) | (Some(_), Some(_)) => {
            Err(qmp_error("need either 'uri' or 'channels' argument"))
        }
        (Some(uri), None) => uri.parse::<Address>().map_err(qmp_error),
        (None, Some(channels)) => match <[MigrationChannel; 1]>::try_from(channels) {
            Ok([channel]) => Ok(channel_address(channel.addr)),
            Err(_) => Err(qmp_error(several)),
        },
    }
}

/// Lets commands of other clients run while opening an address may take long: a host name is
/// resolved, or a FIFO waits for its other end.
fn wait_alone(cx: &Context<'_>, address: &Address) {
    if matches!(address, Address::Inet(_) | Address::File { .. }) {
        cx.release_turn();
    }
}

fn channel_address(address: MigrationAddress) -> Address {
    let inet = |inet: crate::api::InetSocketAddress| InetAddress {
        host: inet.host,
        port: inet.port,
        to: inet.to,
        numeric: inet.numeric.unwrap_or(false),
        ipv4: inet.ipv4,
        ipv6: inet.ipv6,
        keep_alive: inet.keep_alive.unwrap_or(false),
    };
    match address {
        MigrationAddress::Socket(SocketAddress::Inet(address)) => Address::Inet(inet(address)),
        MigrationAddress::Socket(SocketAddress::Unix(address)) => Address::Unix(UnixAddress {
            path: address.path,
            is_abstract: address.r#abstract.unwrap_or(false),
            tight: address.tight.unwrap_or(true),
        }),
        MigrationAddress::Socket(SocketAddress::Vsock(address)) => {
            Address::Vsock { cid: address.cid, port: address.port }
        }
        MigrationAddress::Socket(SocketAddress::Fd(address)) => Address::Fd(address.str),
        MigrationAddress::Exec(command) => Address::Exec(command.args),
        MigrationAddress::Rdma(address) => Address::Rdma(inet(address)),
        MigrationAddress::File(file) => Address::File { path: file.filename, offset: file.offset },
    }
}

impl server::MigrationCommands for Engine {
    fn snapshot_save(
        &self,
        _cx: &Context<'_>,
        arguments: arguments::SnapshotSave,
    ) -> Result<(), QmpError> {
        let arguments::SnapshotSave { job_id, tag, vmstate, devices } = arguments;
        self.snapshot_save(&job_id, tag, vmstate, devices).map_err(qmp_error)
    }

    fn snapshot_load(
        &self,
        _cx: &Context<'_>,
        arguments: arguments::SnapshotLoad,
    ) -> Result<(), QmpError> {
        let arguments::SnapshotLoad { job_id, tag, vmstate, devices } = arguments;
        self.snapshot_load(&job_id, tag, vmstate, devices).map_err(qmp_error)
    }

    fn snapshot_delete(
        &self,
        _cx: &Context<'_>,
        arguments: arguments::SnapshotDelete,
    ) -> Result<(), QmpError> {
        let arguments::SnapshotDelete { job_id, tag, devices } = arguments;
        self.snapshot_delete(&job_id, tag, devices).map_err(qmp_error)
    }

    fn query_migrate(&self, _cx: &Context<'_>) -> Result<MigrationInfo, QmpError> {
        Ok(self.info())
    }

    fn migrate_set_capabilities(
        &self,
        _cx: &Context<'_>,
        arguments: arguments::MigrateSetCapabilities,
    ) -> Result<(), QmpError> {
        let changes =
            arguments.capabilities.into_iter().map(|change| (change.capability, change.state));
        self.set_capabilities(changes).map_err(qmp_error)
    }

    fn query_migrate_capabilities(
        &self,
        _cx: &Context<'_>,
    ) -> Result<Vec<MigrationCapabilityStatus>, QmpError> {
        Ok(self
            .capabilities()
            .iter()
            .map(|(capability, on)| MigrationCapabilityStatus::new(capability, on))
            .collect())
    }

    fn migrate_set_parameters(
        &self,
        _cx: &Context<'_>,
        arguments: MigrateSetParameters,
    ) -> Result<(), QmpError> {
        self.set_parameters(|parameters| parameters.apply(arguments.clone())).map_err(qmp_error)
    }

    fn query_migrate_parameters(&self, _cx: &Context<'_>) -> Result<MigrationParameters, QmpError> {
        Ok(self.parameters().show())
    }

    fn migrate_start_postcopy(&self, _cx: &Context<'_>) -> Result<(), QmpError> {
        self.switch_to_postcopy().map_err(qmp_error)
    }

    fn x_colo_lost_heartbeat(&self, _cx: &Context<'_>) -> Result<(), QmpError> {
        self.lost_heartbeat().map_err(qmp_error)
    }

    fn migrate_cancel(&self, _cx: &Context<'_>) -> Result<(), QmpError> {
        self.cancel().map_err(qmp_error)
    }

    fn migrate_continue(
        &self,
        _cx: &Context<'_>,
        arguments: arguments::MigrateContinue,
    ) -> Result<(), QmpError> {
        self.proceed(arguments.state).map_err(qmp_error)
    }

    fn migrate(&self, cx: &Context<'_>, arguments: arguments::Migrate) -> Result<(), QmpError> {
        let address = address(arguments.uri, arguments.channels, SEVERAL_OUT)?;
        let resume = arguments.resume.unwrap_or(false);
        let disks = arguments.blk.unwrap_or(false) || arguments.inc.unwrap_or(false);
        self.check_migrate(&address, resume, disks).map_err(qmp_error)?;
        wait_alone(cx, &address);
        let begun = if resume { self.resume_postcopy(&address) } else { self.migrate(&address) };
        begun.map_err(qmp_error)
    }

    fn migrate_incoming(
        &self,
        cx: &Context<'_>,
        arguments: arguments::MigrateIncoming,
    ) -> Result<(), QmpError> {
        self.check_incoming().map_err(qmp_error)?;
        let address = address(arguments.uri, arguments.channels, SEVERAL_IN)?;
        wait_alone(cx, &address);
        self.incoming(&address).map_err(qmp_error)
    }

    fn xen_save_devices_state(
        &self,
        cx: &Context<'_>,
        arguments: arguments::XenSaveDevicesState,
    ) -> Result<(), QmpError> {
        // The file may be a FIFO, whose other end takes its time.
        cx.release_turn();
        // `live` only affects open disks, which this engine does not have.
        self.save_device_state(&arguments.filename).map_err(qmp_error)
    }

    fn xen_set_global_dirty_log(
        &self,
        _cx: &Context<'_>,
        _arguments: arguments::XenSetGlobalDirtyLog,
    ) -> Result<(), QmpError> {
        // Only logs of migrations exist here, and those are kept.
        Ok(())
    }

    fn xen_load_devices_state(
        &self,
        cx: &Context<'_>,
        arguments: arguments::XenLoadDevicesState,
    ) -> Result<(), QmpError> {
        cx.release_turn();
        self.load_device_state(&arguments.filename).map_err(qmp_error)
    }

    fn xen_set_replication(
        &self,
        _cx: &Context<'_>,
        arguments: arguments::XenSetReplication,
    ) -> Result<(), QmpError> {
        if arguments.enable && arguments.failover.is_some() {
            return Err(qmp_error("Parameter 'failover' is only for stopping replication"));
        }
        // There are no replicated disks.
        Ok(())
    }

    fn query_xen_replication_status(
        &self,
        _cx: &Context<'_>,
    ) -> Result<ReplicationStatus, QmpError> {
        Ok(ReplicationStatus::new(false))
    }

    fn xen_colo_do_checkpoint(&self, _cx: &Context<'_>) -> Result<(), QmpError> {
        Ok(())
    }

    fn query_colo_status(&self, _cx: &Context<'_>) -> Result<COLOStatus, QmpError> {
        self.colo_status().map_err(qmp_error)
    }

    fn migrate_recover(
        &self,
        cx: &Context<'_>,
        arguments: arguments::MigrateRecover,
    ) -> Result<(), QmpError> {
        self.check_recover().map_err(qmp_error)?;
        let address = arguments.uri.parse::<Address>().map_err(qmp_error)?;
        wait_alone(cx, &address);
        self.recover_postcopy(&address).map_err(qmp_error)
    }

    fn migrate_pause(&self, _cx: &Context<'_>) -> Result<(), QmpError> {
        self.pause_postcopy().map_err(qmp_error)
    }

    fn set_vcpu_dirty_limit(
        &self,
        _cx: &Context<'_>,
        arguments: arguments::SetVcpuDirtyLimit,
    ) -> Result<(), QmpError> {
        self.set_vcpu_dirty_limit(arguments.cpu_index, arguments.dirty_rate).map_err(qmp_error)
    }

    fn cancel_vcpu_dirty_limit(
        &self,
        _cx: &Context<'_>,
        arguments: arguments::CancelVcpuDirtyLimit,
    ) -> Result<(), QmpError> {
        self.cancel_vcpu_dirty_limit(arguments.cpu_index).map_err(qmp_error)
    }

    fn query_vcpu_dirty_limit(&self, _cx: &Context<'_>) -> Result<Vec<DirtyLimitInfo>, QmpError> {
        Ok(self.vcpu_dirty_limits())
    }

    fn calc_dirty_rate(
        &self,
        _cx: &Context<'_>,
        arguments: arguments::CalcDirtyRate,
    ) -> Result<(), QmpError> {
        let arguments::CalcDirtyRate { calc_time, calc_time_unit, sample_pages, mode } = arguments;
        let time = u64::try_from(calc_time).unwrap_or(0);
        let request = DirtyRateRequest {
            time: match calc_time_unit.unwrap_or(TimeUnit::Second) {
                TimeUnit::Second => Duration::from_secs(time),
                TimeUnit::Millisecond => Duration::from_millis(time),
            },
            mode: mode.unwrap_or(DirtyRateMeasureMode::PageSampling),
            // 0 is out of range, as all negative numbers are.
            sample_pages: sample_pages.map(|pages| u64::try_from(pages).unwrap_or(0)),
        };
        self.measure_dirty_rate(request).map_err(qmp_error)
    }

    fn query_dirty_rate(
        &self,
        _cx: &Context<'_>,
        arguments: arguments::QueryDirtyRate,
    ) -> Result<DirtyRateInfo, QmpError> {
        Ok(self.dirty_rate(arguments.calc_time_unit.unwrap_or(TimeUnit::Second)))
    }

    fn query_migrationthreads(
        &self,
        _cx: &Context<'_>,
    ) -> Result<Vec<MigrationThreadInfo>, QmpError> {
        Ok(self
            .migration_threads()
            .into_iter()
            .map(|(name, id)| MigrationThreadInfo::new(name, id.into()))
            .collect())
    }
}
