//! Connecting, and the handle of a connection.

macro_rules! connect_methods {
    ($($async:tt $await:tt)?) => {
        impl Client {
            /// Connects to a server and negotiates; with a guest agent the client synchronises as
            /// [`sync_agent`](Client::sync_agent) does.
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
            $($async)? fn try_connect(
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

            /// Negotiates on a connected socket, or synchronises with the agent there.
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
                if options.agent {
                    let outcome = client.sync_by(deadline) $(.$await)?;
                    outcome.map_err(|error| (ConnectStep::Synchronise, error))?;
                } else {
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
        #[cfg(unix)]
        impl std::os::fd::AsFd for Client {
            fn as_fd(&self) -> BorrowedFd<'_> {
                self.link.fd()
            }
        }

        /// The connection's socket, for instance to be watched by an event loop.
        #[cfg(windows)]
        impl std::os::windows::io::AsSocket for Client {
            fn as_socket(&self) -> BorrowedFd<'_> {
                self.link.fd()
            }
        }
    };
}

pub(in crate::client) use connect_methods;
