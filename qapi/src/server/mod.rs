//! Servers: the sockets around [sessions](crate::qmp), with threads of the standard library.
//!
//! A [`Server`] has commands and a handler that runs them. It [serves](Server::serve) a
//! [`Listener`], a socket, the standard streams, or any stream. As QEMU's monitor it has one client
//! at a time, and the next one waits. If a client leaves while its out-of-band connection runs a
//! command, the next one gets the reply.
//!
//! A thread per connection reads and runs commands; after a negotiation of out-of-band execution,
//! another one runs in-band commands. Output that a client does not read goes to a backlog; a
//! client whose backlog grows too long is dropped. No client delays the end of a server by more
//! than 50 ms.

mod accept_gate;
mod connection;
mod listener;
mod outbox;
mod pending;
mod shared;
mod shutdown;
mod stdio;
mod transport;

use std::fmt;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use connection::Connection;
pub use listener::Listener;
use outbox::Outbox;
use pending::{PendingReplies, Slot};
pub use shared::Limits;
use shared::Shared;
use shutdown::Shutdown;
use stdio::StandardInput;
use transport::{Input, Output, PlainInput, PlainOutput, Socket};

use crate::policy::Policy;
use crate::qmp::dispatch::Commands;
use crate::qmp::{EndServer, Monitor, ServerKind};

/// A QMP server. Clones are the same server.
pub struct Server<H> {
    shared: Arc<Shared<H>>,
}

impl<H> fmt::Debug for Server<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Shared { commands, monitor, kind, limits, shutdown, .. } = &*self.shared;
        f.debug_struct("Server")
            .field("commands", commands)
            .field("monitor", monitor)
            .field("kind", kind)
            .field("limits", limits)
            .field("shutdown", shutdown)
            .finish_non_exhaustive()
    }
}

impl<H> Clone for Server<H> {
    fn clone(&self) -> Self {
        Server { shared: self.shared.clone() }
    }
}

/// Sets up a [`Server`].
#[must_use]
pub struct ServerBuilder<H> {
    commands: Arc<Commands<H>>,
    handler: Arc<H>,
    monitor: Arc<Monitor>,
    kind: ServerKind,
    limits: Limits,
    crash: fn(&str),
}

impl<H> fmt::Debug for ServerBuilder<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerBuilder")
            .field("commands", &self.commands)
            .field("monitor", &self.monitor)
            .field("kind", &self.kind)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

impl<H> ServerBuilder<H> {
    /// Sets the state that connections share. Other servers may share it, too.
    pub fn monitor(mut self, monitor: Arc<Monitor>) -> Self {
        self.monitor = monitor;
        self
    }

    /// Sets the policy, which other servers of the same [`Monitor`] need not have.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.monitor = Arc::new(self.monitor.with_policy(policy));
        self
    }

    /// Sets the kind of server; by default [`ServerKind::MONITOR`].
    pub fn kind(mut self, kind: ServerKind) -> Self {
        self.kind = kind;
        self
    }

    /// Sets the limits of clients.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets the function called if the policy `crash` objects; by default the process aborts.
    pub fn on_crash(mut self, crash: fn(&str)) -> Self {
        self.crash = crash;
        self
    }

    /// Makes the server.
    pub fn build(self) -> Server<H> {
        let ServerBuilder { commands, handler, monitor, kind, limits, crash } = self;
        let shutdown = Arc::<Shutdown>::default();
        let end: Arc<dyn EndServer> = shutdown.clone();
        monitor.add_server(Arc::downgrade(&end));
        Server {
            shared: Arc::new(Shared { commands, handler, monitor, kind, limits, shutdown, crash }),
        }
    }
}

fn abort(what: &str) {
    eprintln!("qapi: {what}");
    std::process::abort();
}

impl<H> Server<H> {
    /// Sets up a server of these commands.
    ///
    /// `handler` is an `H`, or an `Arc<H>` that the caller keeps using.
    pub fn builder(commands: Commands<H>, handler: impl Into<Arc<H>>) -> ServerBuilder<H> {
        ServerBuilder {
            commands: Arc::new(commands),
            handler: handler.into(),
            monitor: Arc::default(),
            kind: ServerKind::MONITOR,
            limits: Limits::default(),
            crash: abort,
        }
    }

    /// Sets up another server with the same commands, handler and monitor, and at first the same
    /// kind and limits. It ends by itself, or with this one when a command
    /// [quits](Monitor::quit).
    ///
    /// ```
    /// # use qapi::server::Server;
    /// # use qapi::{Commands, InputPolicy, Policy};
    /// # struct Machine;
    /// let server = Server::builder(Commands::new(), Machine).build();
    /// // The same machine, for clients that must not use deprecated commands.
    /// let strict = Policy { deprecated_input: InputPolicy::Reject, ..Policy::ACCEPT };
    /// let strict = server.another().policy(strict).build();
    /// ```
    pub fn another(&self) -> ServerBuilder<H> {
        let Shared { commands, handler, monitor, kind, limits, shutdown: _, crash } = &*self.shared;
        ServerBuilder {
            commands: commands.clone(),
            handler: handler.clone(),
            monitor: monitor.clone(),
            kind: *kind,
            limits: *limits,
            crash: *crash,
        }
    }

    /// The handler that runs the commands.
    pub fn handler(&self) -> &H {
        &self.shared.handler
    }

    /// The state that connections share.
    pub fn monitor(&self) -> &Arc<Monitor> {
        &self.shared.monitor
    }

    /// Ends the server without waiting for its end: no further client is accepted, running commands
    /// end and are answered, then connections are closed and [`serve`](Server::serve) returns.
    pub fn shutdown(&self) {
        self.shared.shutdown.start();
    }

