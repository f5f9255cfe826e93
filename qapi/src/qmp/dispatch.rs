//! The dispatch table: command names to handlers.

use std::collections::HashMap;
use std::fmt;
use std::pin::Pin;
use std::sync::Mutex;

use super::fds::Fds;
use super::monitor::Monitor;
use crate::command::{Command, CommandInfo};
use crate::error::QmpError;
use crate::event::{EMPTY, Event};
use crate::json::Node;
use crate::policy::Policy;
use crate::sync::unpoisoned;
use crate::walk::{self, Field, Rules};

/// The surroundings of a running command: monitor, connection, file descriptors.
#[derive(Debug, Clone, Copy)]
pub struct Context<'c> {
    pub(crate) monitor: &'c Monitor,
    pub(crate) fds: &'c Fds,
    pub(crate) command: &'static CommandInfo,
    pub(crate) oob: bool,
    pub(crate) connection: u64,
    pub(crate) turn: &'c dyn Turn,
}

/// The turn of an in-band command, until it is released: only one runs at a time.
pub(crate) trait Turn: fmt::Debug + Send + Sync {
    fn release(&self);
}

impl<G: fmt::Debug + Send> Turn for Mutex<Option<G>> {
    fn release(&self) {
        drop(unpoisoned(self.lock()).take());
    }
}

impl<'c> Context<'c> {
    /// The state that all connections share: events, policy, the machine's phase.
    pub fn monitor(&self) -> &'c Monitor {
        self.monitor
    }

    /// The running command.
    pub fn command(&self) -> &'static CommandInfo {
        self.command
    }

    /// Returns true if it runs out-of-band.
    pub fn is_oob(&self) -> bool {
        self.oob
    }

    /// The number of its connection, which no other has.
    pub fn connection(&self) -> u64 {
        self.connection
    }

    /// File descriptors that the client has passed with this request, or just before it. If some
    /// are taken, the others are closed at its end.
    pub fn fds(&self) -> &'c Fds {
        self.fds
    }

    /// Lets in-band commands of other connections run before this one ends, as they do beside a
    /// coroutine: for a handler that is about to wait for a file or a peer.
    pub fn release_turn(&self) {
        self.turn.release();
    }

    /// Sends an event to every client; one sent here comes before this command's reply.
    pub fn emit<E: Event>(&self, event: &E) {
        self.monitor.events().emit(event);
    }
}

/// A run of a command: its arguments and its reply.
#[derive(Debug)]
pub struct Call<'c> {
    context: Context<'c>,
    arguments: Node<'c>,
    policy: &'c Policy,
    reply: String,
    crash: bool,
}

impl<'c> Call<'c> {
    pub(crate) fn new(
        context: Context<'c>,
        arguments: Option<Node<'c>>,
        policy: &'c Policy,
    ) -> Call<'c> {
        Call {
            context,
            arguments: arguments.unwrap_or(EMPTY.root()),
            policy,
            reply: String::new(),
            crash: false,
        }
    }

    /// The surroundings.
    pub fn context(&self) -> &Context<'c> {
        &self.context
    }

    /// The arguments of command `C`.
    ///
    /// # Errors
    /// If they are not, in QMP's words.
    pub fn arguments<C: Command>(&mut self) -> Result<C, QmpError> {
        let rules = Rules::STRICT.with_policy(*self.policy);
        walk::decode(self.arguments, &rules).map_err(|error| {
            self.crash = error.is_crash();
            error.into()
        })
    }

    /// Sets the reply.
    pub fn reply<R: Field>(&mut self, response: R) {
        write_reply(&response, self.policy, &mut self.reply);
    }

    /// Runs a command: reads its arguments, calls `work` with them, and replies.
    ///
    /// # Errors
    /// Those of the arguments, in QMP's words, and those of `work`.
    pub fn run<C: Command>(
        &mut self,
        work: impl FnOnce(&Context<'c>, C) -> Result<C::Response, QmpError>,
    ) -> Result<(), QmpError> {
        let arguments = self.arguments()?;
        let response = work(&self.context, arguments)?;
        self.reply(response);
        Ok(())
    }

    /// Runs an asynchronous command: reads its arguments, waits for the future that `start`
    /// makes of them, and replies.
    pub fn run_async<'h, C: Command, F>(
        &'h mut self,
        start: impl FnOnce(&'h Context<'c>, C) -> F + Send + 'h,
    ) -> Running<'h>
    where
        F: Future<Output = Result<C::Response, QmpError>> + Send + 'h,
    {
        Box::pin(async move {
            let arguments = self.arguments()?;
            let response = start(&self.context, arguments).await?;
            write_reply(&response, self.policy, &mut self.reply);
            Ok(())
        })
    }

    /// The text of the reply, and true if the policy wants the process to end.
    pub(crate) fn finish(self) -> (String, bool) {
        (self.reply, self.crash)
    }
}

