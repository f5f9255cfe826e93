//! Events, and their order among replies.

use std::time::{Duration, Instant};

use super::*;

#[test]
fn events_precede_the_reply_of_the_command_that_emits_them() {
    let fixture = Fixture::new();
    let mut client = fixture.negotiated(NEGOTIATE);
    let reset = event("RESET", json!({"guest": false, "reason": "host-qmp-system-reset"}));
    let reply = json!({"return": {}});
    client.send("{'execute': 'system_reset'}");
    client.expect(&[reset.clone(), reply.clone()]);
    client.send("{'execute': 'system_powerdown'}");
    client.expect(&[json!({"event": "POWERDOWN"}), reply.clone()]);
    client.send(
        "{'execute': 'cont'}\n{'execute': 'system_reset'}\n{'execute': 'system_powerdown'}\n",
    );
    client.expect(&[json!({"event": "RESUME"}), reply.clone(), reset, reply.clone()]);
    client.expect(&[json!({"event": "POWERDOWN"}), reply]);
}

#[test]
fn events_go_to_every_monitor_that_has_negotiated() {
    let mut fixture = Fixture::new();
    let second = fixture.machine.second(&Config::default(), Stub::new(machine::answer));
    let mut first = fixture.negotiated(NEGOTIATE);
    let mut second = Client::connect(&second, false);
    second.expect(&[greeting()]);
    first.send("{'execute': 'cont', 'id': 'a'}");
    first.expect(&[json!({"event": "RESUME"}), done("a")]);
    second.send(NEGOTIATE);
    second.expect(&[json!({"return": {}})]);
    second.send("{'execute': 'stop', 'id': 'b'}");
    second.expect(&[json!({"event": "STOP"}), done("b")]);
    first.expect(&[json!({"event": "STOP"})]);
}

#[test]
fn a_migration_emits_its_states() {
    let fixture = Fixture::new();
    let mut client = fixture.negotiated(NEGOTIATE);
    client.send("{'execute': 'migrate', 'arguments': {'uri': 'exec:cat>/dev/null'}, 'id': 'm'}");
    let status = |status: &str| event("MIGRATION", json!({"status": status}));
    client.expect(&[status("setup"), done("m")]);
    // The machine continues by itself.
    fixture.raise("MIGRATION_PASS", "{'pass': 1}");
    fixture.raise("MIGRATION", "{'status': 'active'}");
    fixture.raise("MIGRATION", "{'status': 'device'}");
    fixture.raise("MIGRATION_PASS", "{'pass': 2}");
    fixture.raise("MIGRATION", "{'status': 'completed'}");
    let pass = |pass: i32| event("MIGRATION_PASS", json!({"pass": pass}));
    client.expect(&[pass(1), status("active"), status("device"), pass(2), status("completed")]);
}

#[test]
fn a_migration_fails_after_its_reply() {
    let fixture = Fixture::new();
    let mut client = fixture.negotiated(NEGOTIATE);
    client.send("{'execute': 'migrate', 'arguments': {'uri': 'unix:/nonexistent'}, 'id': 'm'}");
    client.expect(&[event("MIGRATION", json!({"status": "setup"})), done("m")]);
    fixture.raise("MIGRATION", "{'status': 'failed'}");
    client.expect(&[event("MIGRATION", json!({"status": "failed"}))]);
}

#[test]
fn a_job_emits_its_states() {
    let fixture = Fixture::new();
    let mut client = fixture.negotiated(NEGOTIATE);
    let status = |status: &str| event("JOB_STATUS_CHANGE", json!({"status": status, "id": "j0"}));
    client.send(
        "{'execute': 'blockdev-create', 'id': 1, 'arguments': {'job-id': 'j0', 'options':
          {'driver': 'file', 'filename': 'img', 'size': 65536}}}",
    );
    client.expect(&[status("created"), status("running"), done(1)]);
    for name in ["waiting", "pending", "concluded"] {
        fixture.raise("JOB_STATUS_CHANGE", &format!("{{'status': '{name}', 'id': 'j0'}}"));
        client.expect(&[status(name)]);
    }
    client.send("{'execute': 'job-dismiss', 'arguments': {'id': 'j0'}}");
    client.expect(&[status("null"), json!({"return": {}})]);
}

#[test]
fn rate_limits_events_to_the_first_and_the_last() {
    let fixture = Fixture::new();
    let mut client = fixture.negotiated(NEGOTIATE);
    let start = Instant::now();
    for offset in [598, 658, 718, 777, 837, 897] {
        fixture.raise("RTC_CHANGE", &format!("{{'offset': {offset}, 'qom-path': '/rtc'}}"));
    }
    let took = start.elapsed();
    let change = |offset: i32| event("RTC_CHANGE", json!({"offset": offset, "qom-path": "/rtc"}));
    client.expect(&[change(598)]);
    let mut rest = vec![client.next().unwrap()];
    while rest.last() != Some(&change(897)) {
        rest.push(client.next().unwrap());
    }
    // On a slow host there may be more.
    assert!(rest.len() == 1 || took > Duration::from_millis(900), "{rest:?}");
}
