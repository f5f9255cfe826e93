//! A server under a policy that hides: what it sends, and what it says of itself.

mod small;

use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Duration;

use qapi::client::{Client, Options};
use qapi::introspect::Schema;
use qapi::qmp::Monitor;
use qapi::server::Server;
use qapi::{Commands, Dict, InputPolicy, OutputPolicy, Policy, RawEvent, Value};
use small::handler::Handler;
use small::server::small_commands;

/// Everything that a client learns from a server under a policy: its schema, the reply to `set`,
/// and the presence of an event.
fn visit(policy: Policy) -> (Schema, Value, Option<String>) {
    let monitor = Arc::new(Monitor::builder().policy(policy).build());
    let server =
        Server::builder(Commands::new().with(small_commands()), Handler).monitor(monitor).build();
    let (ours, theirs) = UnixStream::pair().unwrap();
    let serving = std::thread::spawn(move || server.serve_socket(theirs));
    let options = Options::new().timeout(Duration::from_secs(30));
    let client = Client::from_socket(ours, options).unwrap();
    let schema = client.schema().unwrap();
    let node = Dict::from([("name", "n")]);
    let arguments: Dict = [
        ("shapes", Value::List(Vec::new())),
        ("dropped", Value::Dict(node)),
        ("fresh", Value::from("f")),
    ]
    .into_iter()
    .collect();
    let returned = client.execute_raw("set", &arguments).unwrap();
    client.execute_raw("retire", &Dict::new()).unwrap();
    // An event comes before the reply of the command that sends it.
    let event = client.next_event::<RawEvent>(Duration::ZERO).ok().map(|one| one.event.name);
    drop(client);
    serving.join().unwrap();
    (schema, returned, event)
}

#[test]
fn all_is_shown_by_default() {
    let (schema, returned, event) = visit(Policy::ACCEPT);
    for path in
        ["retire", "RETIRED", "set.dropped", "set.fresh", "set.shapes.kind=old", "set:deprecated"]
    {
        assert_eq!(schema.supports(path), path != "set:deprecated", "{path}");
    }
    assert_eq!(returned.to_string(), r#"{"shapes": [], "fresh": "f", "dropped": {"name": "n"}}"#);
    assert_eq!(event.as_deref(), Some("RETIRED"));
}

#[test]
fn hidden_output_is_not_introspected() {
    let hide = Policy { deprecated_output: OutputPolicy::Hide, ..Policy::ACCEPT };
    let (schema, returned, event) = visit(hide);
    for (path, shown) in [
        ("retire", false),
        ("RETIRED", false),
        ("CHANGED", true),
        ("set.dropped", false),
        ("set.fresh", true),
        ("set.shapes.kind=node", true),
    ] {
        assert_eq!(schema.supports(path), shown, "{path}");
    }
    assert_eq!(returned.to_string(), r#"{"shapes": [], "fresh": "f"}"#);
    assert_eq!(event, None);
}

#[test]
fn hidden_unstable_output_is_introspected_all_the_same() {
    let hide = Policy { unstable_output: OutputPolicy::Hide, ..Policy::ACCEPT };
    let (schema, returned, _) = visit(hide);
    assert!(schema.supports("set.fresh") && schema.supports("set.dropped"));
    assert_eq!(returned.to_string(), r#"{"shapes": [], "dropped": {"name": "n"}}"#);
}

#[test]
fn refused_input_is_refused_before_it_is_run() {
    let policy = Policy { deprecated_input: InputPolicy::Reject, ..Policy::ACCEPT };
    let monitor = Arc::new(Monitor::builder().policy(policy).build());
    let server =
        Server::builder(Commands::new().with(small_commands()), Handler).monitor(monitor).build();
    let (ours, theirs) = UnixStream::pair().unwrap();
    let serving = std::thread::spawn(move || server.serve_socket(theirs));
    let client = Client::from_socket(ours, Options::default()).unwrap();
    let refusal = |outcome: Result<Value, _>| match outcome {
        Err(qapi::client::ClientError::Qmp(error)) => error.desc,
        other => panic!("{other:?}"),
    };
    let error = refusal(client.execute_raw("retire", &Dict::new()));
    assert_eq!(error, "Deprecated command retire disabled by policy");
    let arguments: Dict = [
        ("shapes", Value::List(Vec::new())),
        ("dropped", Value::Dict(Dict::from([("name", "n")]))),
    ]
    .into_iter()
    .collect();
    let error = refusal(client.execute_raw("set", &arguments));
    assert_eq!(error, "Deprecated parameter dropped disabled by policy");
    drop(client);
    serving.join().unwrap();
}
