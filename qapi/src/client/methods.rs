//! The methods of both clients, written and documented once.
//!
//! `client_methods!()` is for the blocking client, `client_methods!(async await)` for the
//! asynchronous one. The module that invokes it has a `link` module with `Link`, `open` and
//! `pause`.

macro_rules! client_methods {
    ($($async:tt $await:tt)?) => {
        use std::borrow::Cow;
        use std::marker::PhantomData;
        use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
        use std::sync::Arc;
        use std::time::Duration;

        use link::Link;

        use crate::client::agent::{self, GuestOutput, GuestProgram};
        use crate::client::connect::{Connecting, Failed};
        use crate::client::core::{self, Greeting, Received, Subscription, Ticket};
        use crate::client::deadline::{Deadline, Wait};
        use crate::client::error::{ClientError, ConnectStep};
        use crate::client::job::{self, Job, JobAction};
        use crate::client::options::{Address, Options};
        use crate::client::request::Prepared;
        use crate::introspect::Schema;
        use crate::json::OwnedDocument;
        use crate::walk::Field;
        use crate::{AnyEvent, Command, Dict, Event, Value};

        impl Client {
            /// Connects to a server and negotiates.
            ///
            /// The whole handshake is tried again until [`Options::connect`] has passed: while the
            /// socket does not exist, refuses, has a full backlog, closes early or stays silent.
            ///
            /// # Errors
            /// [`ClientError::Connect`] with the step that failed.
            pub $($async)? fn connect(
                address: Address,
                options: Options,
            ) -> Result<Client, ClientError> {
                let within = options.connect;
                Client::connect_within(address, options, within, &[]) $(.$await)?
            }

            $($async)? fn connect_within(
                address: Address,
                options: Options,
                within: Duration,
                kept: &[Arc<OwnedDocument>],
            ) -> Result<Client, ClientError> {
                let connecting = Connecting::new(&address, &options, within);
                loop {
                    let deadline = connecting.deadline();
                    let client =
                        Client::try_connect(&address, &options, deadline, kept) $(.$await)?;
                    match client {
                        Ok(client) => return Ok(client),
                        Err(failed) => link::pause(connecting.retry(failed)?) $(.$await)?,
                    }
                }
            }

            /// Tries once.
            pub(super) $($async)? fn try_connect(
                address: &Address,
                options: &Options,
                deadline: Deadline,
                kept: &[Arc<OwnedDocument>],
            ) -> Result<Client, Failed> {
                let socket = link::open(address, deadline) $(.$await)?;
                let socket = socket.map_err(|error| (ConnectStep::Connect, error.into()))?;
                let address = Some(address.clone());
                Client::handshake(socket, address, options, deadline, kept) $(.$await)?
            }

            /// Negotiates on a connected socket.
            ///
            /// # Errors
            /// [`ClientError::Connect`] with the step that failed.
            pub $($async)? fn from_socket(
                socket: impl Into<OwnedFd>,
                options: Options,
            ) -> Result<Client, ClientError> {
                let connecting = Connecting::new("the given socket", &options, Duration::ZERO);
                let (socket, deadline) = (socket.into(), connecting.deadline());
                let client = Client::handshake(socket, None, &options, deadline, &[]) $(.$await)?;
                client.map_err(|failed| connecting.give_up(failed))
            }

            $($async)? fn handshake(
                socket: OwnedFd,
                address: Option<Address>,
                options: &Options,
                deadline: Deadline,
                kept: &[Arc<OwnedDocument>],
            ) -> Result<Client, Failed> {
                let link = Link::new(socket, options.clone());
                let link = link.map_err(|error| (ConnectStep::Connect, error.into()))?;
                let events = Subscription::new(link.core(), kept.to_vec());
                let mut client = Client { link, events, address, greeting: None };
                if !options.agent {
                    let greeting = client.wait_greeting(deadline) $(.$await)?;
                    let greeting = greeting.map_err(|error| (ConnectStep::Greeting, error))?;
                    let outcome = client.negotiate(&greeting, deadline) $(.$await)?;
                    outcome.map_err(|error| (ConnectStep::Negotiate, error))?;
                    client.greeting = Some(greeting);
                }
                Ok(client)
            }

            $($async)? fn wait_greeting(
                &self,
                deadline: Deadline,
            ) -> Result<Greeting, ClientError> {
                let wait = Wait { name: "connect", missing: "greeting", id: None, deadline };
                self.link.wait(&wait, |core, waker| core.poll_greeting(waker)) $(.$await)?
            }

            $($async)? fn negotiate(
                &self,
                greeting: &Greeting,
                deadline: Deadline,
            ) -> Result<(), ClientError> {
                let mut arguments = Dict::new();
                if self.link.options().oob && greeting.offers("oob") {
                    arguments.insert("enable", vec!["oob"]);
                }
                let request = self.request_raw("qmp_capabilities", &arguments).by(deadline);
                request.execute() $(.$await)? .map(drop)
            }

            /// Connects to the same address again, with the deadline [`Options::connect`].
            ///
            /// Events received before are kept. Commands under way fail with
            /// [`ClientError::Closed`], and so does every clone of this client: make new ones.
            ///
            /// # Errors
            /// As [`connect`](Client::connect); also if the client was made from a connected
            /// socket.
            pub $($async)? fn reconnect(&mut self) -> Result<(), ClientError> {
                let within = self.link.options().connect;
                self.reconnect_within(within) $(.$await)?
            }

            /// Connects to the same address again, with a deadline of its own.
            ///
            /// # Errors
            /// As [`reconnect`](Client::reconnect).
            pub $($async)? fn reconnect_within(
                &mut self,
                within: Duration,
            ) -> Result<(), ClientError> {
                let Some(address) = self.address.clone() else {
                    let kind = std::io::ErrorKind::Unsupported;
                    return Err(std::io::Error::new(kind, "no address to connect to").into());
                };
                // A server may have room for one client only.
                self.link.close();
                let (options, kept) = (self.link.options().clone(), self.events.kept());
                *self = Client::connect_within(address, options, within, &kept) $(.$await)? ?;
                Ok(())
            }

            /// The server's greeting; an agent has none.
            pub fn greeting(&self) -> Option<&Greeting> {
                self.greeting.as_ref()
            }

            /// Prepares a command, to be executed or started once its [`Request`] is complete.
            pub fn request<'c, C: Command>(
                &'c self,
                command: &C,
            ) -> Request<'c, C::Response> {
                let prepared = Prepared::new(Cow::Borrowed(C::INFO.name()), command);
                Request { client: self, prepared, response: PhantomData }
            }

            /// Prepares a command that has no generated type.
            pub fn request_raw<'c>(&'c self, name: &str, arguments: &Dict) -> Request<'c, Value> {
                let prepared = Prepared::new(Cow::Owned(name.to_owned()), arguments);
                Request { client: self, prepared, response: PhantomData }
            }

            /// Executes a command and waits for its reply, with the deadline [`Options::timeout`].
            ///
            /// # Errors
            /// The command's error, or one of the connection.
            pub $($async)? fn execute<C: Command>(
                &self,
                command: &C,
            ) -> Result<C::Response, ClientError> {
                self.request(command).execute() $(.$await)?
            }

            /// Executes a command with a deadline of its own.
            ///
            /// # Errors
            /// As [`execute`](Client::execute).
            pub $($async)? fn execute_within<C: Command>(
                &self,
                command: &C,
                within: Duration,
            ) -> Result<C::Response, ClientError> {
                self.request(command).within(within).execute() $(.$await)?
            }

            /// Executes a command out-of-band, which must have been negotiated.
            ///
            /// # Errors
            /// As [`execute`](Client::execute).
            pub $($async)? fn execute_oob<C: Command>(
                &self,
                command: &C,
            ) -> Result<C::Response, ClientError> {
                self.request(command).oob().execute() $(.$await)?
            }

            /// Executes a command, such as `getfd`, that takes file descriptors passed with it.
            ///
            /// # Errors
            /// As [`execute`](Client::execute); [`ClientError::Request`] if the connection is not a
            /// unix socket.
            pub $($async)? fn execute_with_fds<C: Command>(
                &self,
                command: &C,
                fds: &[BorrowedFd<'_>],
            ) -> Result<C::Response, ClientError> {
                self.request(command).fds(fds).execute() $(.$await)?
            }

            /// Executes a command that has no generated type.
            ///
            /// # Errors
            /// As [`execute`](Client::execute).
            pub $($async)? fn execute_raw(
                &self,
                name: &str,
                arguments: &Dict,
            ) -> Result<Value, ClientError> {
                self.request_raw(name, arguments).execute() $(.$await)?
            }

            /// Sends a command; [`finish`](Client::finish) waits for its reply.
            ///
            /// # Errors
            /// Those of the connection.
            pub fn start<C: Command>(
                &self,
                command: &C,
            ) -> Result<Ticket<C::Response>, ClientError> {
                self.request(command).start()
            }

            /// Waits for the reply to a started command, with the deadline [`Options::timeout`].
            ///
            /// # Errors
            /// As [`execute`](Client::execute).
            pub $($async)? fn finish<R: Field>(
                &self,
                ticket: Ticket<R>,
            ) -> Result<R, ClientError> {
                let deadline = Deadline::of(self.link.options().timeout);
                self.reply(&ticket, deadline) $(.$await)?
            }

            /// Waits for the reply to a started command, with a deadline of its own.
            ///
            /// # Errors
            /// As [`execute`](Client::execute).
            pub $($async)? fn finish_within<R: Field>(
                &self,
                ticket: Ticket<R>,
                within: Duration,
            ) -> Result<R, ClientError> {
                self.reply(&ticket, Deadline::after(within)) $(.$await)?
            }

            $($async)? fn reply<R: Field>(
                &self,
                ticket: &Ticket<R>,
                deadline: Deadline,
            ) -> Result<R, ClientError> {
                let (name, id) = (ticket.command(), ticket.id());
                let document = if ticket.is_of(self.link.core()) {
                    let wait = Wait { name, missing: "answer", id: Some(id), deadline };
                    self.link.wait(&wait, |core, waker| core.poll_reply(id, waker)) $(.$await)? ?
                } else {
                    ticket.outcome()?
                };
                core::read_reply(name, &document)
            }

            /// Takes the next event, waiting for it if none is kept. `Duration::MAX` waits without
            /// end.
            ///
            /// An event that does not match the schema is skipped and kept: read it as a
            /// [`RawEvent`](crate::RawEvent).
            ///
            /// # Errors
            /// [`ClientError::Timeout`] if none comes, and those of the connection.
            pub $($async)? fn next_event<E: AnyEvent>(
                &self,
                within: Duration,
            ) -> Result<Received<E>, ClientError> {
                self.wait_event(within, |_| true) $(.$await)?
            }

            /// Takes the first event that `wanted` accepts, waiting for it if none is kept. Others
            /// are kept.
            ///
            /// # Errors
            /// [`ClientError::Timeout`] if none comes, and those of the connection.
            pub $($async)? fn wait_event<E: AnyEvent>(
                &self,
                within: Duration,
                mut wanted: impl FnMut(&Received<E>) -> bool,
            ) -> Result<Received<E>, ClientError> {
                let read = |event: &OwnedDocument| {
                    core::read_any_event::<E>(event).ok().filter(|received| wanted(received))
                };
                self.find_event("events", Deadline::after(within), read) $(.$await)?
            }

            /// Takes the first event of one type that `wanted` accepts, waiting for it if none is
            /// kept. Others are kept.
            ///
            /// An event from before may satisfy the wait;
            /// [`discard_events`](Client::discard_events) prevents that.
            ///
            /// # Errors
            /// [`ClientError::Timeout`] if none comes, and those of the connection.
            pub $($async)? fn wait_for<E: Event>(
                &self,
                within: Duration,
                mut wanted: impl FnMut(&E) -> bool,
            ) -> Result<Received<E>, ClientError> {
                let read = |event: &OwnedDocument| {
                    core::read_event::<E>(event).filter(|received| wanted(&received.event))
                };
                let deadline = Deadline::after(within);
                self.find_event(E::INFO.name(), deadline, read) $(.$await)?
            }

            /// Takes the first event that `read` returns something for.
            $($async)? fn find_event<T>(
                &self,
                name: &str,
                deadline: Deadline,
                mut read: impl FnMut(&OwnedDocument) -> Option<T>,
            ) -> Result<T, ClientError> {
                let wait = Wait { name, missing: "event", id: None, deadline };
                let events = self.events.wait();
                let mut seen = 0;
                let mut last = None;
                loop {
                    let (number, event) = self
                        .link
                        .wait(&wait, |core, waker| core.poll_event(&events, seen, waker))
                        $(.$await)? ?;
                    if let Some(found) = read(&event)
                        && events.take(number)
                    {
                        return Ok(found);
                    }
                    seen = number;
                    // Events that came in time are looked at even if that takes longer.
                    if deadline.has_passed()
                        && number >= *last.get_or_insert_with(|| events.next_number())
                    {
                        return Err(wait.timeout());
                    }
                }
            }

            /// Drops the events received so far, so that only later ones satisfy a wait.
            pub fn discard_events(&self) {
                self.link.drain();
                self.events.discard();
            }

            /// Returns the events from now on, with a queue of their own: waits of this client see
            /// them as well.
            pub fn events<E: AnyEvent>(&self) -> Events<E> {
                Events { client: self.clone(), event: PhantomData }
            }

            /// Starts a job by a command and follows it to its end: finalizes it if it waits for
            /// that, and dismisses it once it has concluded. The deadline is for all of it.
            ///
            /// # Errors
            /// The command's error or the job's, or one of the connection.
            pub $($async)? fn run_job<C: Command>(
                &self,
                job: &str,
                command: &C,
                within: Duration,
            ) -> Result<C::Response, ClientError> {
                let deadline = Deadline::after(within);
                let name = format!("job {job}");
                let mut job = Job::new(job);
                let response = self.request(command).by(deadline).execute() $(.$await)? ?;
                self.forget_earlier(&job);
                loop {
                    let event =
                        self.find_event(&name, deadline, |event| job.read(event)) $(.$await)? ?;
                    match job.on_event(&event) {
                        JobAction::Wait => {}
                        JobAction::Finalize => {
                            let request = self.request_raw("job-finalize", &job.arguments());
                            let outcome = request.by(deadline).execute() $(.$await)?;
                            job::ignore_qmp_error(outcome)?;
                        }
                        JobAction::Dismiss => {
                            let request = self.request_raw("query-jobs", &Dict::new());
                            job.look_up(&request.by(deadline).execute() $(.$await)? ?);
                            let request = self.request_raw("job-dismiss", &job.arguments());
                            let outcome = request.by(deadline).execute() $(.$await)?;
                            job::ignore_qmp_error(outcome)?;
                            return job.outcome(response);
                        }
                    }
                }
            }

            /// Drops the events of earlier jobs of the same name: the one created last is meant.
            fn forget_earlier(&self, job: &Job<'_>) {
                let kept = self.events.kept();
                if let Some(begin) = kept.iter().rposition(|event| job.is_created_by(event)) {
                    let before = &kept[..begin];
                    self.events.discard_if(|event| {
                        job.concerns(event)
                            && before.iter().any(|other| std::ptr::eq(&**other, event))
                    });
                }
            }

            /// Returns the server's own account of its commands, events and types.
            ///
            /// # Errors
            /// As [`execute`](Client::execute).
            pub $($async)? fn schema(&self) -> Result<Schema, ClientError> {
                let reply = self.execute_raw("query-qmp-schema", &Dict::new()) $(.$await)?;
                reply.map(|reply| Schema::new(&reply))
            }

            /// Synchronises with a guest agent after another client, which may have left a command
            /// half sent or a reply unread. The deadline is [`Options::timeout`].
            ///
            /// # Errors
            /// Those of the connection.
            pub $($async)? fn sync_agent(&self) -> Result<(), ClientError> {
                let within = self.link.options().timeout.unwrap_or(Duration::MAX);
                self.sync_agent_within(within) $(.$await)?
            }

            /// Synchronises with a guest agent, with a deadline of its own. It is tried again every
            /// second, as an agent that is not running yet loses what is sent to it.
            ///
            /// # Errors
            /// As [`sync_agent`](Client::sync_agent).
            pub $($async)? fn sync_agent_within(
                &self,
                within: Duration,
            ) -> Result<(), ClientError> {
                let end = Deadline::after(within);
                loop {
                    let deadline = end.or_after(agent::SYNC);
                    let ticket = self.link.start_sync()?;
                    match self.reply::<Value>(&ticket, deadline) $(.$await)? {
                        Err(ClientError::Timeout { .. }) if !end.has_passed() => {}
                        Err(ClientError::Timeout { name, missing, .. }) => {
                            return Err(ClientError::Timeout { name, missing, within });
                        }
                        outcome => return outcome.map(drop),
                    }
                }
            }

            /// Runs a program in the guest by `guest-exec` and collects its output until it has
            /// ended. The deadline is for all of it; the program is not stopped when it passes.
            ///
            /// # Errors
            /// The agent's error, or one of the connection.
            pub $($async)? fn guest_exec(
                &self,
                program: &GuestProgram,
                within: Duration,
            ) -> Result<GuestOutput, ClientError> {
                let deadline = Deadline::after(within);
                let request = self.request_raw("guest-exec", &program.arguments()).by(deadline);
                let arguments = agent::status_arguments(&request.execute() $(.$await)? ?)?;
                let mut pause = agent::FIRST_PAUSE;
                loop {
                    let request = self.request_raw("guest-exec-status", &arguments).by(deadline);
                    let reply = request.execute() $(.$await)? ?;
                    if let Some(output) = agent::read_status(&reply)? {
                        return Ok(output);
                    }
                    if deadline.has_passed() {
                        let missing = "end of the program";
                        let wait = Wait { name: "guest-exec", missing, id: None, deadline };
                        return Err(wait.timeout());
                    }
                    link::pause(deadline.left().map_or(pause, |left| left.min(pause))) $(.$await)?;
                    pause = (pause * 2).min(agent::LONGEST_PAUSE);
                }
            }
        }

        /// Makes another handle of the same connection, with an event queue of its own that begins
        /// empty.
        impl Clone for Client {
            fn clone(&self) -> Client {
                Client {
                    link: self.link.clone(),
                    events: Subscription::new(self.link.core(), Vec::new()),
                    address: self.address.clone(),
                    greeting: self.greeting.clone(),
                }
            }
        }

        impl std::fmt::Debug for Client {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct("Client")
                    .field("address", &self.address)
                    .field("greeting", &self.greeting)
                    .field("closed", &self.link.core().lock().has_ended())
                    .finish_non_exhaustive()
            }
        }

        /// The connection's socket, for instance to be watched by an event loop.
        impl AsFd for Client {
            fn as_fd(&self) -> BorrowedFd<'_> {
                self.link.as_fd()
            }
        }

        /// A command before it is sent. `R` is the type that it returns.
        #[must_use = "a request does nothing until it is executed or started"]
        pub struct Request<'c, R> {
            client: &'c Client,
            prepared: Prepared<'c>,
            response: PhantomData<fn() -> R>,
        }

        impl<'c, R: Field> Request<'c, R> {
            /// Executes it out-of-band, which must have been negotiated.
            pub fn oob(mut self) -> Self {
                self.prepared.oob = true;
                self
            }

            /// Passes file descriptors with it, which needs a unix socket.
            pub fn fds(mut self, fds: &[BorrowedFd<'c>]) -> Self {
                self.prepared.fds.extend_from_slice(fds);
                self
            }

            /// Sets its deadline, counted from now.
            pub fn within(self, within: Duration) -> Self {
                self.by(Deadline::after(within))
            }

            fn by(mut self, deadline: Deadline) -> Self {
                self.prepared.deadline = Some(deadline);
                self
            }

            /// Sends the command and waits for its reply.
            ///
            /// # Errors
            /// The command's error, or one of the connection.
            pub $($async)? fn execute(self) -> Result<R, ClientError> {
                let deadline = self.prepared.deadline(self.client.link.options().timeout);
                let ticket = self.client.link.start(&self.prepared, deadline)?;
                self.client.reply(&ticket, deadline) $(.$await)?
            }

            /// Sends the command; [`Client::finish`] waits for its reply.
            ///
            /// # Errors
            /// Those of the connection.
            pub fn start(self) -> Result<Ticket<R>, ClientError> {
                let deadline = self.prepared.deadline(self.client.link.options().timeout);
                self.client.link.start(&self.prepared, deadline)
            }
        }

        impl<R> std::fmt::Debug for Request<'_, R> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct("Request").field("command", &self.prepared.name).finish_non_exhaustive()
            }
        }

        /// The events of a connection from one moment on, in a queue of their own.
        ///
        /// An event that does not match the schema is an error that has its raw form; the events
        /// after it follow.
        pub struct Events<E> {
            client: Client,
            event: PhantomData<fn() -> E>,
        }

        impl<E: AnyEvent> Events<E> {
            /// Takes the next event, waiting for it if necessary; `None` once the connection is
            /// closed.
            pub $($async)? fn next_within(
                &mut self,
                within: Duration,
            ) -> Option<Result<Received<E>, ClientError>> {
                let read = |event: &OwnedDocument| Some(core::read_any_event(event));
                let found =
                    self.client.find_event("events", Deadline::after(within), read) $(.$await)?;
                match found {
                    Ok(event) => Some(event),
                    Err(ClientError::Closed { .. }) => None,
                    Err(error) => Some(Err(error)),
                }
            }
        }

        impl<E> std::fmt::Debug for Events<E> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct("Events").field("client", &self.client).finish_non_exhaustive()
            }
        }
    };
}

pub(super) use client_methods;
