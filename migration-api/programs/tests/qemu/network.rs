//! Two hosts in network namespaces, with a link that fails silently. Needs root and `ip`.

use std::process::Command;
use std::time::Duration;

use serde_json::json;

use crate::postcopy::{SIZE, hurry, in_memory, pattern, wait_for};
use crate::vm::Vm;
use crate::{ram, with};

/// The address of the destination's host.
const TARGET: &str = "10.9.0.2";

/// The namespaces of the two hosts, and of the switch between them. Deleted on drop.
struct Network(String);

impl Network {
    fn new(name: &str) -> Self {
        let network = Self(format!("{name}-{}", std::process::id()));
        for part in ["source", "target", "switch"] {
            ip(&format!("netns add {}", network.part(part)));
            network.ip(part, "link set lo up");
        }
        network.ip("switch", "link add bridge type bridge");
        network.ip("switch", "link set bridge up");
        for (host, address) in [("source", "10.9.0.1"), ("target", TARGET)] {
            let switch = network.part("switch");
            network.ip(host, &format!("link add eth type veth peer name {host} netns {switch}"));
            network.ip(host, &format!("addr add {address}/24 dev eth"));
            network.ip(host, "link set eth up");
            network.ip("switch", &format!("link set {host} master bridge"));
            network.ip("switch", &format!("link set {host} up"));
        }
        network
    }

    fn part(&self, part: &str) -> String {
        format!("{}-{part}", self.0)
    }

    fn ip(&self, part: &str, arguments: &str) {
        ip(&format!("-n {} {arguments}", self.part(part)));
    }

    /// Connects or disconnects the destination. Neither host is notified.
    fn plug(&self, state: &str) {
        self.ip("switch", &format!("link set target {state}"));
    }

    /// Makes a command that runs a program on one of the hosts.
    fn command(&self, host: &str, program: &str) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.part(host), program]);
        command
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        for part in ["source", "target", "switch"] {
            // After a failure, processes left in the namespaces are removed with them.
            let _ = Command::new("ip").args(["netns", "del", &self.part(part)]).status();
        }
    }
}

fn ip(arguments: &str) {
    let done = Command::new("ip").args(arguments.split(' ')).status();
    assert!(done.as_ref().is_ok_and(|status| status.success()), "ip {arguments}: {done:?}");
}

/// Returns the address at which a destination listens.
fn address(target: &mut Vm) -> String {
    let info = target.command("query-migrate", json!({}));
    format!("tcp:{TARGET}:{}", info["socket-address"][0]["port"].as_str().unwrap())
}

#[test]
fn a_link_that_fails_silently_costs_no_page() {
    const ENGINE: &str = env!("CARGO_BIN_EXE_migration-engine");
    for (name, capabilities) in
        [("engine", &["postcopy-ram"][..]), ("qemu", &["postcopy-ram", "postcopy-preempt"])]
    {
        let (folder, network) = (tempfile::tempdir().unwrap(), Network::new(name));
        let (from, to) = (folder.path().join("from"), in_memory());
        std::fs::write(&from, pattern()).unwrap();
        let (sending, receiving) = (ram(&from), ram(to.path()));
        let source = network.command("source", ENGINE);
        let mut source = Vm::start(source, folder.path(), "source", &with(&sending, &[]));
        let (program, more) = match name {
            "engine" => (ENGINE, &["-incoming", "defer"][..]),
            _ => (
                "qemu-system-x86_64",
                &["-nodefaults", "-display", "none", "-incoming", "defer"][..],
            ),
        };
        let target = network.command("target", program);
        let mut target = Vm::start(target, folder.path(), "target", &with(&receiving, more));
        source.capabilities(capabilities);
        target.capabilities(capabilities);
        let slow = json!({"max-bandwidth": 1 << 20, "max-postcopy-bandwidth": 1 << 20, "downtime-limit": 1});
        source.command("migrate-set-parameters", slow);
        target.command("migrate-incoming", json!({"uri": format!("tcp:{TARGET}:0")}));
        source.command("migrate", json!({"uri": address(&mut target)}));
        wait_for(&mut source, "active");
        source.command("migrate-start-postcopy", json!({}));
        wait_for(&mut source, "postcopy-active");
        wait_for(&mut target, "postcopy-active");

        network.plug("down");
        // The send window fills up, and neither side notices.
        std::thread::sleep(Duration::from_millis(500));
        for vm in [&mut source, &mut target] {
            assert_eq!(vm.command("query-migrate", json!({}))["status"], "postcopy-active");
            vm.command("migrate-pause", json!({}));
            wait_for(vm, "postcopy-paused");
        }
        // No host has this address, so the attempt hangs until the next one.
        source.command("migrate", json!({"uri": format!("tcp:{TARGET}:9"), "resume": true}));
        assert_eq!(source.command("query-migrate", json!({}))["status"], "postcopy-paused");

        network.plug("up");
        target.command("migrate-recover", json!({"uri": format!("tcp:{TARGET}:0")}));
        source.command("migrate", json!({"uri": address(&mut target), "resume": true}));
        wait_for(&mut source, "postcopy-active");
        hurry(&mut source);
        source.completes();
        target.completes();
        assert!(std::fs::read(to.path()).unwrap()[..SIZE] == pattern()[..], "{name}");
    }
}
