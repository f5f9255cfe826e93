//! The protocol without sockets: bytes in, bytes out.

mod schema;

use std::sync::{Arc, Mutex};

use qapi::qmp::{EventSink, Monitor, Rate, Request, ServerKind, Session, Version};
use qapi::{Commands, Context, Dict, InputPolicy, OutputPolicy, Policy, QmpError, Value};
use schema::server::{AsyncSleepCommands, StatsCommands, sleep_commands, stats_commands};
use schema::{Stats, events};

#[derive(Default)]
struct Handler {
    stats: Mutex<Option<Stats>>,
}

impl StatsCommands for Handler {
    fn set_stats(&self, cx: &Context<'_>, arguments: Stats) -> Result<(), QmpError> {
        cx.emit(&events::Pass { pass: arguments.transferred });
        *self.stats.lock().unwrap() = Some(arguments);
        Ok(())
    }

    fn query_stats(&self, _: &Context<'_>) -> Result<Stats, QmpError> {
        self.stats.lock().unwrap().clone().ok_or_else(|| QmpError::generic("no stats"))
    }

    fn device_add(&self, _: &Context<'_>, arguments: Dict) -> Result<Value, QmpError> {
        Ok(Value::Dict(arguments))
    }

    fn quit(&self, cx: &Context<'_>) -> Result<(), QmpError> {
        cx.monitor().quit();
        Ok(())
    }
}

impl AsyncSleepCommands for Handler {
    async fn sleep(&self, _: &Context<'_>) -> Result<(), QmpError> {
        Ok(())
    }
}

struct Connection {
    session: Session,
    monitor: Monitor,
    commands: Commands<Handler>,
    handler: Handler,
    crashed: Option<String>,
}

impl Connection {
    fn new(flavour: ServerKind, monitor: Monitor) -> Connection {
        let commands = Commands::new().with(stats_commands()).with_async(sleep_commands());
        Connection {
            session: Session::new(flavour),
            monitor,
            commands,
            handler: Handler::default(),
            crashed: None,
        }
    }

    fn negotiated(monitor: Monitor) -> Connection {
        let mut connection = Connection::new(ServerKind::MONITOR, monitor);
        assert_eq!(connection.say("{'execute': 'qmp_capabilities'}"), "{\"return\": {}}\r\n");
        connection
    }

    fn run(&mut self, work: &Request) -> String {
        let done = work.run(&self.commands, &self.handler, &self.monitor, 0);
        self.crashed = done.crash().map(str::to_owned);
        text(&self.session.finish(done).unwrap_or_default())
    }

    fn say(&mut self, input: impl AsRef<[u8]>) -> String {
        let mut input = input.as_ref();
        let mut output = String::new();
        while let Some(work) = self.session.receive(&mut input) {
            output += &self.run(&work);
        }
        assert!(input.is_empty());
        output
    }
}

fn text(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| *byte as char).collect()
}

#[test]
fn greeting_and_negotiation() {
    let version = Version::new(10, 0, 2);
    let monitor = Monitor::builder().version(version).build();
    let mut connection = Connection::new(ServerKind::MONITOR, monitor);
    assert_eq!(
        text(&connection.session.greeting(&connection.monitor).unwrap()),
        "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 2, \"minor\": 0, \"major\": 10}, \"package\": \"\"}, \
         \"capabilities\": [\"oob\"]}}\r\n"
    );
    let expecting = "\"error\": {\"class\": \"CommandNotFound\", \
                     \"desc\": \"Expecting capabilities negotiation with 'qmp_capabilities'\"}}\r\n";
    assert_eq!(
        connection.say("{'execute': 'query-stats', 'id': {'b': 1, 'a': 2}}"),
        format!("{{\"id\": {{\"a\": 2, \"b\": 1}}, {expecting}")
    );
    assert_eq!(connection.say("{'execute': 'nonsense'}"), format!("{{{expecting}"));
    assert!(
        connection
            .say("{'execute': 'qmp_capabilities', 'arguments': {'enable': ['x']}}")
            .contains("\"GenericError\", \"desc\": \"Parameter 'null' does not accept value 'x'\"")
    );
    assert!(!connection.session.is_negotiated());
    connection.say("{'execute': 'qmp_capabilities'}");
    assert!(connection.session.is_negotiated());
    assert!(
        connection
            .say("{'execute': 'qmp_capabilities'}")
            .contains("negotiation is already complete")
    );
    assert!(
        connection
            .say("{'execute': 'qmp_capabilities', 'arguments': {'x': 1}}")
            .contains("Parameter 'x'")
    );
}

