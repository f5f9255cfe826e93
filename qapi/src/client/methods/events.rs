//! Waits for events, and streams of them.

macro_rules! event_methods {
    ($($async:tt $await:tt)?) => {
        impl Client {
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

            /// Takes the next event of one type, waiting for it if none is kept. Others are kept.
            ///
            /// # Errors
            /// As [`wait_for`](Client::wait_for).
            pub $($async)? fn next_of<E: Event>(
                &self,
                within: Duration,
            ) -> Result<Received<E>, ClientError> {
                self.wait_for(within, |_| true) $(.$await)?
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
                        .wait(&wait, |core, waker| events.poll(core, seen, waker))
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

pub(in crate::client) use event_methods;
