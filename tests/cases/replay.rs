//! The recorded conversations, file by file.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use qapi::QmpError;
use qapi_tests::oracle::{self, Tally};
use qapi_tests::stub::{Call, Stub};
use serde_json::Value;

use super::case::{self, Case, Item};
use super::client::Client;
use super::machine::{self, CRASHES, Machine};
use super::reply;
use super::scenarios;

/// Maximum time to wait for replies before the next message is sent.
const PACE: Duration = Duration::from_secs(1);

/// The arguments of a handler's calls.
#[derive(Default)]
struct Log(Mutex<Vec<(&'static str, String)>>);

/// The start of a handler's placeholder answer; its number follows.
const MARK: &str = "@handler ";

/// Sends the case's messages to a server with `stub`, which replies with `expected` messages.
/// Returns those to compare.
fn run(case: &Case<'_>, stub: Stub, expected: usize) -> Result<Vec<Vec<u8>>, String> {
    let crashes = CRASHES.load(Ordering::Relaxed);
    let machine = Machine::start(&case.config, stub);
    let mut client = Client::connect(&machine.path(), case.is_pretty());
    for bytes in &case.setup {
        client.send(bytes);
    }
    let preamble = case.preamble();
    client.wait(preamble, Duration::from_secs(60));
    let expected = preamble + expected;
    let greeting =
        usize::from(case.setup.is_empty() && case.config.kind != qapi::qmp::ServerKind::Agent);
    let mut sent = Vec::new();
    for item in &case.send {
        match item {
            Item::Bytes(bytes) => {
                client.send(bytes);
                sent.extend_from_slice(bytes);
                let due = preamble + greeting + case::messages(&sent);
                client.wait(due.min(expected), PACE);
            }
            Item::Sleep(seconds) => std::thread::sleep(Duration::from_secs_f64(*seconds)),
        }
    }
    let mut replies = client.finish(expected);
    let replies = replies.split_off(preamble.min(replies.len()));
    drop(machine);
    let crashed = CRASHES.load(Ordering::Relaxed) > crashes;
    if crashed != case.json["process_exit"].as_i64().is_some_and(|status| status < 0) {
        return Err(format!("the process {}", if crashed { "ends" } else { "does not end" }));
    }
    Ok(replies)
}

/// Compares all replies with the recorded ones.
fn compare(case: &Case<'_>, replies: &[Vec<u8>]) -> Result<(), String> {
    let raw = |number: usize| case.raw.as_ref().and_then(|raw| raw.get(number)).map(Vec::as_slice);
    if replies.len() != case.expect.len() {
        return Err(format!(
            "{} replies instead of {}: {}",
            replies.len(),
            case.expect.len(),
            shown(replies)
        ));
    }
    let ambiguous = case.json["ambiguous"] == true;
    let pairs = replies.iter().zip(&case.expect).enumerate();
    pairs.into_iter().try_for_each(|(number, (ours, theirs))| {
        reply::compare(ours, theirs, raw(number), ambiguous)
    })
}

fn shown(replies: &[Vec<u8>]) -> String {
    replies.iter().map(|reply| String::from_utf8_lossy(reply)).collect()
}

/// Replays a case that the protocol or a policy decides.
fn protocol(case: &Case<'_>) -> Result<(), String> {
    compare(case, &run(case, Stub::new(machine::answer), case.expect.len())?)
}

/// Replays a case that the machine decides: it must be asked, and its answer must come back.
fn handler(case: &Case<'_>) -> Result<(), String> {
    let log = Arc::new(Log::default());
    // The stub does not emit events.
    let replies = case.expect.iter().filter(|message| message.get("event").is_none());
    let replies = run(case, marking(log.clone()), replies.count())?;
    let calls = std::mem::take(&mut *log.0.lock().unwrap());
    if calls.is_empty() {
        return Err(format!("no handler is reached: {}", shown(&replies)));
    }
    check_arguments(case, &calls)?;
    let answers = answers(case, &replies, calls.len())?;
    compare(case, &run(case, answering(answers), case.expect.len())?)
}

/// Returns a stub that logs its calls and answers each with its number.
fn marking(log: Arc<Log>) -> Stub {
    Stub::new(move |call: &Call<'_>| {
        let mut calls = log.0.lock().unwrap();
        calls.push((call.command, call.arguments.clone()));
        Err(QmpError::generic(format!("{MARK}{}", calls.len() - 1)))
    })
}

/// Compares the arguments of handlers with the requests.
fn check_arguments(case: &Case<'_>, calls: &[(&'static str, String)]) -> Result<(), String> {
    let mut requests = case.requests();
    for (command, arguments) in calls {
        let place = requests.iter().position(|request| request.command == *command);
        let sent =
            requests.remove(place.ok_or_else(|| format!("nobody asked for {command}"))?).arguments;
        // An infinite number cannot be read back.
        let Ok(got) = qapi::from_text::<qapi::Value>(arguments, &qapi::Rules::STRICT) else {
            continue;
        };
        if !same_value(&sent, &got) {
            return Err(format!("{command} got {got:?} instead of {sent:?}"));
        }
    }
    Ok(())
}