#[test]
fn commands_and_errors() {
    let mut connection = Connection::negotiated(Monitor::default());
    let error = |desc: &str| {
        format!("\"error\": {{\"class\": \"GenericError\", \"desc\": \"{desc}\"}}}}\r\n")
    };
    assert_eq!(
        connection.say("{'execute': 'query-stats', 'id': 1.5}"),
        format!("{{\"id\": 1.5, {}", error("no stats"))
    );
    assert_eq!(
        connection
            .say("{'execute': 'set-stats', 'arguments': {'rate': 1, 'x': 2, 'transferred': 3}}"),
        format!("{{{}", error("Parameter 'x' is unexpected"))
    );
    assert_eq!(
        connection.say("{'execute': 'set-stats', 'arguments': {'rate': 1, 'transferred': 3}}{'execute':'query-stats','id':[]}"),
        "{\"return\": {}}\r\n{\"return\": {\"transferred\": 3, \"rate\": 1}, \"id\": []}\r\n"
    );
    assert_eq!(
        connection.say("{'execute': 'device_add', 'arguments': {'driver': 'x', 'n': 1e2}}"),
        "{\"return\": {\"n\": 100, \"driver\": \"x\"}}\r\n"
    );
    assert_eq!(connection.say("{'execute': 'sleep'}"), "{\"return\": {}}\r\n");
    assert_eq!(connection.say("{]"), format!("{{{}", error("JSON parse error, expecting value")));
    assert_eq!(connection.say("[1]"), format!("{{{}", error("QMP input must be a JSON object")));
    assert!(connection.say("{'execute': 'gone', 'id': 0}").contains(
        "{\"id\": 0, \"error\": {\"class\": \"CommandNotFound\", \"desc\": \"The command gone has not been found\"}}"
    ));
    assert_eq!(connection.say("{'execute': 'quit'}"), "", "success is not answered");
    assert!(connection.monitor.is_quitting());
}

#[test]
fn out_of_band_overtakes() {
    let mut connection = Connection::new(ServerKind::MONITOR, Monitor::default());
    connection.say("{'execute': 'qmp_capabilities', 'arguments': {'enable': ['oob']}}");
    let mut input: &[u8] =
        b"{'execute':'sleep','id':0} {'execute':'sleep','id':1} oops {'exec-oob':'query-stats','id':2}";
    let running = connection.session.receive(&mut input).unwrap();
    assert!(running.is_in_band());
    let overtaking = connection.session.receive(&mut input).unwrap();
    assert!(!overtaking.is_in_band() && input.is_empty());
    assert!(connection.run(&overtaking).contains("\"id\": 2"));
    assert!(connection.session.next_in_band().is_none());
    assert!(connection.run(&running).contains("\"id\": 0"));
    for reply in ["\"id\": 1", "invalid keyword"] {
        let work = connection.session.next_in_band().unwrap();
        assert!(connection.run(&work).contains(reply), "{reply}");
    }
    assert!(
        connection.say("{'exec-oob': 'sleep'}").contains("The command sleep does not support OOB")
    );
    assert!(connection.say("{'exec-oob': 'gone'}").contains("CommandNotFound"));
}

#[test]
fn eight_requests_wait_and_no_more() {
    let mut connection = Connection::new(ServerKind::MONITOR, Monitor::default());
    connection.say("{'execute': 'qmp_capabilities', 'arguments': {'enable': ['oob']}}");
    let text = format!("{}{}", "{'execute':'sleep'}".repeat(9), "{'exec-oob':'query-stats'}");
    let mut input = text.as_bytes();
    let running = connection.session.receive(&mut input).unwrap();
    assert!(connection.session.receive(&mut input).is_none());
    assert_eq!(input, b"{'exec-oob':'query-stats'}");
    connection.run(&running);
    let next = connection.session.next_in_band().unwrap();
    let overtaking = connection.session.receive(&mut input).unwrap();
    assert!(!overtaking.is_in_band());
    connection.run(&next);

    let mut plain = Connection::negotiated(Monitor::default());
    let mut input: &[u8] = b"{'execute':'sleep'}{'execute':'sleep'}";
    let running = plain.session.receive(&mut input).unwrap();
    assert!(plain.session.receive(&mut input).is_none());
    assert_eq!(input.len(), 19, "nothing is read while a command runs");
    plain.run(&running);
}

