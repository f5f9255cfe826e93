//! The state between lines: an unfinished value, a transaction.

use std::fmt;
use std::time::Duration;

use qapi::{Dict, Value};
use qapi_parser::nearest;

use super::arguments::join;
use super::builtins::{BUILTINS, without_dot};
use super::check::{Fault, check, check_arguments};
use super::describe::describe;
use super::model::Model;
use super::resolve::resolve;
use super::scan::{Content, Piece, is_unfinished, scan};
use super::syntax_error::SyntaxError;
use super::term::{PathStep, Term};
use super::types::follow;

/// The word that begins a transaction.
pub(super) const TRANSACTION: &str = "transaction(";
/// The time that `.wait` takes by default.
const WAIT: Duration = Duration::from_secs(60);

/// A command with its arguments.
#[derive(Debug, Clone, PartialEq)]
pub struct Command {
    /// The name.
    pub name: String,
    /// The arguments.
    pub arguments: Dict,
}

impl Command {
    /// Returns the message as a value.
    pub fn message(&self) -> Value {
        let mut message = Dict::from([("execute", self.name.as_str())]);
        if !self.arguments.is_empty() {
            message.insert("arguments", self.arguments.clone());
        }
        message.into()
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message().fmt(f)
    }
}

/// The effect of a line.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Step {
    /// Nothing is to be done.
    Nothing,
    /// The value or the transaction goes on in the next line.
    More,
    /// A command is to be executed.
    Execute(Command),
    /// An event is to be awaited.
    Wait {
        /// The name of the event.
        event: String,
        /// The time to wait.
        within: Duration,
    },
    /// A text is to be printed.
    Print(String),
    /// The session ends.
    Exit,
}

/// The reason that a line is refused. Nothing is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The text is malformed.
    Syntax(SyntaxError),
    /// The server has no such command.
    UnknownCommand {
        /// The name.
        name: String,
        /// The command that may have been meant.
        nearest: Option<String>,
    },
    /// The arguments do not match the schema.
    Arguments {
        /// The command.
        command: String,
        /// The faults, at least one.
        faults: Vec<Fault>,
    },
    /// The line makes no sense here.
    Misplaced(String),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Syntax(error) => error.fmt(f),
            Refusal::UnknownCommand { name, nearest } => {
                write!(f, "unknown command '{name}'")?;
                nearest.iter().try_for_each(|name| write!(f, "; did you mean '{name}'?"))
            }
            Refusal::Arguments { command, faults } => {
                for (index, fault) in faults.iter().enumerate() {
                    write!(f, "{}{command}: {fault}", if index > 0 { "\n" } else { "" })?;
                }
                Ok(())
            }
            Refusal::Misplaced(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for Refusal {}

impl From<SyntaxError> for Refusal {
    fn from(error: SyntaxError) -> Refusal {
        Refusal::Syntax(error)
    }
}

/// A session's state between lines.
#[derive(Debug)]
pub struct Session<'m> {
    pub(super) model: &'m Model,
    is_checked: bool,
    /// The lines of an unfinished value.
    pub(super) unfinished: String,
    /// The actions of a transaction so far.
    pub(super) actions: Option<Vec<Value>>,
}

impl<'m> Session<'m> {
    /// Begins a session with a server.
    pub fn new(model: &'m Model) -> Session<'m> {
        Session { model, is_checked: true, unfinished: String::new(), actions: None }
    }

    /// Leaves it to the server to check commands and arguments.
    #[must_use]
    pub fn unchecked(mut self) -> Session<'m> {
        self.is_checked = false;
        self
    }

