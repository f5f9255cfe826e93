//! The other end: its address, its process, its commands and types.

use std::time::Duration;

use qapi::client::{Address, Client, ClientError, ConnectStep, Options};
use qapi::{Dict, Rules, Value, dict};
use qapi_cli::shell::{HumanMonitor, Model};
use qapi_codegen::IntrospectOptions;

use super::local::{self, Process};
use crate::arguments::{Connection, Strictness};
use crate::failure::Failure;
use crate::report::Reporter;
use crate::schema;

/// The deadline of connecting, and of the commands that a session begins with.
const CONNECT: Duration = Duration::from_secs(10);

/// A server and the connection to it.
pub struct Peer {
    client: Client,
    agent: bool,
    /// Killed when dropped.
    _process: Option<Process>,
}

impl Peer {
    /// Connects to the server, or starts it.
    pub fn connect(verb: &Connection) -> Result<Peer, Failure> {
        let options = Options::new().timeout(CONNECT).agent(verb.agent);
        if let Some((program, arguments)) = verb.program.split_first() {
            let (process, client) = local::start(program, arguments, options)?;
            return Ok(Peer { client, agent: false, _process: Some(process) });
        }
        let variable = || std::env::var("QMP_SOCKET").ok();
        let address = verb.address.clone().or_else(variable).ok_or_else(|| {
            Failure::usage("expected SOCKET, or QEMU and its arguments after '--'")
        })?;
        let client = Client::connect(address_of(&address)?, options).map_err(failure)?;
        Ok(Peer { client, agent: verb.agent, _process: None })
    }

    /// Returns the connection.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Returns true for a guest agent.
    pub fn is_agent(&self) -> bool {
        self.agent
    }

    /// Returns the text that an interactive session begins with. `lack` is the reason if there is
    /// no completion.
    pub fn banner(&self, lack: Option<&str>) -> String {
        let server = match self.client.greeting().map(|greeting| &greeting.version) {
            // No QEMU of today; its greeting names no program.
            Some(version) if version.major == 0 => format!("a QMP server, version {version}"),
            Some(version) => format!("QEMU {version}"),
            None => "a guest agent".to_owned(),
        };
        match lack {
            None => format!("Connected to {server}. Type .help for help; TAB completes.\n"),
            Some(reason) => format!("Connected to {server}. Type .help for help.\n{reason}\n"),
        }
    }

    /// Returns the commands and types: of a schema, or as far as the server tells.
    pub fn model(&self, verb: &Connection, reporter: &mut Reporter) -> Result<Model, Failure> {
        if let Some(file) = &verb.schema {
            return read_schema(file, reporter);
        }
        if !self.agent
            && let Some(reply) = self.ask("query-qmp-schema", &Dict::new())?
        {
            return Ok(Model::from_reply(&reply));
        }
        let (command, member) = if self.agent {
            ("guest-info", Some("supported_commands"))
        } else {
            ("query-commands", None)
        };
        let reply = self.ask(command, &Dict::new())?;
        let list = match member {
            Some(member) => reply.as_ref().and_then(|reply| reply.get(member)),
            None => reply.as_ref(),
        };
        let infos = list.and_then(Value::as_list).unwrap_or_default();
        let names = infos.iter().filter_map(|info| info.get("name")?.as_str().map(str::to_owned));
        Ok(Model::from_names(names))
    }

    /// Returns the human monitor's commands.
    pub fn human_monitor(&self) -> Result<HumanMonitor, Failure> {
        let text = |line: &str| {
            let reply = self.ask("human-monitor-command", &dict! { "command-line": line })?;
            Ok(reply.as_ref().map(HumanMonitor::text).unwrap_or_default())
        };
        Ok(HumanMonitor::new(&text("help")?, &text("info")?))
    }

    /// Returns the reply to a command; `None` if the server answers with an error.
    fn ask(&self, command: &str, arguments: &Dict) -> Result<Option<Value>, Failure> {
        match self.client.execute_raw(command, arguments) {
            Ok(reply) => Ok(Some(reply)),
            Err(ClientError::Qmp(_)) => Ok(None),
            Err(error) => Err(failure(error)),
        }
    }
}

/// Reads `HOST:PORT`, or else the path of a unix socket, as `qmp-shell` does; a path may follow
/// `unix:`.
fn address_of(text: &str) -> Result<Address, Failure> {
    let is_port = |port: &str| !port.is_empty() && port.bytes().all(|digit| digit.is_ascii_digit());
    if let Some(path) = text.strip_prefix("unix:") {
        return local::socket(path);
    }
    let text = text.strip_prefix("tcp:").unwrap_or(text);
    match text.rsplit_once(':') {
        Some((host, port)) if !host.contains('/') && is_port(port) => Ok(Address::tcp(text)),
        _ => local::socket(text),
    }
}

fn read_schema(file: &std::path::Path, reporter: &mut Reporter) -> Result<Model, Failure> {
    let strictness = Strictness { style: false, deny_warnings: false };
    let schema = schema::read_file(file, &strictness, reporter)?;
    let open = schema.commands().iter().filter(|command| !command.flags.generate);
    let open: Vec<String> = open.map(|command| command.definition.name.clone()).collect();
    let options = IntrospectOptions::new().unmask(true);
    let reply = qapi_codegen::introspect(&schema, &options);
    let reply = qapi::from_text::<Value>(&reply, &Rules::STRICT)
        .map_err(|error| Failure::usage(format!("the schema is too large: {error}")))?;
    Ok(Model::from_reply(&reply).with_open_commands(open))
}

/// Converts an error of the connection.
pub fn failure(error: ClientError) -> Failure {
    let is_silent =
        matches!(error, ClientError::Connect { step: ConnectStep::Greeting, cause: None, .. });
    let hints: &[&str] = if is_silent {
        &["a guest agent has no greeting: use --agent", "a monitor serves one client at a time"]
    } else {
        &[]
    };
    let hints = hints.iter().map(|hint| (*hint).to_owned()).collect();
    Failure::Connection(error.to_string(), hints)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_by_qmp_shell() {
        for (text, address) in [
            ("/run/qmp", Address::unix("/run/qmp")),
            ("qmp.sock", Address::unix("qmp.sock")),
            ("localhost:4444", Address::tcp("localhost:4444")),
            ("[::1]:4444", Address::tcp("[::1]:4444")),
            ("tcp:127.0.0.1:1", Address::tcp("127.0.0.1:1")),
            ("unix:a:1", Address::unix("a:1")),
            ("./a:1", Address::unix("./a:1")),
            ("a:b", Address::unix("a:b")),
        ] {
            assert_eq!(address_of(text).unwrap(), address, "{text}");
        }
    }
}
