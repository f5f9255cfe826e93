//! Capabilities that change the stream, the accepted clients, or nothing.

use serde_json::{Value, json};

use crate::pair::{NOISE, Pair, backend};
use crate::vm::Vm;

#[test]
fn shared_memory_is_not_sent() {
    let folder = tempfile::tempdir().unwrap();
    let memory = backend(&folder.path().join("both"));
    let ram = ["-machine", "none,memory-backend=ram", "-object", &memory];
    let mut source =
        Vm::engine(folder.path(), "source", &[&ram[..], &["-S", "-workload", NOISE]].concat());
    let mut target =
        Vm::engine(folder.path(), "target", &[&ram[..], &["-S", "-incoming", "defer"]].concat());
    for vm in [&mut source, &mut target] {
        vm.capabilities(&["x-ignore-shared"]);
    }
    target.command("migrate-incoming", json!({"uri": "tcp:127.0.0.1:0"}));
    source.command("migrate", json!({"uri": target.address()}));
    source.completes();
    target.completes();
    let ram = &source.command("query-migrate", json!({}))["ram"];
    assert_eq!((&ram["normal"], &ram["duplicate"]), (&json!(0), &json!(0)));
}

#[test]
fn another_uuid_is_refused() {
    const ONE: &str = "00000000-0000-0000-0000-000000000001";
    const TWO: &str = "00000000-0000-0000-0000-000000000002";
    for (other, validate) in [(ONE, true), (TWO, false), (TWO, true)] {
        let mut pair = Pair::with(&["-uuid", ONE], &["-uuid", other]);
        if validate {
            pair.capabilities(&["validate-uuid", "return-path"]);
        }
        if other == ONE || !validate {
            pair.migrates();
            continue;
        }
        pair.begin();
        assert_eq!(pair.source.ends()["status"], "failed");
        assert_eq!(pair.target.process.wait().unwrap().code(), Some(1));
        assert_eq!(pair.source.status(), "prelaunch", "the guest stays");
    }
}

#[test]
fn capabilities_for_other_hardware_or_disks_have_no_effect() {
    for capability in ["rdma-pin-all", "zero-blocks", "late-block-activate"] {
        let folder = tempfile::tempdir().unwrap();
        let image = folder.path().join("disk");
        std::fs::write(&image, [1; 65536]).unwrap();
        let node = format!("driver=file,node-name=disk,filename={}", image.display());
        let mut pair = Pair::in_folder(folder, &["-blockdev", &node], &["-blockdev", &node]);
        pair.capabilities(&[capability]);
        pair.migrates();
        assert_eq!(std::fs::read(&image).unwrap(), [1; 65536], "{capability}");
        pair.target.command("cont", json!({}));
        assert_eq!(pair.target.status(), "running", "{capability}");
    }
    let mut pair = Pair::new("idle");
    pair.capabilities(&["rdma-pin-all"]);
    assert!(pair.source.try_command("migrate", json!({"uri": "rdma:127.0.0.1:4444"})).is_err());
}

#[test]
fn bitmaps_travel_under_the_names_they_are_given() {
    let bitmap = |node: &str, name: &str| json!({"node": node, "name": name});
    let with = |disk: &str| format!("driver=null-co,node-name={disk}");
    let mapping = |node: &str, name: &str| {
        let bitmaps = json!([{"name": name, "alias": "bitmap"}]);
        json!({"block-bitmap-mapping": [{"node-name": node, "alias": "disk", "bitmaps": bitmaps}]})
    };
    for mapped in [false, true] {
        let (here, there, first, second) =
            if mapped { ("a", "b", "here", "there") } else { ("a", "a", "same", "same") };
        let mut pair = Pair::with(&["-blockdev", &with(here)], &["-blockdev", &with(there)]);
        pair.capabilities(&["dirty-bitmaps"]);
        if mapped {
            pair.source.command("migrate-set-parameters", mapping(here, first));
            pair.target.command("migrate-set-parameters", mapping(there, second));
        }
        pair.source.command("block-dirty-bitmap-add", bitmap(here, first));
        pair.migrates();
        assert!(pair.target.try_command("block-dirty-bitmap-add", bitmap(there, second)).is_err());
        pair.target.command("block-dirty-bitmap-remove", bitmap(there, second));
        let gone = pair.target.try_command("block-dirty-bitmap-remove", bitmap(there, second));
        assert_eq!(gone.unwrap_err(), format!("Dirty bitmap '{second}' not found"));
    }
}

#[test]
fn a_guest_that_is_too_fast_is_slowed_down_step_by_step() {
    let mut pair = Pair::new("dirty,start=0,end=512K,rate=max");
    pair.source.capabilities(&["auto-converge"]);
    pair.source.command(
        "migrate-set-parameters",
        json!({
            "max-bandwidth": 512 << 10, "downtime-limit": 0, "throttle-trigger-threshold": 1,
            "cpu-throttle-initial": 30, "cpu-throttle-increment": 25, "max-cpu-throttle": 60,
        }),
    );
    pair.source.command("cont", json!({}));
    pair.begin();
    let mut steps = Vec::new();
    pair.source.until("throttled to the end", |info| {
        let step = info["cpu-throttle-percentage"].as_u64();
        if step.is_some() && steps.last() != Some(&step) {
            steps.push(step);
        }
        step == Some(60)
    });
    assert_eq!(steps, [30, 55, 60].map(Some));
    pair.source.command("migrate_cancel", json!({}));
    let info = pair.source.until_status("cancelled");
    assert_eq!(info["cpu-throttle-percentage"], Value::Null);
}
