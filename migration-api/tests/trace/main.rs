//! The spans and events of migrations between two engines.

mod recorder;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use migration_api::api::{MigrationCapability as Capability, MigrationStatus as Status};
use migration_api::engine::{Engine, Event, EventReceiver};
use migration_api::guests::{Backing, Machine, MachineConfig};
use migration_api::settings::{Capabilities, Parameters};
use migration_api::transport::Address;
use recorder::{Entry, Recorder, lines};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Time after which a wait fails its test, long enough for a slow host.
const PATIENCE: Duration = Duration::from_secs(60);

/// The threads of all engines of this process write to one trace, so the tests take turns.
static TURN: Mutex<Option<Recorder>> = Mutex::new(None);

struct Host {
    engine: Engine,
    events: EventReceiver,
}

fn host(workload: &str, incoming: bool, on: &[Capability], parameters: Parameters) -> Host {
    let machine = Machine::new(MachineConfig {
        machine: "none".into(),
        uuid: None,
        block: "ram".into(),
        size: 4 << 20,
        backing: Backing::Anonymous { shared: false },
        workloads: vec![workload.parse().unwrap()],
        incoming,
        devices: Vec::new(),
        blockers: Vec::new(),
    });
    let capabilities =
        on.iter().fold(Capabilities::default(), |set, &capability| set.with(capability, true));
    let engine = Engine::builder(Arc::new(machine.unwrap()))
        .incoming(incoming)
        .capabilities(capabilities)
        .parameters(parameters)
        .build();
    let events = engine.events();
    Host { engine, events }
}

impl Host {
    fn until(&self, status: Status) {
        let end = Instant::now() + PATIENCE;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            if self.events.recv_timeout(left).unwrap() == Event::Migration(status) {
                return;
            }
        }
    }
}

/// Runs a test alone, with an empty trace.
fn traced(test: impl FnOnce(&Recorder)) {
    let mut turn = TURN.lock().unwrap_or_else(|error| error.into_inner());
    let recorder = turn.get_or_insert_with(|| {
        let recorder = Recorder::default();
        tracing_subscriber::registry().with(recorder.clone()).init();
        recorder
    });
    recorder.take();
    test(recorder);
}

