//! Servers: the sockets around [sessions](crate::qmp), with threads of the standard library.
//!
//! A [`Server`] has its commands and what runs them. It [serves](Server::serve) a [`Listener`], a socket, the
//! standard streams, or any stream; as QEMU's monitor it has one client at a time, and the next waits. If a client
//! leaves while its out-of-band connection runs a command, the next one gets the reply. A connection
//! has a thread that reads and runs its commands; once it has negotiated out-of-band execution, its in-band commands
//! have a thread of their own. Nothing waits for a client that does not read: what it leaves goes to a backlog, and
//! a client whose backlog grows too long is dropped.

mod connection;
mod late;
mod listener;
mod outbox;
mod stdio;
mod stop;
mod transport;

use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use connection::Connection;
use late::{Late, Seat};
pub use listener::Listener;
use outbox::Outbox;
use stdio::StandardInput;
use stop::Stop;
use transport::{Input, Output, PlainInput, PlainOutput, Socket};

use crate::dispatch::Commands;
use crate::policy::Policy;
use crate::qmp::{EndServer, Flavour, Monitor};

/// What a server allows its clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How many clients are served at once. With 1, the next is accepted when the one has left; beyond a larger
    /// number, when any has. They wait in the kernel's queue, which is short.
    pub clients: usize,
    /// How many bytes may wait for a client that does not read before it is dropped.
    pub backlog: usize,
    /// How long a client that has bytes waiting may read none of them before it is dropped.
    pub stall: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { clients: 1, backlog: 64 << 20, stall: Duration::from_secs(60) }
    }
}

/// A QMP server. Clones are the same server.
pub struct Server<H> {
    shared: Arc<Shared<H>>,
}

impl<H> Clone for Server<H> {
    fn clone(&self) -> Self {
        Server { shared: self.shared.clone() }
    }
}

/// The state that all connections use.
pub(crate) struct Shared<H> {
    commands: Arc<Commands<H>>,
    handler: Arc<H>,
    monitor: Arc<Monitor>,
    flavour: Flavour,
    limits: Limits,
    stop: Arc<Stop>,
    crash: fn(&str),
}

/// Sets up a [`Server`].
pub struct ServerBuilder<H> {
    commands: Arc<Commands<H>>,
    handler: Arc<H>,
    monitor: Arc<Monitor>,
    flavour: Flavour,
    limits: Limits,
    crash: fn(&str),
}

impl<H> ServerBuilder<H> {
    /// Sets what connections share, which other servers may share, too.
    pub fn monitor(mut self, monitor: Arc<Monitor>) -> Self {
        self.monitor = monitor;
        self
    }

    /// Sets the policy, which other servers of the same [`Monitor`] need not have.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.monitor = Arc::new(self.monitor.with_policy(policy));
        self
    }

    /// Sets the kind of server; by default [`Flavour::MONITOR`].
    pub fn flavour(mut self, flavour: Flavour) -> Self {
        self.flavour = flavour;
        self
    }

    /// Sets what clients are allowed.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets what happens when the policy `crash` finds something; by default the process aborts.
    pub fn on_crash(mut self, crash: fn(&str)) -> Self {
        self.crash = crash;
        self
    }

    /// The server.
    pub fn build(self) -> Server<H> {
        let ServerBuilder { commands, handler, monitor, flavour, limits, crash } = self;
        let stop = Arc::<Stop>::default();
        let end: Arc<dyn EndServer> = stop.clone();
        monitor.add_server(Arc::downgrade(&end));
        Server {
            shared: Arc::new(Shared { commands, handler, monitor, flavour, limits, stop, crash }),
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
            flavour: Flavour::MONITOR,
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
        let Shared { commands, handler, monitor, flavour, limits, stop: _, crash } = &*self.shared;
        ServerBuilder {
            commands: commands.clone(),
            handler: handler.clone(),
            monitor: monitor.clone(),
            flavour: *flavour,
            limits: *limits,
            crash: *crash,
        }
    }

    /// What runs the commands.
    pub fn handler(&self) -> &H {
        &self.shared.handler
    }

    /// What connections share.
    pub fn monitor(&self) -> &Arc<Monitor> {
        &self.shared.monitor
    }

    /// Ends the server: no client is accepted any more, running commands end and are answered, then connections
    /// are closed and whoever serves returns. Does not wait for that.
    pub fn shutdown(&self) {
        self.shared.stop.stop();
    }

    /// Cuts the sockets of the clients there are, whatever they wait for; the next ones are served.
    pub fn disconnect(&self) {
        self.shared.stop.cut();
    }
}

