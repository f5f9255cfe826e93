//! `--timeout`, `--bandwidth`, `--recover` and `--dry-run`, as the servers see them.

use qapi::Value as Reply;
use serde_json::{Value, json};

use crate::pair::Pair;
use crate::scripted::{Run, Script, Stage, active, completed, state};

fn idle() -> Script {
    Script::default()
}

fn source(states: impl IntoIterator<Item = Value>) -> Script {
    Script::states(std::iter::once(state("none")).chain(states))
        .returning("query-migrate-parameters", [json!({"downtime-limit": 300})])
}

/// A hot guest on a slow connection, which never converges.
fn endless() -> Pair {
    Pair::engines(&["-workload", "pattern,seed=1", "-workload", "dirty,start=1M,end=15M,rate=max"])
}

#[test]
fn a_timeout_cancels_and_the_guest_stays() {
    let pair = endless();
    let run = Run::of(pair.migrate(&["--bandwidth", "100K", "--timeout", "1"]));
    assert_eq!(run.status, Some(4), "{run:?}");
    let message = "qapi-migrate: not done within 1 s: cancelled; the guest stays with the source\n";
    assert!(run.errors.ends_with(message), "{run:?}");
    assert_eq!(pair.source_status(), "running");
}

#[test]
fn a_timeout_forces_a_guest_that_does_not_converge() {
    let pair = endless();
    let options = ["--downtime", "1", "--bandwidth", "20M", "--timeout", "2"];
    let run = Run::of(pair.migrate(&[&options[..], &["--on-timeout", "force"]].concat()));
    assert_eq!(run.status, Some(0), "{run:?}");
    assert_eq!(pair.statuses(), ("postmigrate".into(), "running".into()));
}

#[test]
fn a_forced_migration_that_fails_puts_the_downtime_limit_back() {
    let failed = json!({"status": "failed", "error-desc": "Broken pipe"});
    let states = [vec![active(); 5], vec![failed]].concat();
    let stage = Stage::new(source(states), idle());
    let run = stage.run(&["--timeout", "0.3", "--on-timeout", "force"]);
    assert_eq!(run.status, Some(1), "{run:?}");
    let limit = || stage.source.await_command("migrate-set-parameters")["downtime-limit"].clone();
    assert_eq!((limit(), limit()), (2_000_000.into(), 300.into()));
}

#[test]
fn a_timeout_forces_by_postcopy_if_that_was_asked_for() {
    let mut postcopy = active();
    postcopy["status"] = "postcopy-active".into();
    let states = [vec![active(); 4], vec![postcopy, completed()]].concat();
    let stage = Stage::new(source(states), idle());
    let run = stage.run(&["--postcopy=3600", "--timeout", "0.3", "--on-timeout", "force"]);
    assert_eq!(run.status, Some(0), "{run:?}");
    stage.source.await_command("migrate-start-postcopy");
}

#[test]
fn a_timeout_does_nothing_once_the_guest_has_gone() {
    let states = [vec![state("postcopy-active"); 4], vec![completed()]].concat();
    let stage = Stage::new(source(states), idle());
    let run = stage.run(&["--postcopy", "--timeout", "0.3"]);
    assert_eq!(run.status, Some(0), "{run:?}");
    assert!(stage.source.commands.try_iter().all(|(command, _)| command != "migrate_cancel"));
}

#[test]
fn bandwidth_also_limits_postcopy() {
    let stage = Stage::new(source([completed()]), idle());
    let run = stage.run(&["--postcopy", "--bandwidth", "1M"]);
    assert_eq!(run.status, Some(0), "{run:?}");
    let set = stage.source.await_command("migrate-set-parameters");
    assert_eq!(set, json!({"max-bandwidth": 1 << 20, "max-postcopy-bandwidth": 1 << 20}));

    let stage = Stage::new(Script::states([completed()]), idle());
    let run = stage.run(&["--recover", "--bandwidth", "1M"]);
    assert_eq!(run.status, Some(0), "{run:?}");
    let set = stage.source.await_command("migrate-set-parameters");
    assert_eq!(set, json!({"max-postcopy-bandwidth": 1 << 20}));
    assert_eq!(stage.source.await_command("migrate")["resume"], true);
}

#[test]
fn a_destination_outlives_a_failure_if_its_schema_allows() {
    let stage = Stage::new(source([completed()]), idle());
    assert_eq!(stage.run(&[]).status, Some(0));
    assert_eq!(stage.destination.await_command("migrate-incoming")["exit-on-error"], false);
}

#[test]
fn a_dry_run_leaves_both_sides_as_they_were() {
    let pair = Pair::engines(&[]);
    let look = || {
        [&pair.source, &pair.destination].map(|side| {
            ["query-migrate-capabilities", "query-migrate-parameters", "query-migrate"]
                .map(|query| pair.execute(side, query, "{}"))
        })
    };
    let before = look();
    let options = ["--dry-run", "--multifd", "4", "--bandwidth", "1M", "--downtime", "20"];
    let more =
        ["-c", "auto-converge", "-p", "multifd-compression=zstd", "--uri", "tcp:127.0.0.1:0"];
    let run = Run::of(pair.migrate(&[&options[..], &more].concat()));
    assert_eq!(run.status, Some(0), "{run:?}");
    let end = "no fault found; 2 things could not be checked: machine type, size of RAM\n";
    assert!(run.out.ends_with(end), "{run:?}");
    assert_eq!(look(), before);
}

#[test]
fn a_dry_run_says_why_servers_would_refuse() {
    let pair = Pair::engines(&["-device", "ivshmem-plain,memdev=m"]);
    let options = ["--dry-run", "--json", "--multifd", "2", "-c", "compress"];
    let run = Run::of(pair.migrate(&[&options[..], &["-p", "downtime-limit=-1"]].concat()));
    assert_eq!(run.status, Some(1), "{run:?}");
    let lines = run.out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let faults: Vec<_> = lines.clone().filter(|line| line["level"] == "fails").collect();
    let sides: Vec<_> = faults.iter().map(|fault| fault["side"].as_str().unwrap()).collect();
    assert_eq!(sides, ["source", "source", "destination"], "{run:?}");
    assert!(faults[0]["text"].as_str().unwrap().starts_with("blocker: Migration is disabled"));
    assert!(faults[1]["text"].as_str().unwrap().contains("not compatible with compress"));
    let result = { lines }.next_back().unwrap();
    assert_eq!((&result["outcome"], &result["exit-status"]), (&"failed".into(), &1.into()));
    assert_eq!(run.errors, "");
    // No capability was switched on.
    let states = pair.execute(&pair.source, "query-migrate-capabilities", "{}");
    let Reply::List(states) = states else { panic!("{states:?}") };
    assert!(states.iter().all(|one| one.get("state").and_then(Reply::as_bool) == Some(false)));
}

#[test]
fn a_server_that_accepts_and_stays_silent_is_reported() {
    let mute = Script { is_mute: true, ..Script::default() };
    let run = Stage::new(mute, idle()).run(&[]);
    assert_eq!(run.status, Some(1), "{run:?}");
    let message = "qapi-migrate: source: source.sock sends no greeting within 10 s: \
                   the server hangs, or another client holds the socket\n";
    assert_eq!(run.errors, message);
}
