//! Handles the commands of a source.

use crate::api::MigrationCapability as Capability;
use crate::destination::failure::LoadFailure;
use crate::destination::loader::Loader;
use crate::destination::progress::GuestRole;
use crate::stream::return_path::Message;
use crate::stream::{Command, ErrorKind};

impl Loader {
    pub(in crate::destination) fn command(&mut self, command: &Command) -> Result<(), LoadFailure> {
        match command {
            Command::OpenReturnPath if self.return_path.is_open() => {
                self.lines.add("CMD_OPEN_RETURN_PATH called when RP already open".into());
                Ok(())
            }
            Command::OpenReturnPath => {
                self.return_path.open(&self.channel);
                // No device here has to get ready for the switchover.
                if self.capabilities.has(Capability::SwitchoverAck)
                    && self.core.generation.acknowledges_once(&self.machine)
                {
                    self.return_path.acknowledge()?;
                }
                Ok(())
            }
            Command::Ping(ping) if !self.return_path.is_open() => {
                Err(self.fault(ErrorKind::NoReturnPath { ping: *ping }))
            }
            Command::Ping(ping) => self.return_path.say(&Message::Pong(*ping)).map_err(Into::into),
            Command::PostcopyAdvise(advise) => self.advised(*advise),
            Command::PostcopyRamDiscard { block, ranges } => self.discard(block, ranges),
            Command::RecvBitmap(block) => self.tell_received(block),
            Command::PostcopyResume => self.resume(),
            Command::SwitchoverStart => Ok(()),
            Command::EnableColo if self.capabilities.has(Capability::XColo) => {
                self.role = GuestRole::Secondary;
                Ok(())
            }
            Command::EnableColo => Err(self.fault(ErrorKind::ColoDisabled)),
            // Valid in packages only, which are parsed elsewhere.
            Command::PostcopyListen | Command::PostcopyRun | Command::Packaged(_) => {
                Err(self.wrong_phase(command.name()))
            }
        }
    }
}
