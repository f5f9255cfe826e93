//! Checks that need both servers.

use qapi::{Dict, Value, dict};

use super::findings::Findings;
use super::server::Server;
use crate::arguments::Arguments;
use crate::check::Level;
use crate::failure::Failure;
use crate::plan;

/// Capabilities that the stream names: a destination refuses another state than its own.
const NAMED: [&str; 2] = ["x-ignore-shared", "mapped-ram"];
/// Capabilities that change the stream without being named in it.
const UNNAMED: [&str; 4] = ["validate-uuid", "dirty-bitmaps", "x-colo", "compress"];
/// Parameters that both sides must have alike if there are several channels.
const MULTIFD: [&str; 2] = ["multifd-channels", "multifd-compression"];

/// Compares the versions. Machine types decide over compatibility, so an older destination is only
/// worth a note.
pub fn versions(source: &Server, destination: &Server, findings: &mut Findings<'_>) {
    let version = |server: &Server| {
        server.side.greeting().map(|greeting| {
            let version = &greeting.version;
            (version.major, version.minor, version.micro)
        })
    };
    // Versions below 1 are not QEMU's, so they say nothing about its age.
    if version(destination) >= Some((1, 0, 0)) && version(destination) < version(source) {
        findings.note("destination", "its version is older than the source's");
    }
}

/// Compares what the guests are made of, as far as the servers tell.
///
/// # Errors
/// [`Failure::Interrupted`] by a signal.
pub fn machines(
    source: &Server,
    destination: &Server,
    findings: &mut Findings<'_>,
) -> Result<(), Failure> {
    let machine = |server: &Server| {
        ask(server, "qom-get", dict! { "path": "/machine", "property": "type" })
            .map(|reply| reply.and_then(|value| value.as_str().map(str::to_owned)))
    };
    let memory = |server: &Server| {
        ask(server, "query-memory-size-summary", Dict::new())
            .map(|reply| reply.and_then(|value| value.get("base-memory")?.as_u64()))
            .map(|size| size.map(|bytes| format!("{bytes} bytes")))
    };
    equal("machine type", machine(source)?, machine(destination)?, findings);
    equal("size of RAM", memory(source)?, memory(destination)?, findings);
    Ok(())
}

/// Sends a query that a server may not know.
fn ask(server: &Server, name: &'static str, arguments: Dict) -> Result<Option<Value>, Failure> {
    match server.side.execute_raw(name, arguments) {
        Err(Failure::Interrupted) => Err(Failure::Interrupted),
        answer => Ok(answer.ok()),
    }
}

fn equal(
    what: &'static str,
    source: Option<String>,
    destination: Option<String>,
    findings: &mut Findings<'_>,
) {
    match (source, destination) {
        (Some(source), Some(destination)) if source == destination => {
            findings.ok("both", format!("{what}: {source}"));
        }
        (Some(source), Some(destination)) => findings.fails(
            "both",
            format!("{what}: {source} at the source, {destination} at the destination"),
        ),
        (None, None) => findings.unchecked("both", what, "neither server tells"),
        (None, _) => findings.unchecked("source", what, "the server does not tell"),
        (_, None) => findings.unchecked("destination", what, "the server does not tell"),
    }
}

/// Compares the settings as a migration would find them.
pub fn settings(
    arguments: &Arguments,
    source: &Server,
    destination: &Server,
    findings: &mut Findings<'_>,
) {
    let wanted = [plan::source(arguments), plan::destination(arguments)];
    let state = |server: &Server, side: usize, name: &str| {
        let set = wanted[side].capabilities.iter().find(|(other, _)| other == name);
        set.map_or_else(|| server.has(name), |(_, on)| *on)
    };
    let named = NAMED.map(|name| (name, Level::Fails));
    for (name, level) in named.into_iter().chain(UNNAMED.map(|name| (name, Level::Note))) {
        let side = match (state(source, 0, name), state(destination, 1, name)) {
            (true, false) => "source",
            (false, true) => "destination",
            _ => continue,
        };
        findings.add(level, "both", format!("'{name}' is on at the {side} only"));
    }
    let value = |server: &Server, side: usize, name: &str| {
        let set = wanted[side].parameters.iter().rfind(|(other, _)| other == name);
        set.map(|(_, value)| value.clone()).or_else(|| server.parameters.get(name).cloned())
    };
    let multifd = state(source, 0, "multifd");
    for name in MULTIFD.into_iter().filter(|_| multifd) {
        let (ours, theirs) = (value(source, 0, name), value(destination, 1, name));
        if let (Some(ours), Some(theirs)) = (ours, theirs)
            && ours != theirs
        {
            findings.fails(
                "both",
                format!("'{name}' is {ours} at the source and {theirs} at the destination"),
            );
        }
    }
    let uses_tls = |server: &Server, side| {
        value(server, side, "tls-creds").is_some_and(|creds| creds.as_str() != Some(""))
    };
    if uses_tls(source, 0) != uses_tls(destination, 1) {
        findings.fails("both", "'tls-creds' is set on one side only");
    }
}