    /// Closes the sockets of all present clients at once. Further clients are served.
    pub fn disconnect(&self) {
        self.shared.shutdown.cut();
    }
}

impl<H: Send + Sync + 'static> Server<H> {
    /// Serves clients until [`shutdown`](Server::shutdown) or a command that
    /// [quits](Monitor::quit).
    ///
    /// # Errors
    /// If the listener fails.
    pub fn serve(&self, listener: &Listener) -> io::Result<()> {
        let limits = self.shared.limits;
        listener.limit(limits.clients)?;
        let mut clients: Vec<std::thread::JoinHandle<()>> = Vec::new();
        let gate = self.shared.shutdown.gate(limits.clients)?;
        let pending = (limits.clients <= 1).then(Arc::<PendingReplies>::default);
        let outcome = loop {
            if self.shared.shutdown.has_started() {
                break Ok(());
            }
            clients.retain(|client| !client.is_finished());
            match gate.accept(listener) {
                Ok(None) => {}
                Ok(Some(socket)) => {
                    let (server, permit, pending) = (self.clone(), gate.enter(), pending.clone());
                    let thread = std::thread::Builder::new().name("qmp-client".into());
                    // Without a thread the client is dropped: others may go first.
                    clients.extend(thread.spawn(move || match pending {
                        Some(pending) => server.attend(socket, Some(Slot { pending, permit })),
                        None => {
                            let _permit = permit;
                            server.attend(socket, None);
                        }
                    }));
                }
                Err(error) => break Err(error),
            }
        };
        for client in clients {
            // A handler that panicked has ended its own connection only.
            let _ = client.join();
        }
        outcome
    }

    /// Serves clients of `listener` on a thread of its own, until the monitor is
    /// [removed](ServedMonitor::remove) or this server ends.
    ///
    /// # Errors
    /// If the system has no further thread.
    pub fn add_monitor(&self, listener: Listener) -> io::Result<ServedMonitor> {
        let server = self.another().build();
        self.shared.shutdown.add_child(&server.shared.shutdown);
        let shutdown = server.shared.shutdown.clone();
        let thread = std::thread::Builder::new().name("qmp-accept".into());
        let thread = Some(thread.spawn(move || server.serve(&listener))?);
        Ok(ServedMonitor { shutdown, thread })
    }

    /// Serves one client on a connected socket, until it leaves.
    pub fn serve_socket(&self, socket: impl Into<OwnedFd>) {
        self.attend(socket.into(), None);
    }

    /// Serves one client on any stream, until the stream ends. A read that waits delays the end of
    /// the server.
    pub fn serve_stream(&self, input: impl Read + Send, output: impl Write + Send + 'static) {
        self.connect(&mut PlainInput(input), Arc::new(PlainOutput::new(output)), None);
    }

    /// Serves one client on standard input and output, until the input or the server ends.
    ///
    /// # Errors
    /// If the system has nothing left to wait with.
    pub fn serve_stdio(&self) -> io::Result<()> {
        let mut input = StandardInput::new(&self.shared.shutdown)?;
        self.connect(&mut input, Arc::new(PlainOutput::new(io::stdout())), None);
        Ok(())
    }

    fn attend(&self, socket: OwnedFd, slot: Option<Slot>) {
        // Fails on a descriptor that is no socket.
        let Ok(socket) = Socket::new(socket, self.shared.limits.stall) else { return };
        let socket = Arc::new(socket);
        let guard = self.shared.shutdown.watch(&socket);
        self.connect(&mut &*socket, socket.clone(), slot);
        drop(guard);
    }

    fn connect(
        &self,
        input: &mut (impl Input + Send),
        output: Arc<dyn Output>,
        slot: Option<Slot>,
    ) {
        let outbox =
            Arc::new(Outbox::new(output, self.shared.kind.framing(), self.shared.limits.backlog));
        self.shared.shutdown.release(&outbox);
        let _finish = Finish(&outbox, self.shared.limits.stall);
        let (pending, permit) = slot.map(|Slot { pending, permit }| (pending, permit)).unzip();
        Connection::new(&self.shared, outbox.clone(), pending).run(input, permit);
    }
}

/// A listener that is being served, from [`Server::add_monitor`]. Dropping it removes the monitor
/// without waiting.
#[derive(Debug)]
#[must_use]
pub struct ServedMonitor {
    shutdown: Arc<Shutdown>,
    thread: Option<std::thread::JoinHandle<io::Result<()>>>,
}

impl ServedMonitor {
    /// Ends the monitor's connections and removes its listener. Waits for running commands only.
    ///
    /// # Errors
    /// If the listener has failed.
    pub fn remove(self) -> io::Result<()> {
        self.shutdown.start();
        self.wait()
    }

    /// Waits until the server or a command ends the monitor.
    ///
    /// # Errors
    /// If the listener has failed.
    pub fn wait(mut self) -> io::Result<()> {
        match self.thread.take().map(std::thread::JoinHandle::join) {
            Some(Err(_)) => Err(io::Error::other("the monitor's thread panicked")),
            Some(Ok(outcome)) => outcome,
            None => Ok(()),
        }
    }
}

impl Drop for ServedMonitor {
    fn drop(&mut self) {
        self.shutdown.start();
    }
}

/// The end of a connection, in good order or by a handler that panicked.
struct Finish<'o>(&'o Outbox, Duration);

impl Drop for Finish<'_> {
    fn drop(&mut self) {
        match std::thread::panicking() {
            true => self.0.close_now(),
            false => self.0.finish(self.1),
        }
    }
}
