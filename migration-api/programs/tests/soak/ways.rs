//! The ways to migrate a guest, or to save and restore it. Each takes the current host and returns
//! the one where the guest runs.

use std::os::unix::net::UnixStream;

use serde_json::{Value, json};

use crate::host::{Host, Place};

type Way = fn(Host, &Place) -> Host;

/// All ways, by name.
pub const WAYS: [(&str, Way); 23] = [
    ("tcp", |host, place| moves(host, place, &[], json!({}))),
    ("return path", |host, place| {
        moves(host, place, &["return-path", "switchover-ack"], json!({}))
    }),
    ("unix", unix),
    ("file", |host, place| {
        let uri = format!("file:{},offset=4096", place.path("stream"));
        stored(host, place, &uri, &uri)
    }),
    ("exec", |host, place| {
        let path = place.path("stream");
        stored(host, place, &format!("exec:cat > {path}"), &format!("exec:cat {path}"))
    }),
    ("fd", descriptors),
    ("tls", |host, place| {
        tls(host, place, &["return-path"], &json!({"qom-type": "tls-creds-anon"}))
    }),
    ("tls with certificates, multifd", |host, place| {
        let x509 = json!({"qom-type": "tls-creds-x509", "dir": place.folder.path()});
        tls(host, place, &["multifd"], &x509)
    }),
    ("multifd", |host, place| moves(host, place, &["multifd"], json!({"multifd-channels": 4}))),
    ("multifd zlib", |host, place| {
        moves(
            host,
            place,
            &["multifd"],
            json!({"multifd-compression": "zlib", "downtime-limit": 9000}),
        )
    }),
    ("multifd zstd", |host, place| {
        moves(host, place, &["multifd"], json!({"multifd-compression": "zstd"}))
    }),
    ("zero copy", |host, place| moves(host, place, &["multifd", "zero-copy-send"], json!({}))),
    ("xbzrle", |host, place| moves(host, place, &["xbzrle"], json!({"max-bandwidth": 16 << 20}))),
    ("compress", |host, place| moves(host, place, &["compress"], json!({"downtime-limit": 9000}))),
    ("auto-converge", |host, place| moves(host, place, &["auto-converge"], json!({}))),
    ("postcopy", |host, place| postcopy(host, place, &["postcopy-ram", "release-ram"], false)),
    ("preempt", |host, place| postcopy(host, place, &["postcopy-ram", "postcopy-preempt"], false)),
    ("recovery", |host, place| {
        postcopy(host, place, &["postcopy-ram", "postcopy-blocktime"], true)
    }),
    ("recovery, preempt", |host, place| {
        postcopy(host, place, &["postcopy-ram", "postcopy-preempt"], true)
    }),
    ("cancel", cancel),
    ("background snapshot", background),
    ("snapshots", snapshots),
    ("colo", colo),
];

const TCP: &str = "tcp:127.0.0.1:0";

/// Migrates in precopy, with the same settings on both sides.
fn moves(mut source: Host, place: &Place, capabilities: &[&str], parameters: Value) -> Host {
    let mut target = Host::waiting(place, capabilities);
    source.capabilities(capabilities, true);
    source.parameters(parameters.clone());
    target.parameters(parameters);
    over(source, target, TCP)
}

fn over(mut source: Host, mut target: Host, uri: &str) -> Host {
    let uri = target.listen(uri);
    source.command("migrate", json!({"uri": uri}));
    arrives(source, target)
}

fn arrives(mut source: Host, mut target: Host) -> Host {
    source.until_status("completed");
    target.until_status("completed");
    target.until_running();
    reset(&mut target);
    target
}

/// Resets the capabilities for the next way.
fn reset(host: &mut Host) {
    let reply = host.command("query-migrate-capabilities", json!({}));
    let on = reply.as_array().unwrap().iter().filter(|one| one["state"] == true);
    let names: Vec<&str> = on.map(|one| one["capability"].as_str().unwrap()).collect();
    // Capabilities that depend on others come first.
    for name in ["zero-copy-send", "switchover-ack", "postcopy-preempt"] {
        host.capabilities(&[name], false);
    }
    host.capabilities(&names, false);
    host.parameters(json!({
        "max-bandwidth": 0, "downtime-limit": 300, "multifd-channels": 2, "multifd-compression": "none", "tls-creds": "",
    }));
}

fn unix(source: Host, place: &Place) -> Host {
    let target = Host::waiting(place, &[]);
    over(source, target, &format!("unix:{}", place.path("socket")))
}

/// Migrates through a medium that stores the stream until the target reads it.
fn stored(mut source: Host, place: &Place, out: &str, back: &str) -> Host {
    source.command("migrate", json!({"uri": out}));
    source.until_status("completed");
    let mut target = Host::waiting(place, &[]);
    target.command("migrate-incoming", json!({"uri": back}));
    let target = arrives(source, target);
    std::fs::remove_file(place.path("stream")).unwrap();
    target
}

