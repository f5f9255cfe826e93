//! Parameters that affect page formats, the switchover, levels and delays.

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;

use serde_json::{Value, json};

use crate::pair::Pair;

/// Starts a migration that never converges: one page per 0.1 s.
fn endless() -> Pair {
    let mut pair = Pair::new("idle");
    pair.source.command("migrate-set-parameters", json!({"max-bandwidth": 1, "downtime-limit": 1}));
    pair.begin();
    let info = pair.source.until("on its way", |info| info["ram"]["normal"].as_u64() > Some(3));
    assert_eq!(info["status"], "active");
    pair
}

#[test]
fn a_longer_downtime_ends_a_slow_migration() {
    let mut pair = endless();
    pair.source.command("migrate-set-parameters", json!({"downtime-limit": 2_000_000}));
    pair.arrives();
}

#[test]
fn a_better_link_for_the_switchover_ends_a_slow_migration() {
    let mut pair = endless();
    pair.source
        .command("migrate-set-parameters", json!({"avail-switchover-bandwidth": 1_u64 << 40}));
    pair.arrives();
}

#[test]
fn a_guest_for_a_reboot_stands_still_from_the_start() {
    for (mode, stops_first) in [("normal", false), ("cpr-reboot", true)] {
        let mut pair = Pair::new("dirty,start=1M,end=2M,rate=1000");
        pair.source.capabilities(&["events"]);
        pair.source.command("migrate-set-parameters", json!({"mode": mode}));
        pair.source.command("cont", json!({}));
        pair.begin();
        pair.arrives();
        let told = pair.source.told();
        let at = |name: &str| told.iter().position(|one| one == name).unwrap();
        assert_eq!(at("STOP") < at("active"), stops_first, "{mode}: {told:?}");
    }
}

/// Returns the number of bytes sent for a MiB of text.
fn sent(capability: &str, parameters: &Value) -> u64 {
    let mut pair = Pair::new("idle");
    let memory =
        OpenOptions::new().write(true).open(pair.folder.path().join("source.memory")).unwrap();
    memory.write_all_at(text().as_bytes(), 0).unwrap();
    pair.capabilities(&[capability]);
    pair.parameters(parameters);
    pair.migrates();
    let info = pair.source.command("query-migrate", json!({}));
    info["ram"]["transferred"].as_u64().unwrap()
}

#[test]
fn higher_levels_send_less() {
    for (method, low, high) in [("zlib", 0, 9), ("zstd", 1, 19)] {
        let [more, less] = [low, high].map(|level| {
            let level_of = format!("multifd-{method}-level");
            sent(
                "multifd",
                &json!({"multifd-compression": method, level_of: level, "multifd-channels": 1}),
            )
        });
        assert!(less < more, "{method}: {less} and {more}");
        if low == 0 {
            assert!(more > text().len() as u64, "level 0 stores");
        }
    }
}

#[test]
fn compressing_threads_send_less_at_higher_levels() {
    let [most, more, less] = [(0, 1, 1), (1, 3, 1), (9, 8, 4)].map(|(level, threads, readers)| {
        sent(
            "compress",
            &json!({"compress-level": level, "compress-threads": threads, "decompress-threads": readers}),
        )
    });
    assert!(most > text().len() as u64, "level 0 stores");
    assert!(less < more && more < most, "{less}, {more} and {most}");
}

/// Makes a MiB of words.
fn text() -> String {
    let (mut state, mut text) = (1_u32, String::new());
    while text.len() < 1 << 20 {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        text.push_str(
            ["page ", "memory ", "guest ", "source, ", "channel ", "of ", "a ", "block; "]
                [state as usize >> 29],
        );
    }
    text
}

#[test]
fn checkpoints_follow_the_delay() {
    let mut pair = Pair::new("dirty,start=1M,end=2M,rate=1000");
    pair.capabilities(&["x-colo"]);
    pair.source.command("migrate-set-parameters", json!({"x-checkpoint-delay": u32::MAX}));
    pair.source.command("cont", json!({}));
    pair.begin();
    pair.source.until_status("colo");
    pair.source.until_event("RESUME");
    let checkpoints =
        |pair: &mut Pair| pair.source.told().iter().filter(|name| *name == "STOP").count();
    // Only the switchover, because the next checkpoint is due in seven weeks.
    assert_eq!(checkpoints(&mut pair), 1);
    // A new delay triggers a checkpoint.
    pair.source.command("migrate-set-parameters", json!({"x-checkpoint-delay": 10}));
    while checkpoints(&mut pair) < 5 {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

#[test]
fn announcements_can_be_switched_off_and_do_not_hold_a_guest_up() {
    for rounds in [0, 1000] {
        let mut pair = Pair::new("idle");
        pair.parameters(&json!({
            "announce-rounds": rounds, "announce-initial": 100_000, "announce-max": 100_000, "announce-step": 10_000,
        }));
        pair.migrates();
        assert_eq!(pair.target.command("cont", json!({})), json!({}));
        assert_eq!(pair.target.command("query-status", json!({}))["running"], Value::Bool(true));
    }
}
