//! Commands and events.

use serde_json::{Value, json};

use crate::pair::Pair;
use crate::vm::Vm;

#[test]
fn a_guest_moves_by_uri_and_by_channels() {
    for by_channels in [false, true] {
        let mut pair = Pair::new("idle");
        let path = pair.folder.path().join("socket").display().to_string();
        let arguments = match by_channels {
            false => json!({"uri": format!("unix:{path}")}),
            true => {
                let address = json!({"transport": "socket", "type": "unix", "path": path});
                json!({"channels": [{"channel-type": "main", "addr": address}]})
            }
        };
        assert_eq!(pair.source.command("query-migrate", json!({})), json!({}));
        assert!(
            pair.source.try_command("migrate-incoming", arguments.clone()).is_err(),
            "it has a guest"
        );
        pair.target.command("migrate-incoming", arguments.clone());
        pair.source.command("migrate", arguments);
        pair.arrives();
        let info = pair.source.command("query-migrate", json!({}));
        assert_eq!(info["ram"]["total"], 4 << 20);
        assert_eq!(info["ram"]["remaining"], 0);
        assert!(
            info["total-time"].is_u64() && info["downtime"].is_u64() && info["setup-time"].is_u64()
        );
        assert_eq!(pair.source.status(), "postmigrate");
    }
}

#[test]
fn the_machine_tells_its_type_and_the_size_of_its_memory() {
    let mut pair = Pair::new("idle");
    let memory = pair.source.command("query-memory-size-summary", json!({}));
    assert_eq!(memory, json!({"base-memory": 4 << 20}));
    let mut get = |path: &str, property: &str| {
        pair.source.try_command("qom-get", json!({"path": path, "property": property}))
    };
    assert_eq!(get("/machine", "type"), Ok("none-machine".into()));
    let unknown = "Property 'none-machine.colour' not found";
    assert_eq!(get("/machine", "colour"), Err(unknown.into()));
    assert_eq!(get("/machines", "type"), Err("Device '/machines' not found".into()));
}

#[test]
fn events_tell_of_every_step() {
    let mut pair = Pair::new("idle");
    pair.source.capabilities(&["events"]);
    pair.migrates();
    let told = pair.source.told();
    let steps: Vec<&str> =
        told.iter().map(String::as_str).filter(|step| !step.starts_with("pass")).collect();
    assert_eq!(steps, ["setup", "active", "completed"]);
    assert!(told.contains(&"pass 1".to_owned()) && told.contains(&"pass 2".to_owned()), "{told:?}");
    assert_eq!(pair.target.told(), [""; 0], "the capability is off");
}