/// Writes a reply, which replaces an earlier one.
fn write_reply<R: Field>(response: &R, policy: &Policy, reply: &mut String) {
    reply.clear();
    reply.reserve(walk::ROOM);
    response.write(&mut walk::Writer::for_server(reply, policy.hidden()));
}

/// The type of a handler's function.
pub type Run<H> = for<'h, 'c> fn(&'h H, &'h mut Call<'c>) -> Result<(), QmpError>;

/// The result of an asynchronous handler's function.
pub type Running<'h> = Pin<Box<dyn Future<Output = Result<(), QmpError>> + Send + 'h>>;

/// The type of an asynchronous handler's function.
pub type RunAsync<H> = for<'h, 'c> fn(&'h H, &'h mut Call<'c>) -> Running<'h>;

/// A command and the function by which an `H` runs it.
#[derive(Debug)]
pub struct Handler<H> {
    info: &'static CommandInfo,
    run: Run<H>,
}

impl<H> Handler<H> {
    /// A command and the function that runs it.
    pub const fn new(info: &'static CommandInfo, run: Run<H>) -> Handler<H> {
        Handler { info, run }
    }
}

/// A command and the asynchronous function by which an `H` runs it.
#[derive(Debug)]
pub struct AsyncHandler<H> {
    info: &'static CommandInfo,
    run: RunAsync<H>,
}

impl<H> AsyncHandler<H> {
    /// A command and the function that runs it.
    pub const fn new(info: &'static CommandInfo, run: RunAsync<H>) -> AsyncHandler<H> {
        AsyncHandler { info, run }
    }
}

/// A handler of either kind.
pub(crate) enum AnyHandler<H> {
    Sync(&'static CommandInfo, Run<H>),
    Async(&'static CommandInfo, RunAsync<H>),
}

impl<H> AnyHandler<H> {
    pub fn info(&self) -> &'static CommandInfo {
        match self {
            AnyHandler::Sync(info, _) | AnyHandler::Async(info, _) => info,
        }
    }

    /// Runs the command. A synchronous handler blocks.
    pub async fn run(&self, handler: &H, call: &mut Call<'_>) -> Result<(), QmpError> {
        match self {
            AnyHandler::Sync(_, run) => run(handler, call),
            AnyHandler::Async(_, run) => run(handler, call).await,
        }
    }
}

/// The commands that a server knows, from any number of generated tables.
pub struct Commands<H> {
    table: HashMap<&'static str, AnyHandler<H>>,
}

impl<H> Default for Commands<H> {
    fn default() -> Self {
        Commands { table: HashMap::new() }
    }
}

impl<H> Commands<H> {
    /// No commands.
    pub fn new() -> Commands<H> {
        Commands::default()
    }

    /// Adds a table; of two handlers of a command the later one counts.
    #[must_use]
    pub fn with(mut self, handlers: &[Handler<H>]) -> Commands<H> {
        self.table.extend(
            handlers.iter().map(|one| (one.info.name(), AnyHandler::Sync(one.info, one.run))),
        );
        self
    }

    /// Adds a table of asynchronous handlers.
    #[must_use]
    pub fn with_async(mut self, handlers: &[AsyncHandler<H>]) -> Commands<H> {
        self.table.extend(
            handlers.iter().map(|one| (one.info.name(), AnyHandler::Async(one.info, one.run))),
        );
        self
    }

    /// Removes a command that the tables have but this machine does not.
    #[must_use]
    pub fn without(mut self, command: &str) -> Commands<H> {
        self.table.remove(command);
        self
    }

    /// All commands, in no order.
    pub fn infos(&self) -> impl Iterator<Item = &'static CommandInfo> {
        self.table.values().map(AnyHandler::info)
    }

    /// The handler of a command.
    pub(crate) fn find(&self, name: &str) -> Option<&AnyHandler<H>> {
        self.table.get(name)
    }
}

impl<H> fmt::Debug for Commands<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names: Vec<_> = self.table.keys().collect();
        names.sort_unstable();
        f.debug_tuple("Commands").field(&names).finish()
    }
}