/// Returns true if values are the same. The member's type may have converted a number.
fn same_value(sent: &qapi::Value, got: &qapi::Value) -> bool {
    use qapi::Value::{Dict, Int, List, Number, Uint};
    match (sent, got) {
        (Dict(sent), Dict(got)) => {
            sent.len() == got.len()
                && sent
                    .iter()
                    .all(|(name, sent)| got.get(name).is_some_and(|got| same_value(sent, got)))
        }
        (List(sent), List(got)) => {
            sent.len() == got.len() && sent.iter().zip(got).all(|(sent, got)| same_value(sent, got))
        }
        (Int(sent), Uint(got)) => *sent as u64 == *got,
        (Int(sent), Number(got)) => *sent as f64 == *got,
        (Uint(sent), Number(got)) => *sent as f64 == *got,
        (Number(sent), Int(got)) => *sent == *got as f64,
        (sent, got) => sent == got,
    }
}

/// A recorded answer, with the events before it.
struct Answer {
    events: Vec<Value>,
    reply: Value,
}

/// Returns the recorded answers in the order of calls, found by the placeholders in the replies.
fn answers(case: &Case<'_>, replies: &[Vec<u8>], calls: usize) -> Result<VecDeque<Answer>, String> {
    let mut expected = case.expect.iter();
    let mut answers: Vec<Option<Answer>> = (0..calls).map(|_| None).collect();
    for (number, ours) in replies.iter().enumerate() {
        let mut events = Vec::new();
        let reply = loop {
            match expected.next() {
                Some(event) if event.get("event").is_some() => events.push(event.clone()),
                Some(reply) => break reply,
                None => return Err(format!("too many replies: {}", shown(replies))),
            }
        };
        let text = String::from_utf8_lossy(ours);
        let marked = text
            .split_once(MARK)
            .and_then(|(_, rest)| rest.split('"').next()?.parse::<usize>().ok());
        match marked.and_then(|call| answers.get_mut(call)) {
            Some(answer) => *answer = Some(Answer { events, reply: reply.clone() }),
            None => reply::compare(ours, reply, None, case.json["ambiguous"] == true)
                .map_err(|fault| format!("reply {number}: {fault}"))?,
        }
    }
    answers
        .into_iter()
        .collect::<Option<_>>()
        .ok_or_else(|| format!("replies are missing: {}", shown(replies)))
}

/// Returns a stub that gives recorded answers, one after the other.
fn answering(answers: VecDeque<Answer>) -> Stub {
    let answers = Mutex::new(answers);
    Stub::new(move |call: &Call<'_>| {
        let Some(Answer { events, reply }) = answers.lock().unwrap().pop_front() else {
            return Err(QmpError::generic("called too often"));
        };
        for event in events {
            let data = event.get("data").map_or_else(|| "{}".into(), Value::to_string);
            machine::raise(
                call.context.monitor(),
                event["event"].as_str().unwrap_or_default(),
                &data,
            );
        }
        if reply["error"].is_object() {
            let part = |name: &str| reply["error"][name].as_str().unwrap_or_default();
            return Err(QmpError::new(part("class").parse().unwrap_or_default(), part("desc")));
        }
        Ok(reply.get("return").map_or_else(|| "{}".into(), Value::to_string))
    })
}

#[test]
fn replays_recorded_conversations() {
    let mut files: Vec<_> = std::fs::read_dir(oracle::oracle().join("cases"))
        .expect("the oracle has cases")
        .map(|entry| entry.expect("a folder that can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
        .collect();
    files.sort();
    let mut failed = Vec::new();
    for file in files {
        let mut tally = Tally::default();
        for json in oracle::cases(&file) {
            let case = Case::new(&json);
            match json["origin"].as_str() {
                Some("protocol") => tally.count(&json, protocol(&case)),
                Some("handler") => tally.count(&json, handler(&case)),
                _ => scenarios::note(&json),
            }
        }
        failed.extend(tally.finish(&file.file_stem().unwrap_or_default().to_string_lossy()));
    }
    oracle::check(&failed);
}
