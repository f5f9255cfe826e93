//! Commands, and requests before they are sent.

macro_rules! command_methods {
    ($($async:tt $await:tt)?) => {
        impl Client {
            /// The server's greeting; an agent has none.
            pub fn greeting(&self) -> Option<&Greeting> {
                self.greeting.as_ref()
            }

            /// The number of replies that were dropped, as no command of this connection has their
            /// `id`.
            ///
            /// A server sends one if an earlier client has left while its command was running; a
            /// guest agent also sends what an earlier client has not read. More of them tell of
            /// something between client and server that changes `id`: the commands then miss their
            /// deadlines. With feature `tracing` each is logged in the wire log, at level `DEBUG`.
            pub fn foreign_replies(&self) -> u64 {
                self.link.core().lock().foreign_replies()
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
            #[cfg(unix)]
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

            /// Queues a command: it is sent with the next command that is started or executed, or
            /// when a reply or an event is awaited. One system call sends many queued commands.
            ///
            /// # Errors
            /// Those of the connection.
            pub fn queue<C: Command>(
                &self,
                command: &C,
            ) -> Result<Ticket<C::Response>, ClientError> {
                self.request(command).queue()
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
            #[cfg(unix)]
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

            /// Queues the command, as [`Client::queue`] does.
            ///
            /// # Errors
            /// Those of the connection.
            pub fn queue(self) -> Result<Ticket<R>, ClientError> {
                self.client.link.queue(&self.prepared)
            }
        }

        impl<R> std::fmt::Debug for Request<'_, R> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct("Request").field("command", &self.prepared.name).finish_non_exhaustive()
            }
        }
    };
}

pub(in crate::client) use command_methods;
