//! Commands, with and without arguments of their own.

use super::rt;

#[derive(Debug, Clone, PartialEq)]
pub struct SetStats(pub super::Stats);
rt::newtype!(SetStats(super::Stats));

impl qapi::Command for SetStats {
    type Response = ();
    const INFO: &'static qapi::CommandInfo = &qapi::CommandInfo::new("set-stats");
}

#[derive(Clone, PartialEq)]
pub struct QueryStats;
rt::unit!(QueryStats);

impl qapi::Command for QueryStats {
    type Response = super::Stats;
    const INFO: &'static qapi::CommandInfo =
        &qapi::CommandInfo::new("query-stats").allow_oob().allow_preconfig();
}

#[derive(Debug, Clone, PartialEq)]
pub struct DeviceAdd(pub qapi::Dict);
rt::newtype!(DeviceAdd(qapi::Dict));

impl qapi::Command for DeviceAdd {
    type Response = qapi::Value;
    const INFO: &'static qapi::CommandInfo = &qapi::CommandInfo::new("device_add").untyped();
}

#[derive(Clone, PartialEq)]
pub struct Sleep;
rt::unit!(Sleep);

impl qapi::Command for Sleep {
    type Response = ();
    const INFO: &'static qapi::CommandInfo = &qapi::CommandInfo::new("sleep").coroutine();
}

#[derive(Clone, PartialEq)]
pub struct Quit;
rt::unit!(Quit);

impl qapi::Command for Quit {
    type Response = ();
    const INFO: &'static qapi::CommandInfo = &qapi::CommandInfo::new("quit").no_success_response();
}
