//! Replies of real servers, from `traffic/libvirt-caps_VERSION.ARCH.jsonl`: each decodes with a
//! client generated from that release and encodes back without losing a member.
//!
//! A reply with members that only a later release's schema has cannot be that release's own; it is
//! counted apart.

use qapi::{QmpError, Rules};
use qapi_tests::replies::{CLIENTS, ClientReplies};
use qapi_tests::traffic::{Exchange, capabilities};
use serde_json::{Value, json};

/// Decodes and encodes a reply with the client of a release.
fn round_trip(client: &ClientReplies, exchange: &Exchange, rules: &Rules) -> Result<(), String> {
    if let Some(error) = exchange.reply.get("error") {
        return same_error(error);
    }
    let (_, commands) = client;
    let (_, round_trip) = commands
        .iter()
        .find(|(known, _)| *known == exchange.command())
        .ok_or("the client lacks the command")?;
    let theirs = exchange.reply.get("return").ok_or("a reply without result")?;
    let ours = round_trip(&theirs.to_string(), rules).map_err(|error| error.to_string())?;
    let ours: Value = serde_json::from_str(&ours).map_err(|error| error.to_string())?;
    if ours == *theirs { Ok(()) } else { Err(format!("{ours} instead of {theirs}")) }
}

/// Decodes and encodes an error.
fn same_error(theirs: &Value) -> Result<(), String> {
    let text = |key: &str| theirs[key].as_str().ok_or_else(|| format!("no {key} in {theirs}"));
    let error = QmpError::new(text("class")?.parse().unwrap_or_default(), text("desc")?);
    let ours = json!({ "class": error.class.as_str(), "desc": error.desc });
    if ours == *theirs { Ok(()) } else { Err(format!("{ours} instead of {theirs}")) }
}

#[test]
fn real_replies_survive_a_generated_client() {
    let shared = qapi_tests::folder("QAPI_SHARED");
    let (mut passed, mut later, mut failed) = (0, 0, Vec::new());
    for file in capabilities(&shared) {
        let at = CLIENTS.iter().position(|(version, _)| *version == file.version);
        let at = at.unwrap_or_else(|| panic!("no client is generated for {}", file.name));
        for exchange in file.exchanges() {
            let survives =
                |client: &ClientReplies| round_trip(client, &exchange, &Rules::STRICT).is_ok();
            match round_trip(&CLIENTS[at], &exchange, &Rules::LENIENT) {
                Ok(()) => passed += 1,
                // libvirt's files have some replies of a newer server in place of the release's.
                Err(_) if !survives(&CLIENTS[at]) && CLIENTS[at + 1..].iter().any(survives) => {
                    later += 1;
                }
                Err(fault) => {
                    failed.push(format!("{}: {}: {fault:.400}", file.name, exchange.command()));
                }
            }
        }
    }
    println!("{passed} replies decode and encode back, {later} with a later release's client");
    assert!(passed > 0, "no reply in traffic/libvirt-caps_*");
    assert!(failed.is_empty(), "{} replies fail:\n{}", failed.len(), failed.join("\n"));
}
