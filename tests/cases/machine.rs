//! Servers for the tests, and the few things that a machine does behind one.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;

use qapi::qmp::{Monitor, ServerKind, Version};
use qapi::server::{Listener, Server};
use qapi::{Dict, Policy, QmpError, RawEvent};
use qapi_tests::stub::{Call, Stub};
use qapi_tests::wire::tables;

/// The configuration of a server.
pub struct Config {
    /// The schema.
    pub schema: &'static str,
    pub kind: ServerKind,
    pub policy: Policy,
    pub preconfig: bool,
    pub version: Version,
    /// The only commands enabled, if given.
    pub allowed: Option<Vec<String>>,
    /// The disabled commands.
    pub blocked: Vec<String>,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            schema: "full",
            kind: ServerKind::MONITOR,
            policy: Policy::ACCEPT,
            preconfig: false,
            version: Version::new(10, 0, 2).with_package("@PACKAGE"),
            allowed: None,
            blocked: Vec::new(),
        }
    }
}

/// A server that listens. Stops when dropped.
pub struct Machine {
    pub server: Server<Stub>,
    folder: tempfile::TempDir,
    serving: Vec<(Server<Stub>, JoinHandle<std::io::Result<()>>)>,
}

impl Machine {
    pub fn start(config: &Config, stub: Stub) -> Machine {
        let mut monitor = Monitor::builder().policy(config.policy).version(config.version.clone());
        if config.preconfig {
            monitor = monitor.preconfig();
        }
        let tables = tables(config.schema);
        let absent = tables.absent.iter();
        let commands =
            absent.fold((tables.commands)(), |commands, absent| commands.without(absent));
        let monitor = Arc::new(monitor.build());
        for command in commands.infos().map(qapi::CommandInfo::name) {
            let listed = |list: &[String]| list.iter().any(|name| name == command);
            let allowed = config.allowed.as_deref().is_none_or(listed);
            if !allowed || listed(&config.blocked) {
                monitor.disable(command, Some("the command is not allowed"));
            }
        }
        let server =
            Server::builder(commands, stub).monitor(monitor).kind(config.kind).on_crash(crash);
        let mut machine = Machine {
            server: server.build(),
            folder: tempfile::tempdir().unwrap(),
            serving: Vec::new(),
        };
        machine.listen("qmp", machine.server.clone());
        machine
    }

    /// Adds a second monitor of the same machine and returns its path.
    pub fn second(&mut self, config: &Config, stub: Stub) -> PathBuf {
        let commands = (tables(config.schema).commands)();
        let server = Server::builder(commands, stub).monitor(self.server.monitor().clone());
        self.listen("qmp-2", server.build());
        self.folder.path().join("qmp-2")
    }

    fn listen(&mut self, name: &str, server: Server<Stub>) {
        let listener = Listener::unix(self.folder.path().join(name)).unwrap();
        let serving = server.clone();
        self.serving.push((server, std::thread::spawn(move || serving.serve(&listener))));
    }

    /// Returns the path of its socket.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("qmp")
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        for (server, serving) in self.serving.drain(..) {
            server.shutdown();
            let _ = serving.join();
        }
    }
}

/// The number of times that a policy tried to end the process.
pub static CRASHES: AtomicUsize = AtomicUsize::new(0);

/// Counts the call and ends the connection's thread instead of the process.
fn crash(what: &str) {
    CRASHES.fetch_add(1, Ordering::Relaxed);
    std::panic::resume_unwind(Box::new(what.to_owned()));
}

/// Sends an event; `data` is its text.
pub fn raise(monitor: &Monitor, name: &str, data: &str) {
    let data = qapi::from_text::<Dict>(data, &qapi::Rules::STRICT).expect("an event's data");
    monitor.events().emit_any(&RawEvent { name: name.into(), data });
}

/// Answers as a machine without devices.
pub fn answer(call: &Call<'_>) -> Result<String, QmpError> {
    let monitor = call.context.monitor();
    let host = |reason: &str| format!("{{'guest': false, 'reason': '{reason}'}}");
    let arguments: serde_json::Value = serde_json::from_str(&call.arguments).unwrap_or_default();
    let missing = |name: &str| Err(QmpError::generic(format!("Parameter '{name}' is missing")));
    match call.command {
        "x-exit-preconfig" => {
            monitor.finish_preconfig();
            raise(monitor, "RESUME", "{}");
        }
        "cont" => raise(monitor, "RESUME", "{}"),
        "stop" => raise(monitor, "STOP", "{}"),
        "system_reset" => raise(monitor, "RESET", &host("host-qmp-system-reset")),
        "system_powerdown" => raise(monitor, "POWERDOWN", "{}"),
        "quit" => {
            raise(monitor, "SHUTDOWN", &host("host-qmp-quit"));
            monitor.quit();
        }
        "query-version" => {
            let Version { major, minor, micro, package, .. } = monitor.version();
            let qemu = serde_json::json!({"major": major, "minor": minor, "micro": micro});
            return Ok(serde_json::json!({"qemu": qemu, "package": package}).to_string());
        }
        "guest-sync" | "guest-sync-delimited" => return Ok(arguments["id"].to_string()),
        // The machine has this one property.
        "qom-set" if arguments["property"] == "usb" && !arguments["value"].is_boolean() => {
            return Err(QmpError::generic("Invalid parameter type for 'usb', expected: boolean"));
        }
        "device_add" if arguments["driver"].is_null() => return missing("driver"),
        "dump-guest-memory" => {
            match (arguments["begin"].is_null(), arguments["length"].is_null()) {
                (false, true) => return missing("length"),
                (true, false) => return missing("begin"),
                _ => {}
            }
        }
        _ => {}
    }
    Ok("{}".into())
}