#[test]
fn capabilities_are_reported_as_they_were_set() {
    let mut pair = Pair::new("idle");
    let on = |pair: &mut Pair| -> Vec<String> {
        let told = pair.source.command("query-migrate-capabilities", json!({}));
        let told = told.as_array().unwrap();
        assert_eq!(told.len(), 23);
        let on = told.iter().filter(|one| one["state"] == true);
        on.map(|one| one["capability"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(on(&mut pair), [""; 0]);
    pair.source.capabilities(&["return-path", "multifd"]);
    let mixed =
        json!([{"capability": "multifd", "state": false}, {"capability": "events", "state": true}]);
    pair.source.command("migrate-set-capabilities", json!({"capabilities": mixed}));
    assert_eq!(on(&mut pair), ["events", "return-path"]);
    let alone = json!([{"capability": "events", "state": false}, {"capability": "postcopy-preempt", "state": true}]);
    let error = pair.source.try_command("migrate-set-capabilities", json!({"capabilities": alone}));
    assert_eq!(error.unwrap_err(), "Postcopy preempt requires postcopy-ram");
    assert_eq!(on(&mut pair), ["events", "return-path"], "all or nothing");
}

#[test]
fn parameters_are_reported_as_they_were_set() {
    let mut pair = Pair::new("idle");
    let mapping =
        json!([{"node-name": "n", "alias": "a", "bitmaps": [{"name": "b", "alias": "c"}]}]);
    let changed = json!({
        "announce-initial": 51, "announce-max": 551, "announce-rounds": 6, "announce-step": 101,
        "compress-level": 2, "compress-threads": 9, "compress-wait-thread": false, "decompress-threads": 3,
        "throttle-trigger-threshold": 51, "cpu-throttle-initial": 21, "cpu-throttle-increment": 11,
        "cpu-throttle-tailslow": true, "tls-creds": "c", "tls-hostname": "h", "tls-authz": "z",
        "max-bandwidth": 1, "avail-switchover-bandwidth": 2, "downtime-limit": 301, "x-checkpoint-delay": 20001,
        "block-incremental": true, "multifd-channels": 3, "xbzrle-cache-size": 4096, "max-postcopy-bandwidth": 3,
        "max-cpu-throttle": 98, "multifd-compression": "zstd", "multifd-zlib-level": 2, "multifd-zstd-level": 2,
        "block-bitmap-mapping": mapping, "x-vcpu-dirty-limit-period": 999, "vcpu-dirty-limit": 2,
        "mode": "cpr-reboot",
    });
    let before = pair.source.command("query-migrate-parameters", json!({}));
    pair.source.command("migrate-set-parameters", changed.clone());
    assert_eq!(pair.source.command("query-migrate-parameters", json!({})), changed);
    for (name, value) in changed.as_object().unwrap() {
        assert_ne!(&before[name], value, "{name}");
    }
}

#[test]
fn a_pause_is_continued_or_cancelled() {
    let mut pair = Pair::new("idle");
    pair.capabilities(&["pause-before-switchover", "multifd"]);
    pair.begin();
    pair.source.until_status("pre-switchover");
    let threads = pair.source.command("query-migrationthreads", json!({}));
    let names: Vec<&str> =
        threads.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names.iter().filter(|name| **name == "mig/src/main").count(), 1, "{names:?}");
    assert_eq!(names.len(), 3, "one for each channel, too: {names:?}");
    assert!(threads.as_array().unwrap().iter().all(|one| one["thread-id"].as_u64() > Some(1)));
    pair.source.command("migrate-continue", json!({"state": "pre-switchover"}));
    pair.arrives();
    assert_eq!(pair.source.command("query-migrationthreads", json!({})), json!([]));

    let mut pair = Pair::new("dirty,start=1M,end=2M,rate=1000");
    pair.capabilities(&["pause-before-switchover"]);
    pair.source.command("cont", json!({}));
    pair.begin();
    pair.source.until_status("pre-switchover");
    pair.source.command("migrate_cancel", json!({}));
    pair.source.until_status("cancelled");
    assert_eq!(pair.source.status(), "running");
}

#[test]
fn devices_are_saved_and_loaded_alone() {
    let mut pair = Pair::new("dirty,start=1M,end=2M,rate=1000");
    let file = pair.folder.path().join("devices").display().to_string();
    pair.source.command("cont", json!({}));
    pair.source.command("xen-save-devices-state", json!({"filename": file, "live": false}));
    assert_eq!(pair.source.status(), "running");
    let running = pair.source.try_command("xen-load-devices-state", json!({"filename": file}));
    assert_eq!(running.unwrap_err(), "Cannot update device state while vm is running");
    pair.source.command("stop", json!({}));
    pair.source.command("xen-load-devices-state", json!({"filename": file}));
    std::fs::write(&file, b"QEVM").unwrap();
    let broken = pair.source.try_command("xen-load-devices-state", json!({"filename": file}));
    assert_eq!(broken.unwrap_err(), "loading Xen device state failed");
}

#[test]
fn replication_has_no_disks_here() {
    let mut pair = Pair::new("idle");
    let vm = &mut pair.source;
    assert_eq!(vm.command("query-xen-replication-status", json!({})), json!({"error": false}));
    vm.command("xen-set-replication", json!({"enable": true, "primary": true}));
    let error = vm.try_command(
        "xen-set-replication",
        json!({"enable": true, "primary": true, "failover": false}),
    );
    assert_eq!(error.unwrap_err(), "Parameter 'failover' is only for stopping replication");
    vm.command("xen-colo-do-checkpoint", json!({}));
    vm.command("xen-set-global-dirty-log", json!({"enable": true}));
    vm.command("xen-set-global-dirty-log", json!({"enable": false}));
    // No other reader of the log is disturbed.
    pair.migrates();
}

#[test]
fn dirty_rates_are_measured() {
    let mut pair = Pair::new("dirty,start=1M,end=3M,rate=max");
    let vm = &mut pair.source;
    vm.command("cont", json!({}));
    assert_eq!(vm.command("query-dirty-rate", json!({}))["status"], "unstarted");
    let arguments =
        json!({"calc-time": 100, "calc-time-unit": "millisecond", "mode": "dirty-bitmap"});
    vm.command("calc-dirty-rate", arguments);
    let mut info = Value::Null;
    vm.until("measured", |_| true);
    while info["status"] != "measured" {
        info = vm.command("query-dirty-rate", json!({"calc-time-unit": "millisecond"}));
    }
    assert!(info["dirty-rate"].as_u64() > Some(0), "{info}");
    assert_eq!(vm.command("query-vcpu-dirty-limit", json!({})), json!([]));
    let error = vm.try_command("set-vcpu-dirty-limit", json!({"dirty-rate": 1}));
    assert!(error.unwrap_err().contains("requires KVM"));
    vm.command("cancel-vcpu-dirty-limit", json!({}));
}

#[test]
fn a_primary_is_unplugged_first() {
    let mut pair = Pair::with(
        &[
            "-device",
            "virtio-net-pci,id=net0,failover=on",
            "-device",
            "e1000,id=hostdev0,failover_pair_id=net0",
        ],
        &["-device", "virtio-net-pci,id=net0,failover=on"],
    );
    pair.begin();
    assert_eq!(pair.source.until_event("UNPLUG_PRIMARY"), json!({"device-id": "hostdev0"}));
    pair.source.until_status("wait-unplug");
    pair.source.command("cont", json!({}));
    pair.arrives();
}

#[test]
fn colo_goes_on_after_the_loss_of_either_side() {
    for lost in ["primary", "secondary"] {
        let mut pair = Pair::new("dirty,start=1M,end=2M,rate=1000");
        pair.capabilities(&["x-colo"]);
        pair.parameters(&json!({"x-checkpoint-delay": 20}));
        let status = pair.source.command("query-colo-status", json!({}));
        assert_eq!(status, json!({"mode": "none", "last-mode": "none", "reason": "none"}));
        pair.source.command("cont", json!({}));
        pair.begin();
        for (vm, mode) in [(&mut pair.source, "primary"), (&mut pair.target, "secondary")] {
            vm.until_status("colo");
            assert_eq!(vm.command("query-colo-status", json!({}))["mode"], mode);
        }
        let (mut gone, mut left, mode) = match lost {
            "primary" => (pair.source, pair.target, "secondary"),
            _ => (pair.target, pair.source, "primary"),
        };
        gone.process.kill().unwrap();
        assert_eq!(left.until_event("COLO_EXIT"), json!({"mode": mode, "reason": "error"}));
        left.command("x-colo-lost-heartbeat", json!({}));
        left.until_status("completed");
        while left.status() == "colo" {}
        let status = left.command("query-colo-status", json!({}));
        assert_eq!(status["last-mode"], mode);
        assert!(left.try_command("x-colo-lost-heartbeat", json!({})).is_err());
    }
}

#[test]
fn a_reset_that_is_a_shutdown_ends_the_process_or_stops_the_guest() {
    let folder = tempfile::tempdir().unwrap();
    let mut vm = Vm::engine(folder.path(), "poweroff", &["-action", "reboot=shutdown"]);
    vm.command("system_reset", json!({}));
    assert_eq!(vm.events[0]["data"], json!({"guest": false, "reason": "host-qmp-system-reset"}));
    assert!(vm.process.wait().unwrap().success());
    let mut vm = Vm::engine(folder.path(), "pause", &["-action", "reboot=shutdown,shutdown=pause"]);
    vm.command("system_reset", json!({}));
    assert_eq!(vm.command("query-status", json!({}))["status"], "shutdown");
}
