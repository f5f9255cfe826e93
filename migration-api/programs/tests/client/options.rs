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
    assert!(run.out.contains("ok     both         machine type: none-machine\n"), "{run:?}");
    assert!(run.out.contains("ok     both         size of RAM: 16777216 bytes\n"), "{run:?}");
    assert!(run.out.ends_with("\nno fault found\n"), "{run:?}");
    assert_eq!(look(), before);
}

#[test]
fn a_dry_run_compares_what_the_engines_tell_of_their_guests() {
    let with = |machine, size| Pair::engines_with(&[], &["-machine", machine, "-m", size]);
    let run = Run::of(with("pc-q35-10.0", "8M").migrate(&["--dry-run"]));
    assert_eq!(run.status, Some(1), "{run:?}");
    for fault in [
        "machine type: none-machine at the source, pc-q35-10.0-machine at the destination",
        "size of RAM: 16777216 bytes at the source, 8388608 bytes at the destination",
    ] {
        assert!(run.out.contains(&format!("fails  both         {fault}\n")), "{run:?}");
    }
    // A relay takes both from its source.
    let run = Run::of(with("relay", "8M").migrate(&["--dry-run"]));
    assert_eq!(run.status, Some(0), "{run:?}");
    let end = "no fault found; 2 things could not be checked: machine type, size of RAM\n";
    assert!(run.out.ends_with(end), "{run:?}");
}

#[test]
fn each_pass_is_printed_with_what_it_has_sent() {
    let dirty = "dirty,start=1M,end=15M,rate=1000";
    let pair = Pair::engines(&["-workload", "pattern,seed=1", "-workload", dirty]);
    let run = Run::of(pair.migrate(&["--verbose", "--bandwidth", "10M", "--downtime", "50"]));
    assert_eq!(run.status, Some(0), "{run:?}");
    let passes: Vec<_> = run.errors.lines().filter(|line| line.starts_with("pass")).collect();
    let pages = |line: &str| line.split(' ').nth(2)?.parse::<u64>().ok();
    // The first one sends all of the 16 MiB, the others what the guest has written since.
    assert!(passes.len() > 1 && passes[0].starts_with("pass 1: "), "{run:?}");
    assert!(pages(passes[0]).is_some_and(|pages| (4096..6000).contains(&pages)), "{run:?}");
    assert!(passes.iter().all(|line| line.contains(" sent, in ")), "{run:?}");

    let run = Run::of(Pair::engines(&[]).migrate(&["--verbose", "--json"]));
    let lines = run.out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let passes: Vec<_> = lines.filter(|line| line["event"] == "pass").collect();
    let count: u64 = passes.iter().map(|pass| pass["passes"].as_u64().unwrap()).sum();
    assert_eq!(passes.last().map(|pass| &pass["pass"]), Some(&count.into()), "{run:?}");
    let pages: u64 = passes.iter().map(|pass| pass["pages"].as_u64().unwrap()).sum();
    assert!(pages >= 4096, "{run:?}");
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
