//! Requests and their replies: `command-cases`, through a session without a socket.

use qapi::qmp::{Monitor, ServerKind, Session};
use qapi::{Commands, QmpError};
use qapi_tests::oracle::{self, Tally};
use qapi_tests::stub::{Call, Stub};
use qapi_tests::wire::tables;
use serde_json::{Value, json};

/// Answers the commands of the test schema.
fn answer(call: &Call<'_>) -> Result<String, QmpError> {
    let arguments: Value = serde_json::from_str(&call.arguments).unwrap_or_default();
    let reply = match call.command {
        "user-def-cmd2" => {
            let (first, second) = (&arguments["ud1a"], &arguments["ud1b"]);
            let mut dict = json!({
                "string1": "blah2",
                "dict2": {"userdef": first, "string": "blah3"},
            });
            if !second.is_null() {
                dict["dict3"] = json!({"userdef": second, "string": "blah4"});
            }
            json!({"string0": "blah1", "dict1": dict})
        }
        "guest-get-time" => {
            let number = |name: &str| arguments[name].as_i64().unwrap_or_default();
            json!(number("a") + number("b"))
        }
        // A number that no JSON reader accepts is returned as written.
        "guest-sync" => return Ok(echo(&call.arguments, "{\"arg\": ")),
        "test-features0" => json!({"foo": 42}),
        "test-if-cmd" | "test-cmd-return-def-three" => json!({"string0": "three"}),
        _ => json!({}),
    };
    Ok(reply.to_string())
}

/// Returns the only argument as received.
fn echo(arguments: &str, before: &str) -> String {
    let text =
        arguments.strip_prefix(before).and_then(|text| text.strip_suffix('}')).unwrap_or_default();
    // A number that is too large is read as infinity again.
    match text {
        "inf" => "1e999".into(),
        "-inf" => "-1e999".into(),
        text => text.into(),
    }
}

/// Returns the server's messages after `text`.
fn exchange(
    session: &mut Session,
    commands: &Commands<Stub>,
    monitor: &Monitor,
    text: &str,
) -> Vec<String> {
    let stub = Stub::new(answer);
    let mut replies = Vec::new();
    let mut input = text.as_bytes();
    while let Some(work) = session.receive(&mut input) {
        let done = work.run(commands, &stub, monitor, 0);
        replies
            .extend(session.finish(done).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()));
    }
    replies
}

fn compare(commands: &Commands<Stub>, case: &Value) -> Result<(), String> {
    let policy = oracle::policy(case["policy"].as_str().unwrap_or_default());
    let monitor = Monitor::builder().policy(policy).build();
    let mut session = Session::new(ServerKind::MONITOR);
    let enable = if case["allow_oob"] == true { "['oob']" } else { "[]" };
    let negotiate =
        format!("{{'execute': 'qmp_capabilities', 'arguments': {{'enable': {enable}}}}}\n");
    exchange(&mut session, commands, &monitor, &negotiate);
    // A number or a keyword ends with what follows it.
    let request = format!("{}\n", case["request"].as_str().unwrap_or_default());
    let replies = exchange(&mut session, commands, &monitor, &request);
    let expected = case["response_text"].as_str().filter(|_| !case["response"].is_null());
    match (replies.as_slice(), expected) {
        ([], None) => Ok(()),
        ([ours], Some(theirs))
            if ours.strip_suffix("\r\n").is_some_and(|ours| oracle::same_text(ours, theirs)) =>
        {
            Ok(())
        }
        _ => Err(format!("{replies:?}")),
    }
}

#[test]
fn replies_to_recorded_requests() {
    let commands = (tables("test").commands)();
    let mut tally = Tally::default();
    for case in oracle::cases(&oracle::oracle().join("command-cases.jsonl")) {
        tally.count(&case, compare(&commands, &case));
    }
    tally.check("command-cases");
}
