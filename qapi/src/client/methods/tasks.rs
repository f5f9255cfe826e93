//! Sequences of commands: jobs, introspection, and the guest agent.

macro_rules! task_methods {
    ($($async:tt $await:tt)?) => {
        impl Client {
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

            /// Synchronises with a guest agent again: commands started before fail, replies to
            /// them are dropped. The deadline is [`Options::timeout`].
            ///
            /// Connecting has done so, as an earlier client may have left a command half sent or
            /// a reply unread. It is needed again once the guest or the agent has restarted behind
            /// a connection that stays.
            ///
            /// # Errors
            /// Those of the connection.
            pub $($async)? fn sync_agent(&self) -> Result<(), ClientError> {
                self.sync_by(Deadline::of(self.link.options().timeout)) $(.$await)?
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
                self.sync_by(Deadline::after(within)) $(.$await)?
            }

            $($async)? fn sync_by(&self, end: Deadline) -> Result<(), ClientError> {
                loop {
                    let deadline = end.or_after(agent::SYNC);
                    let ticket = self.link.start_sync()?;
                    match self.reply::<Value>(&ticket, deadline) $(.$await)? {
                        Err(ClientError::Timeout { .. }) if !end.has_passed() => {}
                        Err(ClientError::Timeout { name, missing, .. }) => {
                            let within = end.within();
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
                let missing = "end of the program";
                let wait = Wait { name: "guest-exec", missing, id: None, deadline };
                let mut pause = agent::FIRST_PAUSE;
                loop {
                    let request = self.request_raw("guest-exec-status", &arguments).by(deadline);
                    let reply = match request.execute() $(.$await)? {
                        Err(error) if error.is_timeout() => return Err(wait.timeout()),
                        reply => reply?,
                    };
                    if let Some(output) = agent::read_status(&reply)? {
                        return Ok(output);
                    }
                    if deadline.has_passed() {
                        return Err(wait.timeout());
                    }
                    link::pause(deadline.left().map_or(pause, |left| left.min(pause))) $(.$await)?;
                    pause = (pause * 2).min(agent::LONGEST_PAUSE);
                }
            }
        }
    };
}

pub(in crate::client) use task_methods;