    /// Returns the commands and types of the server.
    pub fn model(&self) -> &'m Model {
        self.model
    }

    /// Returns true between the lines of a transaction.
    pub fn is_in_transaction(&self) -> bool {
        self.actions.is_some()
    }

    /// Returns true between the lines of a value.
    pub fn is_in_value(&self) -> bool {
        !self.unfinished.is_empty()
    }

    /// Drops an unfinished value and transaction. Returns true if there was one.
    pub fn reset(&mut self) -> bool {
        let was_unfinished = self.is_in_value() || self.is_in_transaction();
        self.unfinished.clear();
        self.actions = None;
        was_unfinished
    }

    /// Reads a line.
    ///
    /// # Errors
    /// If it is malformed, or does not match the schema.
    pub fn feed(&mut self, line: &str) -> Result<Step, Refusal> {
        let text = std::mem::take(&mut self.unfinished) + line;
        if text.trim_start().starts_with('#') {
            return Ok(Step::Nothing);
        }
        let pieces = scan(&text)?;
        if is_unfinished(&pieces) {
            self.unfinished = text + "\n";
            return Ok(Step::More);
        }
        let Some(first) = pieces.first() else { return Ok(Step::Nothing) };
        if first.word() == Some(TRANSACTION) {
            return self.begin_transaction(&pieces[1..]);
        }
        if self.is_in_transaction() {
            return self.action(&pieces);
        }
        match &first.content {
            Content::Object { value, .. } if pieces.len() == 1 => self.message(value),
            Content::Word(word) if word.starts_with('.') => self.builtin(word, &pieces[1..]),
            Content::Word(name) => {
                self.known(name)?;
                let arguments = join(&pieces[1..])?;
                self.command(name, &arguments)
            }
            _ => Err(SyntaxError::new(first.start, "expected the name of a command").into()),
        }
    }

    /// Ends the session.
    ///
    /// # Errors
    /// If a value or a transaction is unfinished.
    pub fn finish(&mut self) -> Result<(), Refusal> {
        let what = if self.is_in_value() { "value" } else { "transaction" };
        let fault = || Refusal::Misplaced(format!("the input ends within a {what}"));
        if self.reset() { Err(fault()) } else { Ok(()) }
    }

    fn known(&self, name: &str) -> Result<(), Refusal> {
        if !self.is_checked || self.model.may_have(name) {
            return Ok(());
        }
        let nearest = without_dot(name).or_else(|| nearest(name, self.model.commands()));
        let nearest = nearest.map(str::to_owned);
        Err(Refusal::UnknownCommand { name: name.to_owned(), nearest })
    }

    fn command(&self, name: &str, arguments: &Term) -> Result<Step, Refusal> {
        self.known(name)?;
        let ty = self.model.arguments(name);
        let arguments = resolve(arguments, ty);
        if let Some(ty) = ty.filter(|_| self.is_checked) {
            let faults = check_arguments(&arguments, ty, self.model.is_open(name));
            refuse(name, faults)?;
        }
        let Value::Dict(arguments) = arguments else {
            return Err(Refusal::Misplaced(format!("{name}: the arguments are not an object")));
        };
        Ok(Step::Execute(Command { name: name.to_owned(), arguments }))
    }

    /// Reads a whole message. Its `id` is left out, as the client has its own.
    fn message(&self, message: &Term) -> Result<Step, Refusal> {
        let Term::Dict(members) = message else { return Ok(Step::Nothing) };
        let unknown = members
            .iter()
            .find(|(name, _)| !matches!(name.as_str(), "execute" | "arguments" | "id"));
        if let Some((name, _)) = unknown {
            return Err(Refusal::Misplaced(format!("message: unknown member '{name}'")));
        }
        let name = message.get("execute").and_then(Term::text).ok_or_else(|| {
            Refusal::Misplaced("message: expected a member 'execute' with a command".to_owned())
        })?;
        let none = Term::Dict(Vec::new());
        self.command(name, message.get("arguments").unwrap_or(&none))
    }

    fn begin_transaction(&mut self, pieces: &[Piece<'_>]) -> Result<Step, Refusal> {
        if self.is_in_transaction() {
            let message = "a transaction within a transaction; end the first one with ')'";
            return Err(Refusal::Misplaced(message.to_owned()));
        }
        self.known("transaction")?;
        self.actions = Some(Vec::new());
        let step = if pieces.is_empty() { Ok(Step::More) } else { self.action(pieces) };
        if step.is_err() {
            self.actions = None;
        }
        step
    }

    /// Reads a line of a transaction: an action, its end, or both.
    fn action(&mut self, pieces: &[Piece<'_>]) -> Result<Step, Refusal> {
        let (is_last, pieces) = match pieces.split_last() {
            Some((last, before)) if last.word() == Some(")") => (true, before),
            _ => (false, pieces),
        };
        if let Some((first, data)) = pieces.split_first() {
            let name = first
                .word()
                .filter(|name| *name != ")")
                .ok_or_else(|| SyntaxError::new(first.start, "expected the name of an action"))?;
            let action = Term::Dict(vec![
                ("type".to_owned(), Term::Word(name.to_owned())),
                ("data".to_owned(), join(data)?),
            ]);
            let number = self.actions.as_ref().map_or(0, Vec::len);
            let ty = self.action_type();
            let action = resolve(&action, ty);
            if let Some(ty) = ty.filter(|_| self.is_checked) {
                refuse("transaction", check(&action, ty, format!("actions[{number}]")))?;
            }
            self.actions.get_or_insert_default().push(action);
        }
        if !is_last {
            return Ok(Step::More);
        }
        let actions = Value::List(self.actions.take().unwrap_or_default());
        let arguments = Dict::from([("actions", actions)]);
        Ok(Step::Execute(Command { name: "transaction".to_owned(), arguments }))
    }

    /// Returns the type of a transaction's actions.
    pub(super) fn action_type(&self) -> Option<qapi::introspect::Entity<'m>> {
        let actions = PathStep::Member("actions".to_owned());
        let (list, _) = follow(self.model.arguments("transaction")?, None, &actions)?;
        list.element()
    }

    fn builtin(&self, name: &str, pieces: &[Piece<'_>]) -> Result<Step, Refusal> {
        let words: Option<Vec<&str>> = pieces.iter().map(Piece::word).collect();
        let usage = || {
            let builtin = BUILTINS.iter().find(|(known, ..)| *known == name);
            Refusal::Misplaced(match builtin {
                Some((name, arguments, _)) => format!("usage: {name} {arguments}"),
                None => format!("unknown command '{name}' of the shell; see .help"),
            })
        };
        match (name, words.ok_or_else(usage)?.as_slice()) {
            (".help", []) => Ok(Step::Print(describe(self.model, None).unwrap_or_default())),
            (".help", [name]) => {
                let reason = self.model.lack().map(|reason| format!(": {reason}"));
                let reason = reason.unwrap_or_default();
                let fault = || Refusal::Misplaced(format!("no description of '{name}'{reason}"));
                describe(self.model, Some(name)).map(Step::Print).ok_or_else(fault)
            }
            (".wait", [event]) => self.wait(event, WAIT),
            (".wait", [event, seconds]) => {
                let seconds = seconds.parse::<f64>().ok();
                let within = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
                self.wait(event, within.ok_or_else(usage)?)
            }
            (".exit", []) => Ok(Step::Exit),
            _ => Err(usage()),
        }
    }

    fn wait(&self, event: &str, within: Duration) -> Result<Step, Refusal> {
        let mut known = self.model.events().peekable();
        if self.is_checked && known.peek().is_some() && self.model.event(event).is_none() {
            let hint = nearest(event, known).map(|name| format!("; did you mean '{name}'?"));
            let hint = hint.unwrap_or_default();
            return Err(Refusal::Misplaced(format!("unknown event '{event}'{hint}")));
        }
        Ok(Step::Wait { event: event.to_owned(), within })
    }
}

fn refuse(command: &str, faults: Vec<Fault>) -> Result<(), Refusal> {
    if faults.is_empty() {
        return Ok(());
    }
    Err(Refusal::Arguments { command: command.to_owned(), faults })
}