/// Returns the trace once both attempts are over.
fn whole(recorder: &Recorder) -> Vec<Entry> {
    let (mut entries, end) = (Vec::new(), Instant::now() + PATIENCE);
    loop {
        entries.extend(recorder.take());
        let over = |entry: &&Entry| entry.kind == '-' && entry.name == "attempt";
        if entries.iter().filter(over).count() == 2 {
            print!("{}", lines(&entries));
            return entries;
        }
        assert!(Instant::now() < end, "{}", lines(&entries));
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Returns the entries of one direction in short, in their order. Passes between the first and the
/// last one are left out, because their number is not fixed.
fn of(entries: &[Entry], direction: &str) -> Vec<String> {
    let mut short = Vec::new();
    for entry in entries.iter().filter(|entry| entry.direction == direction) {
        let field = |name| entry.fields.get(name);
        let detail = match entry.name.as_str() {
            "attempt" => format!("{} {} [{}]", direction, field("address"), field("capabilities")),
            "channel" => format!("{} {} tls={}", field("kind"), field("id"), field("tls")),
            "status" => format!("{} -> {}", field("from"), field("to")),
            "pass" if field("number") != "1" => continue,
            "pass" => field("number").to_owned(),
            "postcopy" => format!("requests={}", field("requests")),
            other => panic!("{other} was not expected"),
        };
        short.push(format!("{}{} {detail}", entry.kind, entry.name));
    }
    short
}

#[test]
fn a_precopy_leaves_its_spans_in_order() {
    traced(|recorder| {
        let on = [Capability::Multifd];
        let source = host("pattern,seed=5", false, &on, Parameters::default());
        let target = host("idle", true, &on, Parameters::default());
        let folder = tempfile::tempdir().unwrap();
        let address: Address = format!("unix:{}/socket", folder.path().display()).parse().unwrap();
        target.engine.incoming(&address).unwrap();
        source.engine.migrate(&address).unwrap();
        source.until(Status::Completed);
        target.until(Status::Completed);
        let passes = source.engine.passes();
        let entries = whole(recorder);
        let outgoing = of(&entries, "outgoing");
        assert_eq!(
            outgoing[..5],
            [
                "+attempt outgoing unix [multifd]",
                "+channel main 0 tls=false",
                "+channel multifd 0 tls=false",
                "+channel multifd 1 tls=false",
                "+pass 1",
            ]
        );
        let without_channels: Vec<_> =
            outgoing.iter().filter(|line| !line.contains("channel")).collect();
        assert_eq!(
            without_channels,
            [
                "+attempt outgoing unix [multifd]",
                "+pass 1",
                "!status setup -> active",
                "-pass 1",
                "!status active -> completed",
                "-attempt outgoing unix [multifd]",
            ]
        );
        assert_eq!(outgoing.iter().filter(|line| line.starts_with("-channel")).count(), 3);
        let incoming = of(&entries, "incoming");
        assert_eq!(incoming[0], "+attempt incoming unix []");
        assert_eq!(incoming[1], "!status setup -> active");
        assert_eq!(incoming[2], "+channel main 0 tls=false");
        assert_eq!(incoming.iter().filter(|line| line.contains("multifd 1")).count(), 2);
        assert!(incoming.contains(&"!status active -> completed".into()), "{incoming:#?}");
        assert_eq!(incoming.last().unwrap(), "-attempt incoming unix [multifd]");

        // The spans of the passes say the same as the records.
        let ended = entries.iter().filter(|entry| (entry.kind, &*entry.name) == ('-', "pass"));
        let ended: Vec<_> = ended.map(|entry| entry.fields.clone()).collect();
        assert_eq!(ended.len(), passes.len());
        for (fields, pass) in ended.iter().zip(&passes) {
            let numbers = ["number", "pages", "bytes", "remaining"].map(|name| fields.get(name));
            let expected = [pass.number, pass.pages, pass.bytes, pass.remaining];
            assert_eq!(numbers.map(String::from), expected.map(|number| number.to_string()));
        }
        assert!(passes[0].pages == 1024 && passes[0].bytes > 0, "{:?}", passes[0]);
        println!("{}", passes[0]);
    });
}

#[test]
fn a_postcopy_leaves_its_spans_in_order() {
    traced(|recorder| {
        let on = [Capability::PostcopyRam, Capability::PostcopyPreempt];
        // So slow that the switch falls into the first pass.
        let slow =
            Parameters { max_bandwidth: 1 << 20, downtime_limit: 1, ..Parameters::default() };
        let source = host("pattern,seed=5", false, &on, slow);
        let target = host("idle", true, &on, Parameters::default());
        let address: Address = "tcp:127.0.0.1:0".parse().unwrap();
        target.engine.incoming(&address).unwrap();
        let bound = target.engine.info().socket_address.unwrap();
        let address = format!("tcp:127.0.0.1:{}", port(&format!("{bound:?}")));
        source.engine.migrate(&address.parse().unwrap()).unwrap();
        source.until(Status::Active);
        source.engine.switch_to_postcopy().unwrap();
        source.until(Status::Completed);
        target.until(Status::Completed);
        let entries = whole(recorder);
        let capabilities = "[postcopy-ram postcopy-preempt]";
        let without_channels = |direction| {
            let mut short = of(&entries, direction);
            short.retain(|line| !line.contains("channel"));
            short
        };
        assert_eq!(
            without_channels("outgoing"),
            [
                &format!("+attempt outgoing tcp {capabilities}"),
                "+pass 1",
                "!status setup -> active",
                "-pass 1",
                "!status active -> postcopy-active",
                "!postcopy requests=0",
                "!status postcopy-active -> completed",
                &format!("-attempt outgoing tcp {capabilities}"),
            ]
        );
        assert_eq!(
            without_channels("incoming"),
            [
                "+attempt incoming tcp []",
                "!status setup -> active",
                "!status active -> postcopy-active",
                "!status postcopy-active -> completed",
                &format!("-attempt incoming tcp {capabilities}"),
            ]
        );
        for direction in ["outgoing", "incoming"] {
            let short = of(&entries, direction);
            for channel in ["main", "preempt"] {
                let of_it =
                    short.iter().filter(|line| line.contains(&format!("channel {channel}")));
                assert_eq!(of_it.count(), 2, "{direction}, {channel}");
            }
        }
    });
}

/// Returns the port in the text of an address.
fn port(text: &str) -> String {
    let (_, rest) = text.split_once("port: \"").unwrap();
    rest.chars().take_while(char::is_ascii_digit).collect()
}

#[test]
fn a_failure_is_told_without_the_command_that_failed() {
    traced(|recorder| {
        let source = host("pattern,seed=5", false, &[], Parameters::default());
        let secret = "exec:cat > /dev/null; : PASSWORD=hunter2; exit 3";
        source.engine.migrate(&secret.parse().unwrap()).unwrap();
        source.until(Status::Failed);
        let end = Instant::now() + PATIENCE;
        let mut entries = Vec::new();
        while !entries.iter().any(|entry: &Entry| (entry.kind, &*entry.name) == ('-', "attempt")) {
            assert!(Instant::now() < end, "{}", lines(&entries));
            entries.extend(recorder.take());
        }
        let failed = entries.iter().find(|entry| entry.name == "failed").unwrap();
        assert_eq!(failed.fields.get("error"), "command ended with exit status: 3");
        assert_eq!(failed.direction, "outgoing");
        let attempt = entries.iter().find(|entry| entry.name == "attempt").unwrap();
        assert_eq!(attempt.fields.get("address"), "command");
        assert!(!lines(&entries).contains("hunter2"), "{}", lines(&entries));
    });
}
