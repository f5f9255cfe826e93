//! The client that waits.

mod process;

use std::net::TcpStream;
use std::os::fd::{AsFd as _, OwnedFd};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

pub use process::Process;

use super::core::{Core, Greeting, Received, Ticket};
use super::error::ClientError;
use super::job::{self, Job, Turn};
use super::options::{self, Address, Options};
use crate::introspect::Schema;
use crate::unix::connect_unix;
use crate::{AnyEvent, Command, Dict, Value};

/// A connection to a QMP server or a guest agent.
///
/// Events that come while something else is awaited are kept, those from before negotiation included.
pub struct Client {
    socket: OwnedFd,
    core: Core,
    address: Option<Address>,
}

/// Until when to wait.
type Deadline = Option<Instant>;

fn deadline(timeout: Option<Duration>) -> Deadline {
    timeout.and_then(|timeout| Instant::now().checked_add(timeout))
}

impl Client {
    /// Connects and negotiates, as `options` say.
    ///
    /// # Errors
    /// If there is no server, or it does not speak QMP.
    pub fn connect(address: Address, options: Options) -> Result<Client, ClientError> {
        let socket = open(&address, options.connect)?;
        let mut client = Client { socket, core: Core::new(options), address: Some(address) };
        client.negotiate()?;
        Ok(client)
    }

    /// Negotiates on a socket that is connected.
    ///
    /// # Errors
    /// If the peer does not speak QMP.
    pub fn from_socket(
        socket: impl Into<OwnedFd>,
        options: Options,
    ) -> Result<Client, ClientError> {
        let mut client = Client { socket: socket.into(), core: Core::new(options), address: None };
        client.negotiate()?;
        Ok(client)
    }

    /// Connects to the same address again. Commands under way are lost, events received are kept.
    ///
    /// # Errors
    /// As [`connect`](Client::connect); and if the client was given a connected socket.
    pub fn reconnect(&mut self) -> Result<(), ClientError> {
        let Some(address) = &self.address else {
            return Err(std::io::Error::new(
                std::io::ErrorKind::Unsupported,
                "no address to connect to",
            )
            .into());
        };
        let socket = open(address, self.core.options().connect)?;
        self.core.reset();
        self.socket = socket;
        self.negotiate()
    }

    fn negotiate(&mut self) -> Result<(), ClientError> {
        if self.core.options().agent {
            return Ok(());
        }
        let end = self.end();
        self.wait(end, |core| core.greeting.is_some().then_some(Ok(())))?;
        let arguments = if self.core.negotiates_oob() { "{\"enable\": [\"oob\"]}" } else { "{}" };
        let id = self.core.start_raw("qmp_capabilities", arguments, false, Vec::new())?;
        self.wait_raw(id).map(|_| ())
    }

    /// What the server said first; an agent says nothing.
    pub fn greeting(&self) -> Option<&Greeting> {
        self.core.greeting.as_ref()
    }

    /// Runs a command and waits for its reply.
    ///
    /// # Errors
    /// The command's error, or one of the connection.
    pub fn execute<C: Command>(&mut self, command: &C) -> Result<C::Response, ClientError> {
        let ticket = self.core.start(command, false, Vec::new())?;
        self.finish(ticket)
    }

    /// Runs a command out-of-band, which must have been negotiated.
    ///
    /// # Errors
    /// The command's error, or one of the connection.
    pub fn execute_oob<C: Command>(&mut self, command: &C) -> Result<C::Response, ClientError> {
        let ticket = self.core.start(command, true, Vec::new())?;
        self.finish(ticket)
    }

    /// Runs a command, such as `getfd`, that takes file descriptors passed with it.
    ///
    /// # Errors
    /// The command's error, or one of the connection, which must be a Unix socket.
    pub fn execute_with_fds<C: Command>(
        &mut self,
        command: &C,
        fds: Vec<OwnedFd>,
    ) -> Result<C::Response, ClientError> {
        let ticket = self.core.start(command, false, fds)?;
        self.finish(ticket)
    }