impl<H: Send + Sync + 'static> Server<H> {
    /// Serves clients as they come, until [`shutdown`](Server::shutdown) or a command that
    /// [quits](Monitor::quit).
    ///
    /// # Errors
    /// If the listener fails.
    pub fn serve(&self, listener: &Listener) -> io::Result<()> {
        let limits = self.shared.limits;
        listener.limit(limits.clients)?;
        let mut clients: Vec<std::thread::JoinHandle<()>> = Vec::new();
        let door = self.shared.stop.door(limits.clients)?;
        let late = (limits.clients <= 1).then(Arc::<Late>::default);
        let outcome = loop {
            if self.shared.stop.is_stopped() {
                break Ok(());
            }
            clients.retain(|client| !client.is_finished());
            match door.accept(listener) {
                Ok(None) => {}
                Ok(Some(socket)) => {
                    let (server, inside, late) = (self.clone(), door.enter(), late.clone());
                    let thread = std::thread::Builder::new().name("qmp-client".into());
                    // Without a thread the client is dropped: others may go first.
                    clients.extend(thread.spawn(move || match late {
                        Some(late) => server.attend(socket, Some(Seat { late, inside })),
                        None => {
                            let _inside = inside;
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
        self.shared.stop.add_child(&server.shared.stop);
        let stop = server.shared.stop.clone();
        let thread = std::thread::Builder::new().name("qmp-accept".into());
        let thread = Some(thread.spawn(move || server.serve(&listener))?);
        Ok(ServedMonitor { stop, thread })
    }

    /// Serves one client on a connected socket, until it leaves.
    pub fn serve_socket(&self, socket: impl Into<OwnedFd>) {
        self.attend(socket.into(), None);
    }

    /// Serves one client on any stream, until it ends. Where reading waits, the end of the server is seen after that.
    pub fn serve_stream(&self, input: impl Read + Send, output: impl Write + Send + 'static) {
        self.connect(&mut PlainInput(input), Arc::new(PlainOutput::new(output)), None);
    }

    /// Serves one client on standard input and output, until the input or the server ends.
    ///
    /// # Errors
    /// If the system has nothing left to wait with.
    pub fn serve_stdio(&self) -> io::Result<()> {
        let mut input = StandardInput::new(&self.shared.stop)?;
        self.connect(&mut input, Arc::new(PlainOutput::new(io::stdout())), None);
        Ok(())
    }

    fn attend(&self, socket: OwnedFd, seat: Option<Seat>) {
        // Fails on a descriptor that is no socket: nobody can be served on it.
        let Ok(socket) = Socket::new(socket, self.shared.limits.stall) else { return };
        let socket = Arc::new(socket);
        let guard = self.shared.stop.watch(&socket);
        self.connect(&mut &*socket, socket.clone(), seat);
        drop(guard);
    }

    fn connect(
        &self,
        input: &mut (impl Input + Send),
        output: Arc<dyn Output>,
        seat: Option<Seat>,
    ) {
        let outbox = Arc::new(Outbox::new(
            output,
            self.shared.flavour.framing(),
            self.shared.limits.backlog,
        ));
        self.shared.stop.release(&outbox);
        let _finish = Finish(&outbox, self.shared.limits.stall);
        let (late, inside) = seat.map(|Seat { late, inside }| (late, inside)).unzip();
        Connection::new(&self.shared, outbox.clone(), late).run(input, inside);
    }
}

/// A listener that is being served, from [`Server::add_monitor`]. Dropping it removes the monitor
/// without waiting.
#[derive(Debug)]
#[must_use]
pub struct ServedMonitor {
    stop: Arc<Stop>,
    thread: Option<std::thread::JoinHandle<io::Result<()>>>,
}

impl ServedMonitor {
    /// Ends the monitor's connections and removes its listener. Waits for running commands only.
    ///
    /// # Errors
    /// If the listener has failed.
    pub fn remove(self) -> io::Result<()> {
        self.stop.stop();
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
        self.stop.stop();
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
