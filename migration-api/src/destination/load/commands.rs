//! Obeys the commands of a source.

use super::Loader;
use crate::api::MigrationCapability as Capability;
use crate::destination::Failure;
use crate::stream::return_path::Message;
use crate::stream::{Command, ErrorKind};

impl Loader<'_> {
    pub(super) fn command(&mut self, command: &Command) -> Result<(), Failure> {
        match command {
            Command::OpenReturnPath => {
                self.return_path.open(&self.channel);
                // No device here has to get ready for the switchover.
                if self.capabilities.has(Capability::SwitchoverAck) {
                    self.return_path.say(&Message::SwitchoverAck)?;
                }
                Ok(())
            }
            Command::Ping(ping) if !self.return_path.is_open() => {
                Err(self.fault(ErrorKind::NoReturnPath { ping: *ping }))
            }
            Command::Ping(ping) => self.return_path.say(&Message::Pong(*ping)).map_err(Into::into),
            Command::PostcopyAdvise(advise) => {
                let enabled = self.capabilities.has(Capability::PostcopyRam);
                // Dirty bitmaps advise postcopy without page sizes.
                if advise.is_some() != enabled {
                    return Err(self.fault(ErrorKind::AdvisePostcopy { enabled }));
                }
                Ok(())
            }
            Command::SwitchoverStart => Ok(()),
            Command::EnableColo => Err(self.fault(ErrorKind::ColoDisabled)),
            other => Err(self.fault(ErrorKind::PostcopyState { command: other.name(), state: 0 })),
        }
    }
}
