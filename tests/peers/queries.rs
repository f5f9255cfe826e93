//! Every query that a real QEMU answers, decoded and encoded by the generated types.

use qapi::Dict;
use qapi::client::Client;
use qapi::qmp::ServerKind;
use qapi_tests::wire::tables;
use serde_json::Value;

use crate::mirror::Mirror;
use crate::processes::{options, qemu};

/// A machine in which many queries have results.
const FURNISHED: &[&str] = &[
    "-machine",
    "q35,accel=tcg",
    "-smp",
    "2",
    "-m",
    "64M",
    "-object",
    "iothread,id=thread",
    "-object",
    "memory-backend-ram,id=more,size=16M",
    "-chardev",
    "ringbuf,id=ring,size=64",
    "-blockdev",
    "null-co,node-name=disk,size=1048576",
    "-device",
    "virtio-blk-pci,drive=disk",
    "-netdev",
    "hubport,id=net,hubid=0",
    "-device",
    "virtio-net-pci,netdev=net",
    "-device",
    "virtio-balloon-pci",
    "-device",
    "pci-bridge,chassis_nr=1",
];

#[test]
fn replies_without_a_machine_survive_the_generated_types() {
    check_queries(&["-machine", "none"]);
}

#[test]
fn replies_of_a_machine_with_devices_survive_the_generated_types() {
    check_queries(FURNISHED);
}

/// Runs every query through a mirror of a QEMU that is started with these arguments.
fn check_queries(arguments: &[&str]) {
    let mut process = qemu(arguments, options());
    let known = (tables("full").commands)();
    let mut queries = queries(process.client());
    queries.retain(|query| known.infos().any(|command| command.name() == query));
    let newer = is_newer(process.client());
    let mut mirror = Mirror::new("full", ServerKind::MONITOR, newer, move |command, arguments| {
        process.client().execute_raw(command, arguments)
    });
    let (answered, refused): (Vec<&String>, Vec<&String>) =
        queries.iter().partition(|query| mirror.check(query));
    println!(
        "{} queries answered, {} refused as the machine lacks it",
        answered.len(),
        refused.len()
    );
    for query in ["query-status", "query-qmp-schema", "query-version", "query-migrate-parameters"] {
        assert!(answered.iter().any(|name| *name == query), "{query} is answered");
    }
}

/// Returns true if a QEMU is newer than the schema.
fn is_newer(client: &Client) -> bool {
    let version = &client.greeting().unwrap().version;
    (version.major, version.minor) > (10, 0)
}

/// Returns the commands `query-…` without mandatory arguments, from QEMU's introspection.
fn queries(client: &Client) -> Vec<String> {
    let reply = client.execute_raw("query-qmp-schema", &Dict::new()).unwrap();
    let reply: Value = serde_json::from_str(&reply.to_string()).unwrap();
    let infos = reply.as_array().unwrap();
    let mandatory = |info: &Value| {
        let arguments = infos.iter().find(|other| other["name"] == info["arg-type"]).unwrap();
        let members = arguments["members"].as_array().unwrap();
        members.iter().any(|member| member.get("default").is_none())
    };
    let is_query = |info: &&Value| {
        info["meta-type"] == "command" && info["name"].as_str().unwrap().starts_with("query-")
    };
    let queries = infos.iter().filter(is_query).filter(|info| !mandatory(info));
    queries.map(|info| info["name"].as_str().unwrap().to_owned()).collect()
}
