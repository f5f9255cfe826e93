//! The program's output: a bar on a terminal, lines elsewhere, JSON on demand, and the result.

mod figures;
mod passes;
mod terminal;

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use indicatif::ProgressDrawTarget;
use serde_json::{Map, Value, json};

use crate::api::{MigrationInfo, MigrationStatus as Status};
use crate::arguments::Arguments;
use crate::check::Check;
use crate::failure::Failure;
use figures::Figures;
use passes::Passes;
use terminal::Terminal;

/// The longest time between two lines of text.
const LINE_PERIOD: Duration = Duration::from_secs(5);
/// The longest time between two lines of JSON.
const JSON_PERIOD: Duration = Duration::from_secs(1);

/// Prints progress, checks and the result.
pub struct Report {
    form: Form,
    status: Option<Status>,
    last: Option<Instant>,
    /// Follows the passes, if their records are printed.
    passes: Option<Passes>,
}

enum Form {
    Quiet,
    Terminal(Terminal),
    Lines,
    Json,
}

/// A good end.
pub enum Success {
    /// The guest has moved; the source's last figures.
    Moved(Box<MigrationInfo>),
    /// The dry run has found no fault.
    Fit {
        /// The things that it could not compare.
        unchecked: Vec<&'static str>,
    },
}

impl Report {
    /// Chooses the form of the output.
    pub fn new(arguments: &Arguments) -> Self {
        let form = if arguments.quiet {
            Form::Quiet
        } else if arguments.json {
            Form::Json
        } else if std::io::stderr().is_terminal() && !arguments.dry_run {
            Form::Terminal(Terminal::new(ProgressDrawTarget::stderr()))
        } else {
            Form::Lines
        };
        let passes = arguments.verbose.then(|| Passes::new(!arguments.recover));
        Self { form, status: None, last: None, passes }
    }

    /// Shows the present state of the migration.
    pub fn progress(&mut self, status: &Status, info: &MigrationInfo) {
        self.pass(status, info);
        let changed = self.status.as_ref() != Some(status);
        self.status = Some(status.clone());
        let last = self.last;
        let is_due = |period| changed || last.is_none_or(|last| last.elapsed() >= period);
        match &self.form {
            Form::Terminal(terminal) => terminal.progress(&status.to_string(), &Figures::new(info)),
            Form::Lines if is_due(LINE_PERIOD) => {
                self.last = Some(Instant::now());
                let figures = Figures::new(info).moment();
                let separator = if figures.is_empty() { "" } else { ": " };
                to_stderr(&format!("{status}{separator}{figures}\n"));
            }
            Form::Json if is_due(JSON_PERIOD) => {
                self.last = Some(Instant::now());
                let mut line = object(json!({
                    "event": "progress",
                    "status": status.to_string(),
                }));
                line.extend(Figures::new(info).members());
                to_stdout(&format!("{}\n", Value::from(line)));
            }
            Form::Quiet | Form::Lines | Form::Json => {}
        }
    }

    /// Prints the record of a pass that has ended.
    fn pass(&mut self, status: &Status, info: &MigrationInfo) {
        let Some(passes) = &mut self.passes else { return };
        let end = *status == Status::Completed;
        let Some(record) = passes.note(&Figures::new(info), end) else { return };
        match &self.form {
            Form::Quiet => {}
            Form::Terminal(terminal) => terminal.line(&record.text()),
            Form::Lines => to_stderr(&format!("{}\n", record.text())),
            Form::Json => {
                let mut line = object(json!({"event": "pass"}));
                line.extend(object(record.json()));
                to_stdout(&format!("{}\n", Value::from(line)));
            }
        }
    }

    /// Prints a finding of a dry run.
    pub fn check(&self, check: &Check) {
        match &self.form {
            Form::Quiet => {}
            Form::Json => to_stdout(&format!(
                "{}\n",
                json!({
                    "event": "check",
                    "level": check.level.as_str(),
                    "side": check.side,
                    "text": check.text,
                })
            )),
            Form::Terminal(_) | Form::Lines => to_stdout(&format!("{check}\n")),
        }
    }

    /// Prints the result and returns the exit status.
    pub fn end(&self, outcome: &Result<Success, Failure>) -> u8 {
        if let Form::Terminal(terminal) = &self.form {
            terminal.end();
        }
        let status = outcome.as_ref().map_or_else(Failure::exit_status, |_| 0);
        match (&self.form, outcome) {
            (Form::Json, outcome) => to_stdout(&format!("{}\n", result(outcome, status))),
            (_, Err(failure)) => to_stderr(&format!("qapi-migrate: {failure}\n")),
            (Form::Quiet, Ok(_)) => {}
            (_, Ok(Success::Moved(info))) => to_stdout(&Figures::new(info).summary()),
            (_, Ok(Success::Fit { unchecked })) => to_stdout(&format!("{}\n", fit(unchecked))),
        }
        status
    }
}

/// Builds the last line of `--json`.
fn result(outcome: &Result<Success, Failure>, status: u8) -> Value {
    let (word, message, figures) = match outcome {
        Ok(Success::Moved(info)) => {
            ("completed", "the guest has moved".into(), Figures::new(info).members())
        }
        Ok(Success::Fit { unchecked }) => ("fit", fit(unchecked), Map::new()),
        Err(failure) => (failure.outcome(), failure.to_string(), Map::new()),
    };
    let mut line = object(json!({
        "event": "result",
        "outcome": word,
        "exit-status": status,
        "message": message,
    }));
    line.extend(figures);
    line.into()
}

/// Returns the result of a dry run without faults.
fn fit(unchecked: &[&str]) -> String {
    let things = unchecked.join(", ");
    match unchecked.len() {
        0 => "no fault found".into(),
        1 => format!("no fault found; 1 thing could not be checked: {things}"),
        count => format!("no fault found; {count} things could not be checked: {things}"),
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

/// Prints on standard output. A reader that has gone must not end the supervision.
fn to_stdout(text: &str) {
    let mut stream = std::io::stdout().lock();
    let _ = stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
}

/// Prints on standard error. A reader that has gone must not end the supervision.
fn to_stderr(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}
