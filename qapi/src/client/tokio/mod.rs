//! The client for tokio.
//!
//! Every future here may be dropped at any time, as a timeout does: what was sent stays sent, what was received stays
//! received, and the connection is usable.

mod process;
mod socket;

use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::time::Duration;

pub use process::Process;
use socket::Socket;
use tokio::io::Interest;
use tokio::time::timeout;

use super::core::{Core, Greeting, Received, Ticket};
use super::error::ClientError;
use super::job::{self, Job, Turn};
use super::options::{Address, Options};
use crate::introspect::Schema;
use crate::{AnyEvent, Command, Dict, Value};

/// A connection to a QMP server or a guest agent.
pub struct Client {
    socket: Socket,
    core: Core,
    address: Option<Address>,
}

impl Client {
    /// Connects and negotiates, as `options` say.
    ///
    /// # Errors
    /// If there is no server, or it does not speak QMP.
    pub async fn connect(address: Address, options: Options) -> Result<Client, ClientError> {
        let socket = socket::open(&address, options.connect).await?;
        let mut client = Client { socket, core: Core::new(options), address: Some(address) };
        client.negotiate().await?;
        Ok(client)
    }

    /// Negotiates on a socket that is connected.
    ///
    /// # Errors
    /// If the peer does not speak QMP.
    pub async fn from_socket(
        socket: impl Into<OwnedFd>,
        options: Options,
    ) -> Result<Client, ClientError> {
        let mut client =
            Client { socket: Socket::new(socket.into())?, core: Core::new(options), address: None };
        client.negotiate().await?;
        Ok(client)
    }

    /// Connects to the same address again. Commands under way are lost, events received are kept.
    ///
    /// # Errors
    /// As [`connect`](Client::connect); and if the client was given a connected socket.
    pub async fn reconnect(&mut self) -> Result<(), ClientError> {
        let Some(address) = &self.address else {
            return Err(
                io::Error::new(io::ErrorKind::Unsupported, "no address to connect to").into()
            );
        };
        let socket = socket::open(address, self.core.options().connect).await?;
        self.core.reset();
        self.socket = socket;
        self.negotiate().await
    }

    async fn negotiate(&mut self) -> Result<(), ClientError> {
        if self.core.options().agent {
            return Ok(());
        }
        let limit = self.core.options().timeout;
        within(limit, self.wait(|core| core.greeting.is_some().then_some(Ok(())))).await?;
        let arguments = if self.core.negotiates_oob() { "{\"enable\": [\"oob\"]}" } else { "{}" };
        let id = self.core.start_raw("qmp_capabilities", arguments, false, Vec::new())?;
        self.wait_raw(id).await.map(|_| ())
    }

    /// What the server said first; an agent says nothing.
    pub fn greeting(&self) -> Option<&Greeting> {
        self.core.greeting.as_ref()
    }

    /// Runs a command and waits for its reply.
    ///
    /// # Errors
    /// The command's error, or one of the connection.
    pub async fn execute<C: Command>(&mut self, command: &C) -> Result<C::Response, ClientError> {
        let ticket = self.core.start(command, false, Vec::new())?;
        self.finish(ticket).await
    }

    /// Runs a command out-of-band, which must have been negotiated.
    ///
    /// # Errors
    /// The command's error, or one of the connection.
    pub async fn execute_oob<C: Command>(
        &mut self,
        command: &C,
    ) -> Result<C::Response, ClientError> {
        let ticket = self.core.start(command, true, Vec::new())?;
        self.finish(ticket).await
    }

    /// Runs a command, such as `getfd`, that takes file descriptors passed with it.
    ///
    /// # Errors
    /// The command's error, or one of the connection, which must be a Unix socket.
    pub async fn execute_with_fds<C: Command>(
        &mut self,
        command: &C,
        fds: Vec<OwnedFd>,
    ) -> Result<C::Response, ClientError> {
        let ticket = self.core.start(command, false, fds)?;
        self.finish(ticket).await
    }

    /// Runs a command that no type stands for.
    ///
    /// # Errors
    /// The command's error, or one of the connection.
    pub async fn execute_raw(
        &mut self,
        name: &str,
        arguments: &Dict,
    ) -> Result<Value, ClientError> {
        let id = self.core.start_raw(name, &arguments.to_string(), false, Vec::new())?;
        self.wait_raw(id).await
    }

    /// Sends a command; [`finish`](Client::finish) waits for its reply.
    ///
    /// # Errors
    /// One of the connection.
    pub fn start<C: Command>(&mut self, command: &C) -> Result<Ticket<C>, ClientError> {
        let ticket = self.core.start(command, false, Vec::new())?;
        self.core.transmit(self.socket.as_fd())?;
        Ok(ticket)
    }