    /// Runs a command that no type stands for.
    ///
    /// # Errors
    /// The command's error, or one of the connection.
    pub fn execute_raw(&mut self, name: &str, arguments: &Dict) -> Result<Value, ClientError> {
        let id = self.core.start_raw(name, &arguments.to_string(), false, Vec::new())?;
        self.wait_raw(id)
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
    pub fn finish<C: Command>(&mut self, ticket: Ticket<C>) -> Result<C::Response, ClientError> {
        #[cfg(feature = "tracing")]
        let _span =
            tracing::debug_span!("execute", command = C::INFO.name(), id = ticket.id).entered();
        let end = self.end();
        let outcome = self.wait(end, |core| core.reply(&ticket));
        self.core.abandon(ticket.id);
        #[cfg(feature = "tracing")]
        if let Err(error) = &outcome {
            tracing::debug!(%error, "failed");
        }
        outcome
    }

    fn wait_raw(&mut self, id: u64) -> Result<Value, ClientError> {
        let end = self.end();
        let outcome = self.wait(end, |core| core.raw_reply(id));
        self.core.abandon(id);
        outcome
    }

    /// Waits for the next event; `None` for ever.
    ///
    /// # Errors
    /// [`ClientError::Timeout`] if none comes, and those of the connection.
    pub fn next_event<E: AnyEvent>(
        &mut self,
        timeout: Option<Duration>,
    ) -> Result<Received<E>, ClientError> {
        self.wait_event(timeout, |_| true)
    }

    /// Waits for an event that `wanted` wants; the others are kept.
    ///
    /// # Errors
    /// [`ClientError::Timeout`] if none comes, and those of the connection.
    pub fn wait_event<E: AnyEvent>(
        &mut self,
        timeout: Option<Duration>,
        mut wanted: impl FnMut(&Received<E>) -> bool,
    ) -> Result<Received<E>, ClientError> {
        let mut seen = 0;
        self.wait(deadline(timeout), |core| core.event(&mut seen, &mut wanted).transpose())
    }

    /// Starts a job by a command and sees it to its end: finalizes it if it waits for that, dismisses it once it has
    /// concluded.
    ///
    /// # Errors
    /// The command's error or the job's, or one of the connection; [`ClientError::Timeout`] if the job takes longer.
    pub fn run_job<C: Command>(
        &mut self,
        job: &str,
        command: &C,
        timeout: Option<Duration>,
    ) -> Result<C::Response, ClientError> {
        let end = deadline(timeout);
        let mut job = Job::new(job);
        let response = self.execute(command)?;
        self.core.forget_earlier(&job);
        loop {
            let mut seen = 0;
            let told = self.wait(end, |core| {
                let is_ours = |received: &Received<_>| job.is_told_by(&received.event);
                core.event(&mut seen, is_ours).transpose()
            })?;
            match job.hear(&told.event) {
                Turn::Wait => {}
                Turn::Finalize => job::moved(self.execute_raw("job-finalize", &job.arguments()))?,
                Turn::Dismiss => {
                    job.look_up(&self.execute_raw("query-jobs", &Dict::new())?);
                    job::moved(self.execute_raw("job-dismiss", &job.arguments()))?;
                    return job.outcome(response);
                }
            }
        }
    }

    /// What the server supports, by its own account.
    ///
    /// # Errors
    /// The command's error, or one of the connection.
    pub fn schema(&mut self) -> Result<Schema, ClientError> {
        self.execute_raw("query-qmp-schema", &Dict::new()).map(|reply| Schema::new(&reply))
    }

    /// Gets in step with a guest agent, whoever talked to it before and how.
    ///
    /// # Errors
    /// Those of the connection.
    pub fn sync_agent(&mut self) -> Result<(), ClientError> {
        let id = self.core.start_sync()?;
        self.wait_raw(id).map(|_| ())
    }

    fn end(&self) -> Deadline {
        deadline(self.core.options().timeout)
    }

    /// Sends and receives until `ready` has something.
    fn wait<T>(
        &mut self,
        end: Deadline,
        mut ready: impl FnMut(&mut Core) -> Option<Result<T, ClientError>>,
    ) -> Result<T, ClientError> {
        loop {
            if let Some(outcome) = ready(&mut self.core) {
                return outcome;
            }
            self.core.transmit(self.socket.as_fd())?;
            let mut flags = PollFlags::IN;
            if self.core.wants_write() {
                flags |= PollFlags::OUT;
            }
            let mut fds = [PollFd::new(&self.socket, flags)];
            let left = end.map(|end| end.saturating_duration_since(Instant::now()));
            let timeout = left.map(Timespec::try_from).transpose().unwrap_or(None);
            match poll(&mut fds, timeout.as_ref()) {
                Ok(0) => return Err(ClientError::Timeout),
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(std::io::Error::from(error).into()),
            }
            match self.core.receive(self.socket.as_fd()) {
                Err(ClientError::Io(error)) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                outcome => outcome?,
            }
        }
    }
}

/// Connects, trying again while nobody listens.
fn open(address: &Address, patience: Duration) -> std::io::Result<OwnedFd> {
    let end = Instant::now() + patience;
    loop {
        let outcome = match address {
            Address::Unix(path) => connect_unix(path),
            Address::Tcp(address) => TcpStream::connect(address).and_then(|stream| {
                stream.set_nodelay(true)?;
                Ok(stream.into())
            }),
        };
        match outcome {
            Err(error) if options::may_pass(&error) && Instant::now() < end => {
                std::thread::sleep(options::RETRY)
            }
            Err(error) => {
                return Err(std::io::Error::new(
                    error.kind(),
                    format!("cannot connect to {address}: {error}"),
                ));
            }
            socket => return socket,
        }
    }
}