#[test]
fn preconfig_policy_and_disabled_commands() {
    let mut connection = Connection::negotiated(Monitor::builder().preconfig().build());
    assert!(connection.say("{'execute': 'sleep', 'arguments': {'x': 1}}").contains(
        "The command 'sleep' is permitted only after machine initialization has completed"
    ));
    assert!(connection.say("{'execute': 'query-stats'}").contains("no stats"));
    connection.monitor.finish_preconfig();
    assert_eq!(connection.say("{'execute': 'sleep'}"), "{\"return\": {}}\r\n");
    connection.monitor.disable("sleep", Some("the command is not allowed"));
    assert!(connection.say("{'execute': 'sleep'}").contains(
        "\"CommandNotFound\", \"desc\": \"Command sleep has been disabled: the command is not allowed\""
    ));
    connection.monitor.enable("sleep");
    assert_eq!(connection.say("{'execute': 'sleep'}"), "{\"return\": {}}\r\n");

    let policy = Policy { unstable_input: InputPolicy::Crash, ..Policy::ACCEPT };
    let mut crashing = Connection::negotiated(Monitor::builder().policy(policy).build());
    crashing.say("{'execute': 'paint', 'arguments': {}}");
    assert_eq!(crashing.crashed, None);
    crashing.commands = Commands::new().with(&[qapi::Handler::new(
        &const { qapi::CommandInfo::new("paint").unstable() },
        |_, call| {
            call.reply(());
            Ok(())
        },
    )]);
    assert!(
        crashing.say("{'execute': 'paint'}").contains("Unstable command paint disabled by policy")
    );
    assert_eq!(crashing.crashed.as_deref(), Some("Unstable command paint disabled by policy"));
}

#[test]
fn the_guest_agent() {
    let mut agent = Connection::new(ServerKind::Agent, Monitor::default());
    assert_eq!(agent.session.greeting(&agent.monitor), None);
    agent.commands = Commands::new().with(&[qapi::Handler::new(
        &const { qapi::CommandInfo::new("guest-sync-delimited") },
        |_, call| {
            call.reply(7i64);
            Ok(())
        },
    )]);
    assert_eq!(
        agent.say(b"{\"exec\xFF{'execute':'guest-sync-delimited','id':1}\n"),
        "{\"error\": {\"class\": \"GenericError\", \"desc\": \"JSON parse error, stray '\\\"exec\\uFFFD'\"}}\n\
         \u{FF}{\"return\": 7, \"id\": 1}\n"
    );
    assert!(agent.say("{'execute': 'qmp_capabilities'}").contains("has not been found"));
}

#[derive(Default)]
struct Sink(Mutex<Vec<String>>);

impl EventSink for Sink {
    fn event(&self, message: &str) {
        let start = message.find("\"event\"").unwrap();
        self.0.lock().unwrap().push(message[start..].to_owned());
    }
}

#[test]
fn events_go_to_subscribers() {
    let hide = Policy { deprecated_output: OutputPolicy::Hide, ..Policy::ACCEPT };
    let monitor = Monitor::builder().policy(hide).build();
    let sink = Arc::new(Sink::default());
    monitor.events().emit(&events::Stop);
    monitor.events().subscribe(1, sink.clone());
    monitor.events().emit(&events::Stop);
    monitor.events().emit(&events::Pass { pass: 2 });
    let raw = qapi::RawEvent { name: "RTC_CHANGE".into(), data: Dict::from([("offset", 1)]) };
    monitor.events().emit_any(&raw);
    monitor.events().emit_any(&raw);
    monitor.events().unsubscribe(1);
    monitor.events().emit(&events::Stop);
    assert_eq!(
        *sink.0.lock().unwrap(),
        [
            "\"event\": \"STOP\"}",
            "\"event\": \"PASS\", \"data\": {\"pass\": 2}}",
            "\"event\": \"RTC_CHANGE\", \"data\": {\"offset\": 1}}"
        ]
    );
}

#[test]
fn limited_events_have_keys_and_exceptions() {
    // So long that nothing that waits is sent while the test runs.
    let limit = |rate: &Rate| Rate { period: std::time::Duration::from_secs(3600), ..*rate };
    let rates: Vec<Rate> = Rate::MONITOR.iter().map(limit).collect();
    let monitor = Monitor::builder().rates(&rates).build();
    let sink = Arc::new(Sink::default());
    monitor.events().subscribe(1, sink.clone());
    let error = |path: &str, action: &str| qapi::RawEvent {
        name: "BLOCK_IO_ERROR".into(),
        data: Dict::from([("qom-path", path), ("action", action)]),
    };
    for event in [
        error("/a", "report"),
        error("/a", "ignore"),
        error("/b", "report"),
        error("/a", "stop"),
        error("/a", "stop"),
        error("/b", "ignore"),
    ] {
        monitor.events().emit_any(&event);
    }
    let said = |path: &str, action: &str| {
        format!(
            "\"event\": \"BLOCK_IO_ERROR\", \"data\": {{\"qom-path\": \"{path}\", \"action\": \"{action}\"}}}}"
        )
    };
    let sent = [said("/a", "report"), said("/b", "report"), said("/a", "stop"), said("/a", "stop")];
    assert_eq!(*sink.0.lock().unwrap(), sent);
}