    /// Waits for the reply to a command.
    ///
    /// # Errors
    /// The command's error, or one of the connection.
    pub async fn finish<C: Command>(
        &mut self,
        ticket: Ticket<C>,
    ) -> Result<C::Response, ClientError> {
        #[cfg(feature = "tracing")]
        tracing::debug!(command = C::INFO.name(), id = ticket.id, "execute");
        let limit = self.core.options().timeout;
        let waiter = Waiter { id: ticket.id, client: self };
        within(limit, waiter.client.wait(|core| core.reply(&ticket))).await
    }

    async fn wait_raw(&mut self, id: u64) -> Result<Value, ClientError> {
        let limit = self.core.options().timeout;
        let waiter = Waiter { client: self, id };
        within(limit, waiter.client.wait(|core| core.raw_reply(id))).await
    }

    /// Waits for the next event; without an end, but [`tokio::time::timeout`] can give it one.
    ///
    /// # Errors
    /// Those of the connection.
    pub async fn next_event<E: AnyEvent>(&mut self) -> Result<Received<E>, ClientError> {
        self.wait_event(|_| true).await
    }

    /// Waits for an event that `wanted` wants; the others are kept.
    ///
    /// # Errors
    /// Those of the connection.
    pub async fn wait_event<E: AnyEvent>(
        &mut self,
        mut wanted: impl FnMut(&Received<E>) -> bool,
    ) -> Result<Received<E>, ClientError> {
        let mut seen = 0;
        self.wait(|core| core.event(&mut seen, &mut wanted).transpose()).await
    }

    /// Starts a job by a command and sees it to its end: finalizes it if it waits for that, dismisses it once it has
    /// concluded. Without an end of its own, but [`tokio::time::timeout`] can give it one.
    ///
    /// # Errors
    /// The command's error or the job's, or one of the connection.
    pub async fn run_job<C: Command>(
        &mut self,
        job: &str,
        command: &C,
    ) -> Result<C::Response, ClientError> {
        let mut job = Job::new(job);
        let response = self.execute(command).await?;
        self.core.forget_earlier(&job);
        loop {
            let told = self.wait_event(|received| job.is_told_by(&received.event)).await?;
            match job.hear(&told.event) {
                Turn::Wait => {}
                Turn::Finalize => {
                    job::moved(self.execute_raw("job-finalize", &job.arguments()).await)?
                }
                Turn::Dismiss => {
                    job.look_up(&self.execute_raw("query-jobs", &Dict::new()).await?);
                    job::moved(self.execute_raw("job-dismiss", &job.arguments()).await)?;
                    return job.outcome(response);
                }
            }
        }
    }

    /// What the server supports, by its own account.
    ///
    /// # Errors
    /// The command's error, or one of the connection.
    pub async fn schema(&mut self) -> Result<Schema, ClientError> {
        self.execute_raw("query-qmp-schema", &Dict::new()).await.map(|reply| Schema::new(&reply))
    }

    /// Gets in step with a guest agent, whoever talked to it before and how.
    ///
    /// # Errors
    /// Those of the connection.
    pub async fn sync_agent(&mut self) -> Result<(), ClientError> {
        let id = self.core.start_sync()?;
        self.wait_raw(id).await.map(|_| ())
    }

    /// Sends and receives until `ready` has something.
    async fn wait<T>(
        &mut self,
        mut ready: impl FnMut(&mut Core) -> Option<Result<T, ClientError>>,
    ) -> Result<T, ClientError> {
        loop {
            if let Some(outcome) = ready(&mut self.core) {
                return outcome;
            }
            let Client { socket, core, .. } = self;
            let mut interest = Interest::READABLE;
            let sent = socket.try_io(Interest::WRITABLE, || {
                core.transmit(socket.as_fd())?;
                if core.wants_write() { Err(io::ErrorKind::WouldBlock.into()) } else { Ok(()) }
            });
            match sent {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    interest |= Interest::WRITABLE
                }
                sent => sent?,
            }
            let mut failed = Ok(());
            let received =
                socket.try_io(Interest::READABLE, || match core.receive(socket.as_fd()) {
                    Err(ClientError::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => {
                        Err(error)
                    }
                    outcome => {
                        failed = outcome;
                        Ok(())
                    }
                });
            failed?;
            if received.is_err() {
                socket.ready(interest).await?;
            }
        }
    }
}

/// Somebody waits for a reply. Dropped before it comes, nobody does.
struct Waiter<'c> {
    client: &'c mut Client,
    id: u64,
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        self.client.core.abandon(self.id);
    }
}

async fn within<T>(
    limit: Option<Duration>,
    future: impl Future<Output = Result<T, ClientError>>,
) -> Result<T, ClientError> {
    match limit {
        None => future.await,
        Some(limit) => timeout(limit, future).await.unwrap_or(Err(ClientError::Timeout)),
    }
}
