//! The text of replies, errors and events, and the log of messages.

use std::fs::File;
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

use anstream::ColorChoice;
use qapi::client::Received;
use qapi::{Dict, QmpError, RawEvent, Value, dict};
use qapi_cli::shell::{Command, readable};
use qapi_parser::render::{Escaped, EscapedPath};

use crate::arguments::Connection;
use crate::failure::Failure;

const RED: &str = "\x1b[1;31m";
const CYAN: &str = "\x1b[36m";
const PLAIN: &str = "\x1b[0m";

/// The form of messages.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// For people.
    Readable,
    /// A JSON object a line.
    Json,
    /// JSON with indentation.
    Pretty,
}

/// Renders messages and logs them.
pub struct Printer {
    form: Form,
    is_coloured: bool,
    log: Option<Mutex<File>>,
}

impl Printer {
    /// Prepares the form and the log.
    pub fn new(verb: &Connection) -> Result<Printer, Failure> {
        let form = match () {
            () if verb.pretty => Form::Pretty,
            () if verb.json || verb.batch => Form::Json,
            () => Form::Readable,
        };
        let open = |path| File::options().append(true).create(true).open(path);
        let log = verb.log.as_ref().map(|path| {
            let unusable =
                |error| Failure::io(format!("cannot open '{}'", EscapedPath(path)), error);
            open(path).map(Mutex::new).map_err(unusable)
        });
        let is_coloured = anstream::stdout().current_choice() != ColorChoice::Never;
        Ok(Printer { form, is_coloured, log: log.transpose()? })
    }

    /// Returns the text of a command that is sent.
    pub fn command(&self, command: &Command) -> String {
        match self.form {
            Form::Pretty => pretty(&command.message()),
            _ => format!("{command}\n"),
        }
    }

    /// Returns the text of a command's reply.
    pub fn reply(&self, reply: &Value) -> String {
        match (self.form, reply) {
            (Form::Readable, Value::Dict(dict)) if dict.is_empty() => "ok\n".to_owned(),
            (Form::Readable, _) => readable(reply),
            _ => self.message(&dict! { "return": reply.clone() }.into()),
        }
    }

    /// Returns the text of a command's error.
    pub fn error(&self, error: &QmpError) -> String {
        if self.form == Form::Readable {
            return self.failure(&format!("{}: {}", error.class, error.desc));
        }
        let error = dict! { "class": error.class.as_str(), "desc": error.desc.as_str() };
        self.message(&dict! { "error": error }.into())
    }

    /// Returns the text of an event, and logs it.
    pub fn event(&self, event: &Received<RawEvent>) -> String {
        let mut message = Dict::from([("event", event.event.name.as_str())]);
        if !event.event.data.is_empty() {
            message.insert("data", event.event.data.clone());
        }
        let (seconds, microseconds) = (event.timestamp.seconds, event.timestamp.microseconds);
        message.insert("timestamp", dict! { "seconds": seconds, "microseconds": microseconds });
        let message = Value::from(message);
        self.log(&message);
        if self.form != Form::Readable {
            return self.message(&message);
        }
        let name = self.coloured(CYAN, &format!("event {}", Escaped(&event.event.name)));
        let mut text = format!("{name} at {}\n", time_of_day(seconds, microseconds));
        if !event.event.data.is_empty() {
            let data = readable(&event.event.data.clone().into());
            text.extend(data.lines().map(|line| format!("  {line}\n")));
        }
        text
    }

    /// Returns the text of a fault.
    pub fn failure(&self, message: &str) -> String {
        let lines = message.lines().map(|line| Escaped(line).to_string());
        let label = self.coloured(RED, "error");
        lines.map(|line| format!("{label}: {line}\n")).collect()
    }

    /// Appends a message to the log.
    pub fn log(&self, message: &Value) {
        if let Some(log) = &self.log {
            let mut file = log.lock().unwrap_or_else(PoisonError::into_inner);
            if let Err(error) = writeln!(file, "{message}") {
                let _ = writeln!(io::stderr(), "cannot write the log: {error}");
            }
        }
    }

    fn message(&self, message: &Value) -> String {
        if self.form == Form::Pretty { pretty(message) } else { format!("{message}\n") }
    }

    fn coloured(&self, colour: &str, text: &str) -> String {
        if self.is_coloured { format!("{colour}{text}{PLAIN}") } else { text.to_owned() }
    }
}

fn pretty(message: &Value) -> String {
    // A value always has a JSON form.
    serde_json::to_string_pretty(message).unwrap_or_default() + "\n"
}

/// Returns the time of day of a server's clock.
fn time_of_day(seconds: i64, microseconds: i64) -> String {
    if seconds < 0 {
        return "an unknown time".to_owned();
    }
    let (hours, minutes, seconds) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{hours:02}:{minutes:02}:{seconds:02}.{microseconds:06} UTC")
}
