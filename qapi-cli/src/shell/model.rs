//! The commands and types of a server.

use std::collections::BTreeSet;

use qapi::Value;
use qapi::introspect::{Entity, Schema};

use super::builtins::without_dot;

/// The commands that a server has, and their types as far as they are known.
#[derive(Debug, Default)]
pub struct Model {
    schema: Option<Schema>,
    /// Sorted.
    commands: Vec<String>,
    /// Commands with arguments beyond their types; `None` if that is unknown.
    open: Option<BTreeSet<String>>,
}

impl Model {
    /// Reads a reply to `query-qmp-schema`.
    pub fn from_reply(reply: &Value) -> Model {
        let schema = Schema::new(reply);
        let commands = schema.commands().map(|command| command.name().to_owned());
        let mut model = Model::from_names(commands);
        model.schema = Some(schema);
        model
    }

    /// Knows only the names of commands.
    pub fn from_names(commands: impl IntoIterator<Item = String>) -> Model {
        let mut commands: Vec<String> = commands.into_iter().collect();
        commands.sort();
        commands.dedup();
        Model { schema: None, commands, open: None }
    }

    /// Names all commands that take arguments beyond their types (`'gen': false`), which a reply
    /// does not tell.
    #[must_use]
    pub fn with_open_commands(mut self, open: impl IntoIterator<Item = String>) -> Model {
        self.open = Some(open.into_iter().collect());
        self
    }

    /// Returns the names of the commands.
    pub fn commands(&self) -> impl Iterator<Item = &str> {
        self.commands.iter().map(String::as_str)
    }

    /// Returns the names of the events.
    pub fn events(&self) -> impl Iterator<Item = &str> {
        self.schema.iter().flat_map(Schema::events).map(|event| event.name())
    }

    /// Returns the reason if a session lacks completion, checks and help.
    pub fn lack(&self) -> Option<&'static str> {
        match (&self.schema, self.commands.as_slice()) {
            (Some(_), _) => None,
            (None, []) => Some(
                "the server does not answer query-qmp-schema: no completion, checks or help; \
                 --schema FILE gives them",
            ),
            (None, _) => Some(
                "the server does not answer query-qmp-schema: no completion, checks or help \
                 beyond the names of commands; --schema FILE gives them",
            ),
        }
    }

    /// Returns true if the server may have the command. Without a list it may have any, except one
    /// with the name of a command of the shell.
    pub(super) fn may_have(&self, command: &str) -> bool {
        if self.commands.is_empty() {
            return without_dot(command).is_none();
        }
        self.commands.iter().any(|name| name == command)
    }

    /// Returns the description of a command.
    pub(super) fn command(&self, name: &str) -> Option<Entity<'_>> {
        self.schema.as_ref()?.command(name)
    }

    /// Returns the description of an event.
    pub(super) fn event(&self, name: &str) -> Option<Entity<'_>> {
        self.schema.as_ref()?.event(name)
    }

    /// Returns the type of a command's arguments.
    pub(super) fn arguments(&self, command: &str) -> Option<Entity<'_>> {
        self.command(command)?.arguments()
    }

    /// Returns true if the command takes arguments beyond their type; `None` if that is unknown.
    pub(super) fn is_open(&self, command: &str) -> Option<bool> {
        self.open.as_ref().map(|open| open.contains(command))
    }
}