/// Migrates over a connection that another process has made.
fn descriptors(mut source: Host, place: &Place) -> Host {
    let mut target = Host::waiting(place, &["return-path"]);
    source.capabilities(&["return-path"], true);
    let (ours, theirs) = UnixStream::pair().unwrap();
    source.give("out", ours);
    target.give("back", theirs);
    target.command("migrate-incoming", json!({"uri": "fd:back"}));
    source.command("migrate", json!({"uri": "fd:out"}));
    arrives(source, target)
}

fn tls(mut source: Host, place: &Place, capabilities: &[&str], credentials: &Value) -> Host {
    let mut target = Host::waiting(place, capabilities);
    source.capabilities(capabilities, true);
    for (host, endpoint) in [(&mut source, "client"), (&mut target, "server")] {
        let mut object = credentials.clone();
        object["id"] = "tls".into();
        object["endpoint"] = endpoint.into();
        host.command("object-add", object);
        host.parameters(json!({"tls-creds": "tls"}));
    }
    let mut host = over(source, target, TCP);
    host.command("object-del", json!({"id": "tls"}));
    host
}

/// Migrates in postcopy, optionally with a pause.
fn postcopy(mut source: Host, place: &Place, capabilities: &[&str], pause: bool) -> Host {
    let mut target = Host::waiting(place, capabilities);
    source.capabilities(capabilities, true);
    source.parameters(json!({"max-bandwidth": 1 << 20, "max-postcopy-bandwidth": 1}));
    let uri = target.listen(TCP);
    source.command("migrate", json!({"uri": uri}));
    source.until_status("active");
    source.command("migrate-start-postcopy", json!({}));
    source.until_status("postcopy-active");
    target.until_status("postcopy-active");
    if pause {
        source.command("migrate-pause", json!({}));
        source.until_status("postcopy-paused");
        target.until_status("postcopy-paused");
        target.command("migrate-recover", json!({"uri": TCP}));
        let info = target.command("query-migrate", json!({}));
        let port = info["socket-address"][0]["port"].as_str().unwrap();
        source.command("migrate", json!({"uri": format!("tcp:127.0.0.1:{port}"), "resume": true}));
        source.until_status("postcopy-active");
        target.until_status("postcopy-active");
    }
    source.parameters(json!({"max-postcopy-bandwidth": 0}));
    arrives(source, target)
}

/// Cancels a migration. The guest stays.
fn cancel(mut source: Host, place: &Place) -> Host {
    let mut target = Host::waiting(place, &[]);
    source.parameters(json!({"max-bandwidth": 1 << 20}));
    let uri = target.listen(TCP);
    source.command("migrate", json!({"uri": uri}));
    source.until_status("active");
    source.command("migrate_cancel", json!({}));
    source.until_status("cancelled");
    target.until_status("failed");
    reset(&mut source);
    source
}

/// Makes a background snapshot, and continues from it.
fn background(mut source: Host, place: &Place) -> Host {
    source.capabilities(&["background-snapshot"], true);
    let uri = format!("file:{}", place.path("image"));
    source.command("migrate", json!({"uri": uri}));
    source.until_status("completed");
    reset(&mut source);
    source.is_whole(place, "its background snapshot");
    let mut target = Host::waiting(place, &[]);
    target.command("migrate-incoming", json!({"uri": uri}));
    target.until_status("completed");
    target.until_running();
    std::fs::remove_file(place.path("image")).unwrap();
    target
}

/// Saves a snapshot, and loads it again.
fn snapshots(mut host: Host, place: &Place) -> Host {
    for command in ["snapshot-save", "snapshot-load", "snapshot-delete"] {
        let mut arguments = json!({"job-id": "job", "tag": "soak", "devices": ["disk"]});
        if command != "snapshot-delete" {
            arguments["vmstate"] = "disk".into();
        }
        host.command(command, arguments);
        host.until("concluded", |host| {
            host.command("query-jobs", json!({}))[0]["status"] == "concluded"
        });
        let job = host.command("query-jobs", json!({}));
        assert_eq!(job[0]["error"], Value::Null, "{command}");
        host.command("job-dismiss", json!({"id": "job"}));
        host.is_whole(place, command);
    }
    host
}

/// Fails over to the secondary after some checkpoints.
fn colo(mut source: Host, place: &Place) -> Host {
    let mut target = Host::waiting(place, &["x-colo"]);
    source.capabilities(&["x-colo"], true);
    source.parameters(json!({"x-checkpoint-delay": 20}));
    let uri = target.listen(TCP);
    source.command("migrate", json!({"uri": uri}));
    source.until_status("colo");
    target.until_status("colo");
    target.until("past some checkpoints", |host| host.count_events("STOP") > 3);
    target.command("x-colo-lost-heartbeat", json!({}));
    target.until("alone", |host| host.count_events("COLO_EXIT") == 1);
    source.until("alone", |host| host.count_events("COLO_EXIT") == 1);
    source.command("x-colo-lost-heartbeat", json!({}));
    arrives(source, target)
}
