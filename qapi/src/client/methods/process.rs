//! A QEMU that is started for its client.

macro_rules! process_methods {
    ($($async:tt $await:tt)?) => {
        /// A QEMU that this process has started, and the connection to it. Dropping it kills the
        /// QEMU and waits for its end, which takes a moment.
        #[derive(Debug)]
        pub struct Process {
            started: Started,
            client: Client,
        }

        impl Process {
            /// Starts `command`, a QEMU with all its arguments but `-qmp`, and connects to it.
            ///
            /// # Errors
            /// If it cannot be started, ends early, or does not speak QMP.
            pub $($async)? fn spawn(
                command: std::process::Command,
                options: Options,
            ) -> Result<Process, ClientError> {
                let mut started = Started::spawn(command, &options)?;
                let address = Address::Unix(started.socket());
                loop {
                    let deadline = started.deadline();
                    match Client::try_connect(&address, &options, deadline, &[]) $(.$await)? {
                        Ok(client) => return Ok(Process { started, client }),
                        Err(failed) => started.retry(failed)?,
                    }
                    link::pause(started::TICK) $(.$await)?;
                }
            }

            /// Returns the connection.
            pub fn client(&mut self) -> &mut Client {
                &mut self.client
            }

            /// Returns the path of the monitor's socket, which is removed with this value. QEMU's
            /// monitor serves one client at a time: another one waits until this one has left.
            pub fn socket(&self) -> std::path::PathBuf {
                self.started.socket()
            }

            /// Returns the process id.
            pub fn id(&self) -> u32 {
                self.started.id()
            }

            /// Waits for the process to end, as it does after `quit`; `None` if it takes longer.
            ///
            /// # Errors
            /// Those of the system.
            pub $($async)? fn wait(
                &mut self,
                within: Duration,
            ) -> std::io::Result<Option<std::process::ExitStatus>> {
                let deadline = Deadline::after(within);
                loop {
                    match self.started.ended()? {
                        Some(status) => return Ok(Some(status)),
                        None if deadline.has_passed() => return Ok(None),
                        None => link::pause(started::TICK) $(.$await)?,
                    }
                }
            }
        }
    };
}

pub(in crate::client) use process_methods;
